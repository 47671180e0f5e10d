"""Merging a batch's partial results into state by slot, without looking at one key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import ArithmeticFault
from workbench.engine.operators.decompositions import ADD, GREATEST, LEAST
from workbench.engine.state import arrays

if TYPE_CHECKING:
    from workbench.engine.operators.decompositions import Partial

_WAYS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    LEAST: np.fmin,
    GREATEST: np.fmax,
}


def mergeable(partials: Sequence[Partial]) -> bool:
    """Whether every partial result is a number that merges in place."""
    return all(
        partial.merge.function in (ADD, LEAST, GREATEST) and _is_number(to_arrow(partial.attribute.type))
        for partial in partials
    )


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_timestamp(kind)


def merge_into(column: Any, slots: np.ndarray, new: np.ndarray, found: pa.ChunkedArray, way: str) -> None:
    """Merge one column of partial results into distinct slots; ``new`` slots take them as they are.

    A null is no result yet: what it merges with stays.
    """
    array = arrays.as_array(found, column.kind)
    values = arrays.filled(array)
    if array.null_count == 0 and column.known is None:
        column.values[slots] = _merged(column.values[slots], values, new, way)
        return
    valid = arrays.validity(array)
    valid = np.ones(len(values), np.bool_) if valid is None else valid
    was = column.validity[slots] & ~new
    both = _merged(column.values[slots], values, ~was, way)
    column.values[slots] = np.where(valid, both, np.where(was, column.values[slots], 0).astype(values.dtype))
    column.validity[slots] = was | valid


def _merged(old: np.ndarray, values: np.ndarray, fresh: np.ndarray, way: str) -> np.ndarray:
    if way == ADD:
        return _added(np.where(fresh, 0, old).astype(old.dtype), values)
    if old.dtype.kind == "f":
        return np.where(fresh, values, _float_extreme(old, values, way))
    return np.where(fresh, values, _WAYS[way](old, values))


def _added(old: np.ndarray, values: np.ndarray) -> np.ndarray:
    total = old + values
    if total.dtype.kind == "i" and np.any(((old ^ total) & (values ^ total)) < 0):
        raise ArithmeticFault("ARITHMETIC_OVERFLOW", message="long overflow", alternative="", config='"spark.sql.ansi.enabled"')
    return total


def _float_extreme(old: np.ndarray, values: np.ndarray, way: str) -> np.ndarray:
    """NaN is greater than every number, as Spark orders it."""
    if way == GREATEST:
        return np.maximum(old, values)
    return np.fmin(old, values)
