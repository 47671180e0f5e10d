"""Event times in an operator's columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.types import StructType

from workbench.engine.operators.keyed import schema_of
from workbench.engine.plan.typed import WATERMARK_DELAY, Attribute
from workbench.engine.state.index import KeyIndex

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MICROS_PER_MS = 1000


def event_time_of(attributes: Iterable[Attribute]) -> Attribute | None:
    """Return the column that carries a watermark; None where none does."""
    return next((one for one in attributes if WATERMARK_DELAY in one.metadata), None)


def expiry_path(attribute: Attribute | None) -> str | None:
    """Return an event-time column as a state store's expiry: of a window, its end counts."""
    if attribute is None:
        return None
    return f"{attribute.column}.end" if isinstance(attribute.type, StructType) else attribute.column


def times_of(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return event times in microseconds; of a window, its end."""
    if pa.types.is_struct(column.type):
        column = pc.struct_field(column, "end")
    return column.cast(pa.int64())


def drop_late_groups(
    table: pa.Table, attribute: Attribute | None, late_ms: int, keys: Sequence[Attribute]
) -> tuple[pa.Table, int]:
    """As :func:`drop_late`, counting late groups of equal keys; late rows where there are no keys."""
    kept, late = drop_late(table, attribute, late_ms)
    if not late or not keys:
        return kept, late
    passed = _is_late(table, attribute, late_ms)
    names = [key.column for key in keys]
    _, new = KeyIndex(schema_of(keys)).insert(table.select(names).filter(passed))
    return kept, int(new.sum())


def drop_late(table: pa.Table, attribute: Attribute | None, late_ms: int) -> tuple[pa.Table, int]:
    """Return the rows after the watermark, and how many were at or before it. Rows without a time stay."""
    if attribute is None or not table.num_rows:
        return table, 0
    kept = pc.invert(_is_late(table, attribute, late_ms))
    count = table.num_rows - (pc.sum(kept).as_py() or 0)
    return (table.filter(kept), count) if count else (table, 0)


def _is_late(table: pa.Table, attribute: Attribute, late_ms: int) -> pa.ChunkedArray:
    late = pc.less_equal(times_of(table.column(attribute.column)), late_ms * MICROS_PER_MS)
    return pc.fill_null(late, fill_value=False)
