"""A batch of one partition, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.kernel.pandas_columns import Slices
from workbench.engine.kernel.python_groups import shown
from workbench.engine.operators.python_state.values import to_tuples

if TYPE_CHECKING:
    from workbench.engine.plan.typed import Attribute


@dataclass(slots=True)
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
    values : tuple of Attribute
        The value columns.
    zone : str, optional
        The time zone of the frames.
    """

    keys: pa.Table
    tuples: list[tuple[Any, ...]]
    rows: pa.Table
    starts: np.ndarray
    values: tuple[Attribute, ...]
    zone: str | None
    slices: Slices | None = None

    def frame(self, place: int) -> pd.DataFrame:
        """Return a group's rows as a frame of its own; -1: no rows. The rows become pandas once, when first asked for."""
        if self.slices is None:
            self.slices = Slices(self.rows, self.values, self.zone)
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
    ordered, starts = _ordered(rows, key_columns.names)
    firsts = ordered.select(key_columns.names)
    keys = firsts.take(pa.array(starts[:-1])) if len(starts) > 1 else firsts
    return Grouped(keys, key_tuples(keys, grouping), shown(ordered, values), starts, values, zone)


def _ordered(rows: pa.Table, names: list[str]) -> tuple[pa.Table, np.ndarray]:
    """Return rows with those of a group together, and where each group starts, with the end."""
    if not rows.num_rows:
        return rows, np.zeros(1, np.int64)
    codes = reduce(_numbered, (_codes(rows.column(name)) for name in names))
    steps = np.diff(codes)
    if (steps < 0).any():
        order = np.argsort(codes, kind="stable")
        rows, steps = rows.take(pa.array(order)), np.diff(codes[order])
    return rows, np.concatenate(([0], np.flatnonzero(steps) + 1, [rows.num_rows]))


def _codes(column: pa.ChunkedArray) -> np.ndarray:
    """Number a column's values by first appearance, so that equal ones share a number."""
    if pa.types.is_nested(column.type) or pa.types.is_floating(column.type):
        return _codes_by_pandas(column)
    return _places(column.combine_chunks())


def _codes_by_pandas(column: pa.ChunkedArray) -> np.ndarray:
    """Number floats, of which -0.0 is 0.0 and every NaN is the same, but no NULL; and lists, maps and structs by what they show."""
    values = column.to_pandas(date_as_object=True)
    if pa.types.is_nested(column.type):
        values = values.map(repr)
    codes = pd.factorize(values, use_na_sentinel=False)[0]
    if not pa.types.is_floating(column.type) or not column.null_count:
        return codes
    return _numbered(codes, column.is_null().to_numpy().astype(np.int64))


def _numbered(codes: np.ndarray, more: np.ndarray) -> np.ndarray:
    """Number pairs of numbers by first appearance."""
    return _places(pa.array(codes.astype(np.int64) * (int(more.max()) + 1) + more))


def _places(values: pa.Array) -> np.ndarray:
    return pc.dictionary_encode(values, null_encoding="encode").indices.to_numpy()


def key_tuples(keys: pa.Table, grouping: tuple[Attribute, ...]) -> list[tuple[Any, ...]]:
    """Return keys as Python tuples; without grouping columns the key is the empty tuple."""
    if not grouping:
        return [()] * keys.num_rows
    schema = t.StructType([t.StructField(f"k{i}", a.type) for i, a in enumerate(grouping)])
    return to_tuples(keys, schema)
