"""Kernels over arrays: looking into them, adding, cutting, sorting."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ExecutionError
from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.kernels.cast_nested import map_parts
from workbench.engine.functions.kernels.orders import NULL, codes, common_codes, sorted_in_lists
from workbench.engine.functions.kernels.rebuild import kept, lists_of, missing, ranges
from workbench.engine.functions.kernels.segments import owners_of, starts_of

LONGEST = 2**31 - 16
"""The most elements an array may have (Spark: ``ByteArrayMethods.MAX_ROUNDED_ARRAY_LENGTH``)."""


def size(values: pa.Array) -> pa.Array:
    """Return the number of elements, or of a map's entries; NULL for NULL."""
    if pa.types.is_map(values.type):
        lengths = np.diff(map_parts(values)[0].to_numpy(zero_copy_only=False))
        return pa.array(lengths.astype(np.int32), mask=missing(values))
    return pc.list_value_length(values).cast(pa.int32())


def _hits(lists: pa.Array, wanted: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the owners of the flat values, where they equal the list's wanted value, and where they are NULL."""
    owners = owners_of(starts_of(lists))
    values, sought = common_codes(lists.flatten(), wanted)
    return owners, (values == sought[owners]) & (values != NULL), values == NULL


def contains(lists: pa.Array, wanted: pa.Array) -> pa.Array:
    """Return whether arrays hold values; NULL where they do not but hold a NULL."""
    owners, hits, nulls = _hits(lists, wanted)
    found = np.bincount(owners[hits], minlength=len(lists)) > 0
    unsure = np.bincount(owners[nulls], minlength=len(lists)) > 0
    return pa.array(found, mask=missing(lists, wanted) | (unsure & ~found))


def position(lists: pa.Array, wanted: pa.Array) -> pa.Array:
    """Return where arrays first hold values, from 1; 0 when nowhere."""
    owners, hits, _nulls = _hits(lists, wanted)
    places = np.zeros(len(lists), dtype=np.int64)
    found, first = np.unique(owners[hits], return_index=True)
    places[found] = np.nonzero(hits)[0][first] - starts_of(lists)[found] + 1
    return pa.array(places, mask=missing(lists, wanted))


def removed(lists: pa.Array, unwanted: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays without values."""
    _owners, hits, _nulls = _hits(lists, unwanted)
    return kept(lists, ~hits, to, missing(lists, unwanted))


def compacted(lists: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays without their NULLs."""
    return kept(lists, np.asarray(pc.is_valid(lists.flatten())), to)


def distinct(lists: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays with each value once, where it stood first."""
    return kept(lists, first_of_each(owners_of(starts_of(lists)), codes(lists.flatten())), to)


def first_of_each(owners: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return where a value stands for the first time in its list."""
    firsts = np.zeros(len(values), dtype=bool)
    firsts[np.unique(owners * (values.max(initial=0) + 1) + values, return_index=True)[1]] = True
    return firsts


def extreme(lists: pa.Array, *, largest: bool) -> pa.Array:
    """Return arrays' largest or smallest values that are not NULL."""
    starts, values = starts_of(lists), codes(lists.flatten())
    if not largest:
        values = np.where(values == NULL, values.max(initial=0) + 1, values)
    places, nothing = np.zeros(len(lists), dtype=np.int64), np.diff(starts) == 0
    filled = np.nonzero(~nothing)[0]
    if len(filled):
        best = (np.maximum if largest else np.minimum).reduceat(values, starts[filled])
        hits = np.nonzero(values == np.repeat(best, np.diff(starts)[filled]))[0]
        places[owners_of(starts)[hits]] = hits
    return lists.flatten().take(pa.array(places, mask=nothing))


def with_ends(lists: pa.Array, extra: pa.Array, to: pa.DataType, *, first: bool) -> pa.Array:
    """Return arrays with a value before or after their own."""
    nulls = missing(lists)
    starts = starts_of(lists)
    lengths = np.where(nulls, 0, np.diff(starts) + 1)
    own = numbers_of_rows(lists)
    after = np.cumsum(lengths)
    order = np.empty(int(after[-1]) if len(after) else 0, dtype=np.int64)
    slots = ((after - lengths) if first else (after - 1))[~nulls]
    begins = (after - lengths + (1 if first else 0))[~nulls]
    order[ranges(begins, np.diff(starts)[~nulls])] = own
    order[slots] = len(own) + np.nonzero(~nulls)[0]
    kind = to.value_type
    return lists_of(
        lengths,
        pa.concat_arrays([lists.flatten().cast(kind), extra.cast(kind)]).take(pa.array(order)),
        to,
        nulls,
    )


def numbers_of_rows(lists: pa.Array) -> np.ndarray:
    """Return the flat values' numbers."""
    return np.arange(starts_of(lists)[-1])


def inserted(lists: pa.Array, places: pa.Array, extra: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays with a value put in at a place from 1, or from the end when negative, filled up with NULL.

    Raises
    ------
    ExecutionError
        ``INVALID_INDEX_OF_ZERO``.
    """
    nulls = missing(lists, places)
    at, starts = numbers(places).astype(np.int64), starts_of(lists)
    if ((at == 0) & ~nulls).any():
        raise ExecutionError("INVALID_INDEX_OF_ZERO")
    sizes = np.diff(starts)
    before_all = at + sizes + 1 < 0
    slot = np.where(at > 0, at - 1, np.maximum(at + sizes + 1, 0))
    slot = np.where(before_all, 0, slot)
    shift = np.where(before_all, -at - sizes, 0)
    lengths = np.where(at > 0, np.maximum(sizes + 1, at), np.where(before_all, -at, sizes + 1))
    lengths = np.where(nulls, 0, lengths)
    owners = np.repeat(np.arange(len(lists)), lengths)
    inside = ranges(np.zeros(len(lists), dtype=np.int64), lengths)
    own = np.where(
        before_all[owners],
        inside - shift[owners],
        np.where(inside > slot[owners], inside - 1, inside),
    )
    is_new = inside == slot[owners]
    is_own = ~is_new & (own >= 0) & (own < sizes[owners])
    total = int(starts[-1])
    order = np.where(is_new, total + owners, np.where(is_own, starts[:-1][owners] + own, 0))
    kind = to.value_type
    whole = pa.concat_arrays([lists.flatten().cast(kind), extra.cast(kind)])
    return lists_of(lengths, whole.take(pa.array(order, mask=~(is_new | is_own))), to, nulls)


def repeated(values: pa.Array, counts: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays of one value many times."""
    nulls = missing(counts)
    lengths = np.where(nulls, 0, np.maximum(numbers(counts), 0)).astype(np.int64)
    if lengths.sum() > LONGEST:
        raise ExecutionError(
            "COLLECTION_SIZE_LIMIT_EXCEEDED.PARAMETER",
            numberOfElements=int(lengths.max()), functionName="`array_repeat`", maxRoundedArrayLength=LONGEST,
            parameter="`count`",
        )  # fmt: skip
    return lists_of(
        lengths, values.take(pa.array(np.repeat(np.arange(len(values)), lengths))), to, nulls
    )


def cut(lists: pa.Array, start: pa.Array, count: pa.Array, to: pa.DataType) -> pa.Array:
    """Return parts of arrays: from 1 on, or from the end when negative.

    Raises
    ------
    ExecutionError
        ``INVALID_PARAMETER_VALUE.START`` or ``.LENGTH``.
    """
    nulls = missing(lists, start, count)
    begin, length = numbers(start).astype(np.int64), numbers(count).astype(np.int64)
    if ((begin == 0) & ~nulls).any():
        raise ExecutionError(
            "INVALID_PARAMETER_VALUE.START", parameter="`start`", functionName="`slice`"
        )
    if ((length < 0) & ~nulls).any():
        bad = int(length[(length < 0) & ~nulls][0])
        raise ExecutionError(
            "INVALID_PARAMETER_VALUE.LENGTH",
            parameter="`length`",
            length=bad,
            functionName="`slice`",
        )
    starts = starts_of(lists)
    sizes = np.diff(starts)
    first = np.where(begin > 0, begin - 1, begin + sizes)
    nothing = nulls | (first < 0) | (first >= sizes)
    taken = np.where(nothing, 0, np.minimum(length, sizes - first))
    order = ranges(starts[:-1] + np.where(nothing, 0, first), taken)
    return lists_of(taken, lists.flatten().take(pa.array(order)), to, nulls)


def flattened(lists: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays of arrays as one array each; NULL where any inner array is NULL."""
    inner, starts = lists.flatten(), starts_of(lists)
    owners = owners_of(starts)
    nulls = missing(lists)
    nulls[owners[missing(inner)]] = True
    sizes = np.diff(starts_of(inner))
    lengths = np.bincount(owners, weights=sizes, minlength=len(lists)).astype(np.int64)
    keep = ~nulls[owners][owners_of(starts_of(inner))]
    return lists_of(
        np.where(nulls, 0, lengths), inner.flatten().filter(pa.array(keep, pa.bool_())), to, nulls
    )


def ordered(
    lists: pa.Array, ascending: pa.Array, to: pa.DataType, *, nulls_first: bool
) -> pa.Array:
    """Return arrays sorted; going down, NULLs are where they are not going up."""
    owners, values = owners_of(starts_of(lists)), codes(lists.flatten())
    up = np.asarray(ascending.fill_null(True))[owners]
    if not nulls_first:
        values = np.where(values == NULL, values.max(initial=0) + 1, values)
    order = sorted_in_lists(owners, np.where(up, values, values.max(initial=0) - values))
    nulls = missing(lists, ascending)
    lengths = np.where(nulls, 0, np.diff(starts_of(lists)))
    order = order[~nulls[owners]]
    return lists_of(lengths, lists.flatten().take(pa.array(order)), to, nulls)


def zipped(*lists: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays of structs of the arrays' elements side by side, short ones filled up with NULL."""
    nulls = missing(*lists)
    sizes = [np.diff(starts_of(one)) for one in lists]
    lengths = np.where(nulls, 0, np.max(sizes, axis=0)) if sizes else np.zeros(0, dtype=np.int64)
    owners = np.repeat(np.arange(len(lengths)), lengths)
    inside = ranges(np.zeros(len(lengths), dtype=np.int64), lengths)
    parts = []
    for place, one in enumerate(lists):
        out = inside >= sizes[place][owners]
        order = pa.array(np.where(out, 0, starts_of(one)[:-1][owners] + inside), mask=out)
        parts.append(one.flatten().take(order).cast(to.value_type.field(place).type))
    fields = [to.value_type.field(place) for place in range(len(lists))]
    return lists_of(lengths, pa.StructArray.from_arrays(parts, fields=fields), to, nulls)


def joined(lists: pa.Array, delimiter: object, replacement: object = None) -> pa.Array:
    """Return arrays' texts joined; NULLs are left out, or written as ``replacement``."""
    (delimiter,) = same_length_as(lists, delimiter)
    nulls = missing(lists, delimiter)
    if replacement is None:
        whole = compacted(lists, pa.list_(pa.string()))
    else:
        (replacement,) = same_length_as(lists, replacement)
        nulls |= missing(replacement)
        filled = pc.coalesce(
            lists.flatten(), replacement.take(pa.array(owners_of(starts_of(lists))))
        )
        whole = lists_of(np.diff(starts_of(lists)), filled, pa.list_(pa.string()))
    # Arrow joins no list at all where there is nothing to join.
    made = pc.binary_join(whole, delimiter) if len(whole.flatten()) else pa.repeat("", len(lists))
    return pc.if_else(pa.array(nulls), pa.scalar(None, pa.string()), made)


def same_length_as(lists: pa.Array, *values: object) -> tuple[pa.Array, ...]:
    """Return constants repeated to the lists' number."""
    return tuple(
        pa.repeat(one, len(lists)) if isinstance(one, pa.Scalar) else one for one in values
    )


def shuffled(seed: int | None) -> object:
    """Return the kernel that puts elements in a random order."""
    source = np.random.default_rng(seed)

    def kernel(lists: pa.Array) -> pa.Array:
        owners = owners_of(starts_of(lists))
        order = np.lexsort((source.random(len(owners)), owners))
        return lists_of(
            np.diff(starts_of(lists)),
            lists.flatten().take(pa.array(order)),
            lists.type,
            missing(lists),
        )

    return kernel
