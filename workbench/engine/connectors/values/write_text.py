"""Columns of values to columns of text, a column at a time."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.connectors.values import write_times

_PLAIN_LOW, _PLAIN_HIGH = 1e-3, 1e7
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Styles:
    """How values are written: time patterns and the zone."""

    zone: str = "UTC"
    date_format: str = write_times.DATE
    timestamp_format: str = write_times.TIMESTAMP
    timestamp_ntz_format: str = write_times.TIMESTAMP_NTZ


def write_text(values: pa.Array, kind: t.DataType, styles: Styles) -> pa.Array:
    """Return the values of a simple type as text, null where they are null."""
    writer = _WRITERS.get(type(kind))
    return writer(values, kind, styles) if writer else values.cast(pa.string())


def partition_text(values: pa.Array, kind: t.DataType, zone: str) -> pa.Array:
    """Return the values as Spark's cast to string writes them, which is how they stand in folder names."""
    if isinstance(kind, t.BinaryType):
        return values.cast(pa.string())
    if isinstance(kind, (t.TimestampType, t.TimestampNTZType)):
        return cast_times(values, zone if isinstance(kind, t.TimestampType) else None)
    return write_text(values, kind, Styles(zone=zone))


def cast_times(values: pa.Array, zone: str | None) -> pa.Array:
    """Return timestamps as ``2020-01-01 00:00:00.5``: the fraction without its trailing zeros."""
    full = write_times.write_timestamps(values, "yyyy-MM-dd HH:mm:ss.SSSSSS", zone)
    return pc.replace_substring_regex(full, r"(\.\d*[1-9])0*$|\.0+$", r"\1")


def write_doubles(values: pa.Array) -> pa.Array:
    """Return floats as Java's ``toString`` writes them: ``1.0``, ``1.0E7``, ``NaN``, ``Infinity``."""
    text = values.cast(pa.string())
    size = pc.abs(values)
    plain = pc.or_(
        pc.equal(size, 0.0), pc.and_(pc.greater_equal(size, _PLAIN_LOW), pc.less(size, _PLAIN_HIGH))
    ).fill_null(True)
    shaped = pc.match_substring_regex(text, r"^-?\d+$").fill_null(False)
    pointed = pc.if_else(shaped, pc.binary_join_element_wise(text, ".0", ""), text)
    if pc.all(plain).as_py() is not False and not pc.any(pc.match_substring(pointed, "e")).as_py():
        return pointed
    odd = pc.invert(plain)
    coded = text.filter(odd).dictionary_encode()
    written = pa.array([java_double(word) for word in coded.dictionary.to_pylist()], pa.string())
    return pc.replace_with_mask(pointed, odd, written.take(coded.indices))


def java_double(text: str) -> str:
    """Return one shortest decimal text as Java writes it."""
    lower = text.lower()
    if "nan" in lower:
        return "NaN"
    if "inf" in lower:
        return "-Infinity" if text.startswith("-") else "Infinity"
    sign = "-" if text.startswith("-") else ""
    mantissa, _, exponent = lower.lstrip("+-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = whole + fraction
    point = len(whole) + int(exponent or 0)
    stripped = digits.lstrip("0")
    power = point - (len(digits) - len(stripped)) - 1
    kept = stripped.rstrip("0") or "0"
    return f"{sign}{kept[0]}.{kept[1:] or '0'}E{power}"


def _doubles(values: pa.Array, _kind: t.DataType, _styles: Styles) -> pa.Array:
    return write_doubles(values)


def _binary(values: pa.Array, _kind: t.DataType, _styles: Styles) -> pa.Array:
    # Only CSV writes bytes as text; Spark shows them as hex pairs there.
    shown = [None if v is None else "[" + v.hex(" ").upper() + "]" for v in values.to_pylist()]
    return pa.array(shown, pa.string())


def _dates(values: pa.Array, _kind: t.DataType, styles: Styles) -> pa.Array:
    return write_times.write_dates(values, styles.date_format)


def _timestamps(values: pa.Array, _kind: t.DataType, styles: Styles) -> pa.Array:
    return write_times.write_timestamps(values, styles.timestamp_format, styles.zone)


def _local_timestamps(values: pa.Array, _kind: t.DataType, styles: Styles) -> pa.Array:
    return write_times.write_timestamps(values, styles.timestamp_ntz_format, None)


def _year_months(values: pa.Array, _kind: t.DataType, _styles: Styles) -> pa.Array:
    sign = pc.if_else(pc.less(values, 0), "-", "")
    size = pc.abs(values)
    years = pc.divide(size, 12)
    months = pc.subtract(size, pc.multiply(years, 12))
    return pc.binary_join_element_wise(
        "INTERVAL '",
        sign,
        years.cast(pa.string()),
        "-",
        months.cast(pa.string()),
        "' YEAR TO MONTH",
        "",
    )


def _day_times(values: pa.Array, _kind: t.DataType, _styles: Styles) -> pa.Array:
    micros = values.cast(pa.int64())
    size = pc.abs(micros)
    seconds = pc.divide(size, 1_000_000)
    fraction = pc.subtract(size, pc.multiply(seconds, 1_000_000))
    days = pc.divide(seconds, _DAY_SECONDS)
    clock = pc.subtract(seconds, pc.multiply(days, _DAY_SECONDS)).cast(pa.timestamp("s"))
    tail = pc.binary_join_element_wise(".", pc.utf8_lpad(fraction.cast(pa.string()), 6, "0"), "")
    return pc.binary_join_element_wise(
        "INTERVAL '",
        pc.if_else(pc.less(micros, 0), "-", ""),
        days.cast(pa.string()),
        " ",
        pc.strftime(clock, "%H:%M:%S"),
        pc.replace_substring_regex(tail, r"\.?0+$", ""),
        "' DAY TO SECOND",
        "",
    )


_WRITERS: dict[type[t.DataType], Callable[[pa.Array, t.DataType, Styles], pa.Array]] = {
    t.FloatType: _doubles,
    t.DoubleType: _doubles,
    t.BinaryType: _binary,
    t.DateType: _dates,
    t.TimestampType: _timestamps,
    t.TimestampNTZType: _local_timestamps,
    t.YearMonthIntervalType: _year_months,
    t.DayTimeIntervalType: _day_times,
}

_CONTROL = re.compile(r"[\x00-\x1f\"\\]")
_JSON_ESCAPES = (
    ("\\", "\\\\"),
    ('"', '\\"'),
    ("\n", "\\n"),
    ("\r", "\\r"),
    ("\t", "\\t"),
    ("\b", "\\b"),
    ("\f", "\\f"),
)


def json_string(texts: pa.Array) -> pa.Array:
    """Return texts as JSON strings, quotes included."""
    if pc.any(pc.match_substring_regex(texts, _CONTROL.pattern)).as_py():
        for raw, escaped in _JSON_ESCAPES:
            texts = pc.replace_substring(texts, raw, escaped)
        if pc.any(pc.match_substring_regex(texts, r"[\x00-\x1f]")).as_py():
            for code in range(0x20):
                texts = pc.replace_substring(texts, chr(code), f"\\u{code:04X}")
    return pc.binary_join_element_wise('"', texts, '"', "")
