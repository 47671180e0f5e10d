"""Kernels over whole arrays: joining and turning them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.arithmetic import valid
from workbench.engine.functions.kernels.cast_nested import mask_of, offsets_of
from workbench.engine.functions.kernels.segments import owners_of, starts_of


def concatenated(*columns: pa.Array, to: pa.DataType) -> pa.Array:
    """Return arrays one after the other; any NULL array gives NULL."""
    flats = [column.flatten().cast(to.value_type) for column in columns]
    starts = [starts_of(column) for column in columns]
    lengths = np.stack([np.diff(start) for start in starts])
    missing = ~np.asarray(valid(*columns))
    lengths = np.where(missing, 0, lengths)
    ends = np.concatenate([[0], np.cumsum(lengths.sum(axis=0))])
    order = np.empty(ends[-1], dtype=np.int64)
    base, begin = 0, ends[:-1].copy()
    for flat, start, length in zip(flats, starts, lengths, strict=True):
        owners = np.repeat(np.arange(len(length)), length)
        inside = np.arange(len(owners)) - np.repeat(np.cumsum(length) - length, length)
        order[begin[owners] + inside] = base + start[:-1][owners] + inside
        begin += length
        base += len(flat)
    values = pa.concat_arrays(flats).take(pa.array(order))
    mask = pa.array(missing) if missing.any() else None
    return pa.ListArray.from_arrays(pa.array(ends.astype(np.int32)), values, to, mask=mask)


def reversed_lists(lists: pa.Array) -> pa.Array:
    """Return arrays backwards."""
    starts = starts_of(lists)
    owners = owners_of(starts)
    order = starts[owners] + starts[owners + 1] - 1 - np.arange(len(owners))
    values = lists.flatten().take(pa.array(order))
    return pa.ListArray.from_arrays(offsets_of(lists), values, lists.type, mask=mask_of(lists))


def is_null(lists: pa.Array) -> pa.Array:
    """Return where arrays are NULL."""
    return pc.is_null(lists)
