"""A batch of one partition, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.kernel.pandas_columns import Slices
from workbench.engine.kernel.python_groups import shown
from workbench.engine.operators.python_state.values import to_tuples

if TYPE_CHECKING:
    from workbench.engine.plan.typed import Attribute


@dataclass(frozen=True, slots=True)
class Grouped:
    """Rows in the order of their groups.

    Attributes
    ----------
    keys : pa.Table
        One row a group, in the store's key columns.
    tuples : list of tuple
        The same as Python values.
    rows : pa.Table
        The value columns under the user's names, groups one after the other.
    starts : np.ndarray
        Where each group starts; one more entry for the end.
    slices : Slices, optional
        The rows as pandas, made once.
    """

    keys: pa.Table
    tuples: list[tuple[Any, ...]]
    rows: pa.Table
    starts: np.ndarray
    slices: Slices | None

    def frame(self, place: int) -> pd.DataFrame:
        """Return a group's rows as a frame of its own; -1: no rows."""
        start, end = (0, 0) if place < 0 else (int(self.starts[place]), int(self.starts[place + 1]))
        return self.slices.frame(start, end)


def grouped(
    rows: pa.Table,
    grouping: tuple[Attribute, ...],
    values: tuple[Attribute, ...],
    key_columns: pa.Schema,
    zone: str | None,
) -> Grouped:
    """Group a batch's rows by key; null is a key, NaN equals NaN. Groups come in the order they first appear.

    ``zone``: the time zone of the frames; None: no frames are wanted.
    """
    codes = _codes(rows, key_columns.names)
    order = np.argsort(codes, kind="stable")
    ordered = rows.take(pa.array(order)) if rows.num_rows else rows
    edges = np.flatnonzero(np.diff(codes[order])) + 1
    starts = (
        np.concatenate(([0], edges, [rows.num_rows])) if rows.num_rows else np.zeros(1, np.int64)
    )
    keys = ordered.select(key_columns.names).take(pa.array(starts[:-1]))
    given = shown(ordered, values)
    slices = None if zone is None else Slices(given, values, zone)
    return Grouped(keys, key_tuples(keys, grouping), given, starts, slices)


def _codes(rows: pa.Table, names: list[str]) -> np.ndarray:
    """Number the keys by first appearance, so that equal keys share a number."""
    if not rows.num_rows:
        return np.zeros(0, np.int64)
    frame = pd.DataFrame({name: _hashable(rows.column(name)) for name in names})
    return frame.groupby(names, dropna=False, sort=False).ngroup().to_numpy()


def _hashable(column: pa.ChunkedArray) -> pd.Series:
    values = column.to_pandas(date_as_object=True)
    return values.map(repr) if pa.types.is_nested(column.type) else values


def key_tuples(keys: pa.Table, grouping: tuple[Attribute, ...]) -> list[tuple[Any, ...]]:
    """Return keys as Python tuples; without grouping columns the key is the empty tuple."""
    if not grouping:
        return [()] * keys.num_rows
    schema = t.StructType([t.StructField(f"k{i}", a.type) for i, a in enumerate(grouping)])
    return to_tuples(keys, schema)
