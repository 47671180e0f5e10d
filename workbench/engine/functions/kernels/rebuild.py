"""Lists taken apart and put together: the steps every kernel over arrays shares."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.segments import owners_of, starts_of


def missing(*columns: pa.Array) -> np.ndarray:
    """Return where any of the columns is NULL."""
    found = np.zeros(len(columns[0]), dtype=bool)
    for column in columns:
        if column.null_count:
            found |= np.asarray(pc.is_null(column))
    return found


def lists_of(
    lengths: np.ndarray, values: pa.Array, kind: pa.DataType, nulls: np.ndarray | None = None
) -> pa.Array:
    """Return lists of ``kind`` that cut flat values by length; where ``nulls``, the list is NULL (its length must be 0)."""
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    values = values if values.type == kind.value_type else values.cast(kind.value_type)
    mask = pa.array(nulls) if nulls is not None and nulls.any() else None
    return pa.ListArray.from_arrays(pa.array(offsets), values, kind, mask=mask)


def places_in(starts: np.ndarray) -> np.ndarray:
    """Return every flat value's place in its list, from 0."""
    return np.arange(starts[-1]) - np.repeat(starts[:-1], np.diff(starts))


def kept(
    lists: pa.Array, keep: np.ndarray, kind: pa.DataType, nulls: np.ndarray | None = None
) -> pa.Array:
    """Return the lists with only the flat values marked ``keep``."""
    owners = owners_of(starts_of(lists))
    nulls = missing(lists) if nulls is None else nulls
    keep = keep & ~nulls[owners]
    lengths = np.bincount(owners[keep], minlength=len(lists))
    return lists_of(lengths, lists.flatten().filter(pa.array(keep, pa.bool_())), kind, nulls)


def ranges(begins: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return, one after the other, the numbers from each begin on, as many as its length."""
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) + np.repeat(begins - (ends - lengths), lengths)
