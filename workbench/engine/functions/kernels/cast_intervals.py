"""Casts to and from intervals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.engine.functions.kernels.cast_context import Conversion
from workbench.engine.functions.kernels.cast_numbers import trimmed
from workbench.engine.functions.kernels.civil import as_micros

FIELDS = ("DAY", "HOUR", "MINUTE", "SECOND")
UNIT_US = (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000)


def _text(values: np.ndarray, width: int = 1) -> pa.Array:
    text = pa.array(values.astype(np.int64)).cast(pa.string())
    return pc.utf8_lpad(text, width, "0") if width > 1 else text


def to_text(array: pa.Array, how: Conversion) -> Any:
    """Write intervals as SQL literals: ``INTERVAL '1 02:03:04' DAY TO SECOND``."""
    if isinstance(how.source, t.YearMonthIntervalType):
        made = _year_month(array.cast(pa.int32()), how.source)
    elif isinstance(how.source, t.DayTimeIntervalType):
        made = _day_time(array, how.source)
    else:
        from workbench.engine.functions.kernels.calendar import calendar_text

        return calendar_text(array)
    return pc.if_else(pc.is_valid(array), made, pa.scalar(None, pa.string()))


def _year_month(array: pa.Array, kind: t.YearMonthIntervalType) -> pa.Array:
    months = pc.fill_null(array, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    sign = pa.array(np.where(months < 0, "-", ""))
    size = np.abs(months)
    if kind.startField == kind.endField == 0:
        return pc.binary_join_element_wise("INTERVAL '", sign, _text(size // 12), "' YEAR", "")
    if kind.startField == kind.endField == 1:
        return pc.binary_join_element_wise("INTERVAL '", sign, _text(size), "' MONTH", "")
    parts = (sign, _text(size // 12), "-", _text(size % 12))
    return pc.binary_join_element_wise("INTERVAL '", *parts, "' YEAR TO MONTH", "")


def _day_time(array: pa.Array, kind: t.DayTimeIntervalType) -> pa.Array:
    micros = as_micros(array)
    sign = pa.array(np.where(micros < 0, "-", ""))
    rest = np.abs(micros.astype(object)) if (micros == -(2**63)).any() else np.abs(micros)
    start, end = kind.startField, kind.endField
    body: Any = None
    for field in range(start, end + 1):
        amount = rest // UNIT_US[field]
        rest = rest - amount * UNIT_US[field]
        part = _text(np.asarray(amount, dtype=np.int64), 1 if field == start else 2)
        joiner = " " if field == 1 else ":"
        body = part if body is None else pc.binary_join_element_wise(body, part, joiner)
    if end == 3:
        body = pc.binary_join_element_wise(body, _fraction(np.asarray(rest, dtype=np.int64)), "")
    names = FIELDS[start] if start == end else f"{FIELDS[start]} TO {FIELDS[end]}"
    return pc.binary_join_element_wise("INTERVAL '", sign, body, f"' {names}", "")


def _fraction(micros: np.ndarray) -> pa.Array:
    digits = pc.utf8_rtrim(_text(micros, 6), "0")
    return pc.if_else(pa.array(micros == 0), "", pc.binary_join_element_wise(".", digits, ""))


DAY_TIME_PATTERN = (
    r"(?i)^(?:interval\s+(?P<outer>[+-]?)\s*)?'?(?P<sign>[+-]?)(?P<body>[0-9 :.]+)'?"
    r"(?:\s+(?P<from>day|hour|minute|second)(?:\s+to\s+(?P<to>hour|minute|second))?)?$"
)
YEAR_MONTH_PATTERN = (
    r"(?i)^(?:interval\s+(?P<outer>[+-]?)\s*)?'?(?P<sign>[+-]?)(?P<body>[0-9]+(?:-[0-9]+)?)'?"
    r"(?:\s+(?P<from>year|month)(?:\s+to\s+(?P<to>month))?)?$"
)


def from_text(array: pa.Array, how: Conversion) -> Any:
    """Read intervals from text."""
    if isinstance(how.target, t.CalendarIntervalType):
        from workbench.engine.functions.kernels.calendar import calendar_of_text

        return calendar_of_text(array, how)
    words = trimmed(array)
    if isinstance(how.target, t.YearMonthIntervalType):
        return _read_year_month(words, array, how)
    return _read_day_time(words, array, how)


def _signs(parts: pa.Array) -> np.ndarray:
    outer = np.asarray(pc.fill_null(pc.equal(pc.struct_field(parts, "outer"), "-"), False))
    inner = np.asarray(pc.fill_null(pc.equal(pc.struct_field(parts, "sign"), "-"), False))
    return np.where(outer ^ inner, -1, 1)


def _numbers(parts: pa.Array, name: str) -> np.ndarray:
    text = pc.fill_null(pc.struct_field(parts, name), "")
    return pc.if_else(pc.equal(text, ""), "0", text).cast(pa.int64()).to_numpy(zero_copy_only=False)


def _read_year_month(words: pa.Array, array: pa.Array, how: Conversion) -> pa.Array:
    parts = pc.extract_regex(words, YEAR_MONTH_PATTERN)
    body = pc.fill_null(pc.struct_field(parts, "body"), "0")
    two = pc.extract_regex(body, r"^(?P<a>[0-9]+)(?:-(?P<b>[0-9]+))?$")
    first, second = _numbers(two, "a"), _numbers(two, "b")
    pair = np.asarray(pc.match_substring(body, "-"))
    only_months = how.target.startField == 1
    months = np.where(pair, first * 12 + second, first if only_months else first * 12)
    values = pa.array((months * _signs(parts)).astype(np.int32), mask=np.asarray(pc.is_null(array)))
    return how.only(values, pc.is_valid(parts), array)


def _read_day_time(words: pa.Array, array: pa.Array, how: Conversion) -> pa.Array:
    parts = pc.extract_regex(words, DAY_TIME_PATTERN)
    body = pc.fill_null(pc.struct_field(parts, "body"), "0")
    start, end = how.target.startField, how.target.endField
    names = "abcd"
    pattern = "".join(
        (("" if field == start else " " if field == 1 else ":") + f"(?P<{names[field]}>[0-9]+)")
        for field in range(start, end + 1)
    )
    found = pc.extract_regex(
        body, rf"^{pattern}(?:\.(?P<f>[0-9]*))?$" if end == 3 else rf"^{pattern}$"
    )
    micros = np.zeros(len(array), dtype=np.int64)
    for field in range(start, end + 1):
        micros = micros + _numbers(found, names[field]) * UNIT_US[field]
    if end == 3:
        digits = pc.utf8_rpad(pc.fill_null(pc.struct_field(found, "f"), ""), 6, "0")
        micros = micros + pc.utf8_slice_codeunits(digits, 0, 6).cast(pa.int64()).to_numpy(
            zero_copy_only=False
        )
    values = pa.array(micros * _signs(parts), mask=np.asarray(pc.is_null(array)))
    good = pc.and_(pc.is_valid(parts), pc.is_valid(found))
    return how.only(values.cast(pa.duration("us")), good, array)


def to_number(array: pa.Array, how: Conversion) -> Any:
    """Return an interval of one unit as a count of that unit."""
    if isinstance(how.source, t.YearMonthIntervalType):
        unit = 12 if how.source.endField == 0 else 1
        numbers = pc.fill_null(array.cast(pa.int32()), 0).to_numpy(zero_copy_only=False)
    else:
        unit = UNIT_US[how.source.endField]
        numbers = as_micros(array)
    mask = np.asarray(pc.is_null(array))
    whole = pa.array((np.sign(numbers) * (np.abs(numbers) // unit)).astype(np.int64), mask=mask)
    return how.part(whole, t.LongType(), how.target)


def from_number(array: pa.Array, how: Conversion) -> Any:
    """Return the interval of a count of its last unit."""
    whole = how.part(array, how.source, t.LongType())
    numbers = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False)
    mask = np.asarray(pc.is_null(array))
    if isinstance(how.target, t.YearMonthIntervalType):
        unit = 12 if how.target.endField == 0 else 1
        months = numbers * unit
        good = pa.array(np.abs(months) < 2**31)
        values = pa.array(np.where(np.abs(months) < 2**31, months, 0).astype(np.int32), mask=mask)
        return how.fitting(values, good, array)
    unit = UNIT_US[how.target.endField]
    good = np.abs(numbers) <= (2**63 - 1) // unit
    values = pa.array(np.where(good, numbers, 0) * unit, mask=mask).cast(pa.duration("us"))
    return how.fitting(values, pa.array(good), array)
