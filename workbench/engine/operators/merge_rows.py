"""Merging single rows into state by slot; many rows may have one slot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from workbench.engine.functions import faults
from workbench.engine.operators.merge import FAR
from workbench.engine.state import arrays

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.state.columns import Column

_UFUNCS: dict[str, np.ufunc] = {"sum": np.add, "min": np.fmin, "max": np.maximum}
_SAFE = 2**62


def merge_rows(
    column: Column, slots: np.ndarray, new: np.ndarray, found: pa.ChunkedArray, way: str
) -> None:
    """Merge one value a row into slots, which may repeat; ``new`` is true on the first row of a new slot.

    A null is no result yet: what it merges with stays.
    """
    array = arrays.as_array(found, column.kind)
    values = arrays.values(array)
    fresh = slots[new]
    if array.null_count or column.known is not None:
        column.validity[fresh] = False
        valid = arrays.validity(array)
        if valid is not None:
            slots, values = slots[valid], values[valid]
        fresh = slots[~column.validity[slots]]
        column.validity[slots] = True
    column.values[fresh] = _neutral(way, values.dtype)
    if way == "sum" and values.dtype.kind == "i" and _may_wrap(column.values[slots], values):
        _add_checked(column.values, slots, values)
        return
    with np.errstate(invalid="ignore"):
        _UFUNCS[way].at(column.values, slots, values)


def _neutral(way: str, dtype: np.dtype) -> float | int:
    """Return what merges with a value into that value. NaN is greater than every number, as Spark orders it."""
    if way == "sum":
        return 0
    if dtype.kind == "f":
        return np.nan if way == "min" else -np.inf
    return np.iinfo(dtype).max if way == "min" else np.iinfo(dtype).min


def _may_wrap(old: np.ndarray, values: np.ndarray) -> bool:
    """Whether a sum may not fit. Nearly always the largest values say that all do."""
    return bool(len(values)) and _largest(old) + _largest(values) * len(values) >= _SAFE


def _add_checked(stored: np.ndarray, slots: np.ndarray, values: np.ndarray) -> None:
    """Add, and raise when a sum wrapped: it is then far from the same sum in floating point."""
    touched, place = np.unique(slots, return_inverse=True)
    rough = stored[touched].astype(np.float64)
    np.add.at(rough, place, values.astype(np.float64))
    np.add.at(stored, slots, values)
    if np.any(np.abs(rough - stored[touched]) > FAR):
        raise faults.overflow("try_sum")


def _largest(values: np.ndarray) -> int:
    return max(int(values.max()), -int(values.min()))
