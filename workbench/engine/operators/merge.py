"""Merging a batch's partial results into state by slot, without looking at one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import faults
from workbench.engine.state import arrays

if TYPE_CHECKING:
    from workbench.engine.operators.buffers import Partial

Combine = Callable[[np.ndarray, np.ndarray], np.ndarray]


def _added(old: np.ndarray, values: np.ndarray) -> np.ndarray:
    total = old + values
    if total.dtype.kind == "i" and np.any(((old ^ total) & (values ^ total)) < 0):
        raise faults.overflow("try_sum")
    return total


def _least(old: np.ndarray, values: np.ndarray) -> np.ndarray:
    # NaN is greater than every number, as Spark orders it; fmin takes the number.
    return np.fmin(old, values) if old.dtype.kind == "f" else np.minimum(old, values)


_WAYS: dict[str, Combine] = {
    "sum": _added,
    "min": _least,
    "max": np.maximum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


FAR = 1e18

_UFUNCS: dict[str | None, np.ufunc] = {
    "sum": np.add,
    "min": np.fmin,
    "max": np.maximum,
    "and": np.bitwise_and,
    "or": np.bitwise_or,
    "xor": np.bitwise_xor,
}


def mergeable(partials: Sequence[Partial]) -> bool:
    """Whether every partial result merges in place."""
    return all(
        partial.scatter in _WAYS and _is_plain(to_arrow(partial.attribute.type))
        for partial in partials
    )


def _is_plain(kind: pa.DataType) -> bool:
    tests = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_timestamp,
        pa.types.is_date,
        pa.types.is_duration,
    )
    return any(test(kind) for test in tests)


def reduced(
    buffers: pa.Table, partials: Sequence[Partial], place: np.ndarray
) -> list[pa.Array] | None:
    """Return each session's buffers from those of its rows, which begin at ``place``; None where only the kernel can.

    A null is no result yet, which NumPy does not know.
    """
    if not mergeable(partials) or any(column.null_count for column in buffers.columns):
        return None
    made = []
    for partial in partials:
        kind = to_arrow(partial.attribute.type)
        array = arrays.as_array(buffers.column(partial.attribute.column), kind)
        values = arrays.values(array)
        merged = _UFUNCS[partial.scatter].reduceat(values, place)
        if partial.scatter == "sum":
            check_sums(merged, values, place)
        made.append(arrays.fixed_array(kind, merged))
    return made


def check_sums(sums: np.ndarray, values: np.ndarray, place: np.ndarray) -> None:
    """Raise when a sum of whole numbers wrapped: it is then far from the same sum in floating point."""
    if sums.dtype.kind == "i":
        rough = np.add.reduceat(values.astype(np.float64), place)
        if np.any(np.abs(rough - sums) > FAR):
            raise faults.overflow("try_sum")


def merge_into(
    column: Any, slots: np.ndarray, new: np.ndarray, found: pa.ChunkedArray, way: str
) -> None:
    """Merge one column of partial results into distinct slots; ``new`` slots take them as they are.

    A null is no result yet: what it merges with stays.
    """
    array = arrays.as_array(found, column.kind)
    values = arrays.filled(array)
    old = column.values[slots]
    if array.null_count == 0 and column.known is None:
        column.values[slots] = _combined(old, values, new, way)
        return
    valid = arrays.validity(array)
    valid = np.ones(len(values), np.bool_) if valid is None else valid
    was = column.validity[slots] & ~new
    merged = _combined(old, values, ~was, way, ~valid)
    column.values[slots] = merged
    column.validity[slots] = was | valid


def _combined(
    old: np.ndarray,
    values: np.ndarray,
    fresh: np.ndarray,
    way: str,
    absent: np.ndarray | None = None,
) -> np.ndarray:
    """Combine where both are there; elsewhere take the one that is."""
    neutral = np.zeros_like(values) if way in ("sum", "xor") else values
    both = _WAYS[way](np.where(fresh, neutral, old), values)
    return both if absent is None else np.where(absent, old, both)
