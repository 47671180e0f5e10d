"""Dates and timestamps as text by Java patterns, and back."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import DateTimeFault
from workbench.engine.connectors.values.read_times import read_dates, read_timestamps
from workbench.engine.connectors.values.write_times import write_dates, write_timestamps
from workbench.engine.functions.kernels.date_makers import moment_of


def date_format(moments: pa.Array, pattern: Any, *, zone: str) -> pa.Array:
    """Return timestamps as text by a Java pattern."""
    text = (
        pattern.as_py()
        if isinstance(pattern, pa.Scalar)
        else next((x for x in pattern.to_pylist() if x), None)
    )
    if text is None:
        return pa.nulls(len(moments), pa.string())
    if pa.types.is_date(moments.type):
        return write_dates(moments, text)
    return write_timestamps(moments, text, zone if moments.type.tz else None)


def _pattern(pattern: Any) -> str | None:
    if pattern is None:
        return None
    if isinstance(pattern, pa.Scalar):
        return pattern.as_py()
    return next((x for x in pattern.to_pylist() if x is not None), None)


def _checked(
    texts: pa.Array, made: pa.Array, strict: bool, pattern: str | None, kind: str
) -> pa.Array:
    if not strict:
        return made
    bad = pc.and_(texts.is_valid(), made.is_null())
    if pc.any(bad).as_py():
        value = texts.filter(bad)[0].as_py()
        if pattern is None:
            raise DateTimeFault("CAST_INVALID_INPUT", expression=f"'{value}'", sourceType='"STRING"',
                                targetType=f'"{kind}"', ansiConfig='"spark.sql.ansi.enabled"')  # fmt: skip
        raise DateTimeFault("CANNOT_PARSE_TIMESTAMP", func="`try_to_timestamp`" if kind != "DATE" else "`try_to_date`",
                            message=f"Text '{value}' could not be parsed by '{pattern}'")  # fmt: skip
    return made


def parse_date(texts: pa.Array, pattern: Any = None, *, strict: bool = True) -> pa.Array:
    """Return dates read by a pattern, by Spark's cast when there is none."""
    chosen = _pattern(pattern)
    return _checked(texts, read_dates(texts, chosen), strict, chosen, "DATE")


def parse_moment(
    texts: pa.Array, pattern: Any = None, *, zone: str, strict: bool = True, naive: bool = False
) -> pa.Array:
    """Return timestamps read by a pattern."""
    chosen = _pattern(pattern)
    made = read_timestamps(texts, chosen, None if naive else zone)
    return _checked(texts, made, strict, chosen, "TIMESTAMP")


def from_unix(seconds: pa.Array, pattern: Any, *, zone: str) -> pa.Array:
    """Return seconds since 1970 as text by a Java pattern."""
    return date_format(moment_of(seconds, size=1_000_000), pattern, zone=zone)
