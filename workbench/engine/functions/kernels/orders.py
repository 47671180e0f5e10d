"""Numbers for values of any type that stand in the values' order, so that NumPy can sort and compare whole arrays."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.cast_nested import map_parts
from workbench.engine.functions.kernels.segments import starts_of

NULL = 0
"""The number of NULL; every value's number is larger."""

NEAR = 2**31
LARGEST = 2**63 - 1


def codes(values: pa.Array) -> np.ndarray:
    """Return one number per value: equal for equal values, and in Spark's order; NULL has the smallest, ``NULL``.

    NaN is equal to itself and larger than every other number, ``-0.0`` is ``0.0``; arrays and structs compare part by
    part, an array that ends first being smaller (Spark: ``SQLOrderingUtil``, ``InterpretedOrdering``).
    """
    if pa.types.is_struct(values.type):
        made = _structs(values)
    elif pa.types.is_map(values.type):
        made = _lists(*_entries(values))
    elif pa.types.is_list(values.type):
        made = _lists(starts_of(values), codes(values.flatten()))
    elif pa.types.is_floating(values.type):
        made = _floats(values)
    else:
        return _plain(values)
    return np.where(np.asarray(pc.is_null(values)), NULL, made + 1)


def _plain(values: pa.Array) -> np.ndarray:
    if pa.types.is_null(values.type):
        return np.zeros(len(values), dtype=np.int64)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    elif pa.types.is_duration(values.type) or pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    narrow = _narrow(values)
    if narrow is not None:
        return narrow
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy(zero_copy_only=False)
    ranks = np.empty(len(order) + 1, dtype=np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    ranks[len(order)] = NULL
    places = encoded.indices.fill_null(len(order)).to_numpy(zero_copy_only=False)
    return ranks[places]


def _narrow(values: pa.Array) -> np.ndarray | None:
    """Return whole numbers less their smallest one, where they are near each other: no need to sort them."""
    if pa.types.is_date(values.type):
        values = values.cast(pa.int32())
    if not pa.types.is_integer(values.type) or values.null_count == len(values):
        return None
    bounds = pc.min_max(values)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    if high - low > NEAR:
        return None
    plain = values.fill_null(low).to_numpy(zero_copy_only=False).astype(np.int64) - low + 1
    return np.where(np.asarray(values.is_null()), NULL, plain) if values.null_count else plain


def _floats(values: pa.Array) -> np.ndarray:
    plain = values.fill_null(0).to_numpy(zero_copy_only=False) + 0.0
    return np.unique(plain, return_inverse=True)[1].astype(np.int64)


def _structs(values: pa.Array) -> np.ndarray:
    made = np.zeros(len(values), dtype=np.int64)
    for part in range(values.type.num_fields):
        made = paired(made, codes(pc.struct_field(values, part)))
    return made


def _entries(values: pa.MapArray) -> tuple[np.ndarray, np.ndarray]:
    offsets, keys, items = map_parts(values)
    return offsets.to_numpy(zero_copy_only=False).astype(np.int64), paired(
        codes(keys), codes(items)
    )


def _lists(starts: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """Number lists by their elements' numbers, a place at a time: the longest list says how many steps there are."""
    lengths = np.diff(starts)
    made = np.zeros(len(lengths), dtype=np.int64)
    padded = np.append(inner, -1)
    for place in range(int(lengths.max(initial=0))):
        inside = lengths > place
        made = paired(made, padded[np.where(inside, starts[:-1] + place, len(inner))] + 1)
    return made


def paired(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return a dense number per pair of numbers, in the order of the left and then of the right one."""
    width = int(right.max(initial=0)) + 1
    return np.unique(left * width + right, return_inverse=True)[1].astype(np.int64)


def sorted_in_lists(owners: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """Return the places of flat values sorted by their numbers (none negative) inside their lists, ties in place."""
    width = int(numbers.max(initial=0)) + 1
    if len(owners) and width > LARGEST // (int(owners[-1]) + 1):
        return np.lexsort((numbers, owners))
    return np.argsort(owners * width + numbers, kind="stable")


def common_codes(*columns: pa.Array) -> list[np.ndarray]:
    """Return several arrays' numbers on one scale, so that numbers of different arrays can be compared."""
    kind = columns[0].type
    whole = pa.concat_arrays([one if one.type == kind else one.cast(kind) for one in columns])
    ends = np.cumsum([len(one) for one in columns])[:-1]
    return np.split(codes(whole), ends)
