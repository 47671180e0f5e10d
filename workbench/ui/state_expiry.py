"""When a row of state leaves, as far as its key and value tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql.types import StructType, TimestampNTZType, TimestampType

from workbench.ui.state_columns import TTL, WINDOW, fields_of, quoted

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TIMES = (TimestampType, TimestampNTZType)
NAMED = {
    "expiresAtMicros": "timestamp_micros({path})",
    "timeoutTimestamp": "CASE WHEN {path} > 0 THEN timestamp_millis({path}) END",
    "expiration_timestamp_ms": "timestamp_millis({path})",
    TTL: "timestamp_millis({path})",
}
"""Columns of Spark's own that hold a time as a number → that time, as SQL."""


def expiry_of(frame: DataFrame) -> str | None:
    """Return the SQL of the time at which a row leaves: a window's end, a timeout, a timer, or an event time in the key.

    None where nothing tells: an aggregate without a window, say, whose groups stay for ever.
    """
    parts = [name for name in ("key", "value") if isinstance(schema_of(frame, name), StructType)]
    fields = [(part, field) for part in parts for field in fields_of(frame, part)]
    top = [("", field) for field in frame.schema]
    for part, field in (*fields, *top):
        path = f"{part}.{quoted(field.name)}" if part else quoted(field.name)
        if field.name in NAMED:
            return NAMED[field.name].format(path=path)
        if isinstance(field.dataType, StructType) and field.dataType.names == WINDOW:
            return f"{path}.end"
    times = [field for part, field in fields if part == "key" and isinstance(field.dataType, TIMES)]
    return f"key.{quoted(times[0].name)}" if times else None


def time_of(frame: DataFrame) -> str | None:
    """Return the first time among a row's values; None where there is none."""
    times = [field for field in fields_of(frame, "value") if isinstance(field.dataType, TIMES)]
    return f"value.{quoted(times[0].name)}" if times else None


def schema_of(frame: DataFrame, name: str) -> object:
    """Return a column's type; None where there is no such column."""
    return frame.schema[name].dataType if name in frame.columns else None
