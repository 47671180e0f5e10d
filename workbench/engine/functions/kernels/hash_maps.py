"""Where a value stands in Spark's hash map: which of several most frequent values ``mode`` gives depends on nothing else.

Spark promises no order there. Its answer follows from ``OpenHashMap``, which goes through its table from the start: a value's
place is Murmur3 of its ``hashCode``, cut to the table's size. Values that collide are ordered by who came first, which is not
imitated.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.hashing import MURMUR, fold, hashed

_FIRST_SIZE, _FULL = 64, 0.7


def map_places(values: pa.Array, owners: np.ndarray) -> np.ndarray:
    """Return the place of each value in its owner's map; the values of an owner are distinct, its number small and dense."""
    codes = _hash_codes(values)
    if codes is None or not len(values):
        return np.zeros(len(values), np.int64)
    with np.errstate(over="ignore"):
        spread = fold(pa.array(codes), np.zeros(len(codes), np.uint32), MURMUR)
    sizes = _sizes(np.bincount(owners))[owners]
    return spread.astype(np.int64) & (sizes - 1)


def _sizes(counts: np.ndarray) -> np.ndarray:
    """Return how large a map is that so many values were put into."""
    sizes = np.full(len(counts), _FIRST_SIZE, np.int64)
    while (small := (sizes * _FULL).astype(np.int64) < counts).any():
        sizes[small] *= 2
    return sizes


def _hash_codes(values: pa.Array) -> np.ndarray | None:
    """Return Java's hash codes of values as Spark holds them; None for types that are not known."""
    kind = values.type
    if pa.types.is_boolean(kind):
        return np.where(values.to_numpy(zero_copy_only=False), 1231, 1237).astype(np.int32)
    if pa.types.is_string(kind):
        return hashed(values, algorithm=MURMUR).to_numpy()
    if pa.types.is_float64(kind):
        return _folded_long(values.to_numpy().view(np.int64))
    if pa.types.is_int64(kind) or pa.types.is_timestamp(kind):
        return _folded_long(values.cast(pa.int64()).to_numpy())
    if pa.types.is_integer(kind) or pa.types.is_date32(kind):
        return pc.cast(values, pa.int32()).to_numpy()
    return None


def _folded_long(words: np.ndarray) -> np.ndarray:
    whole = words.view(np.uint64)
    return (whole ^ (whole >> np.uint64(32))).astype(np.uint32).view(np.int32)
