"""Interval literals: ``INTERVAL 1 DAY 2 HOURS``, ``INTERVAL '1 02:03:04' DAY TO SECOND``, ``INTERVAL '3 days'``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.durations import Interval, parse_interval
from workbench.base.errors import IllegalArgument
from workbench.base.quoted import unquote_string
from workbench.engine.plan.expressions import Literal

if TYPE_CHECKING:
    from workbench.base.ddl_reader import Token
    from workbench.base.syntax import SyntaxFault
    from workbench.engine.sql.cursor import Cursor

_DAY_TIME = {
    "day": 0,
    "week": 0,
    "hour": 1,
    "minute": 2,
    "second": 3,
    "millisecond": 3,
    "microsecond": 3,
    "nanosecond": 3,
}
_YEAR_MONTH = {"year": 0, "month": 1}
_UNITS = {*_DAY_TIME, *_YEAR_MONTH}
_MICROS_PER_DAY = 86_400_000_000

# The parts of an interval text between two fields, by the first and the last field.
_PART = {
    "day": r"(\d+)",
    "hour": r"(\d{1,2})",
    "minute": r"(\d{1,2})",
    "second": r"(\d{1,2}(?:\.\d{1,9})?)",
}
_AFTER = {"day": " ", "hour": ":", "minute": ":", "second": ""}
_FIELDS = ("day", "hour", "minute", "second")


def unit_of(token: Token) -> str:
    """Return the unit a token names, without its plural; empty for other words."""
    word = token.text.lower()
    singular = word.removesuffix("s")
    return singular if token.kind == "word" and singular in _UNITS else ""


def at_interval(cursor: Cursor) -> bool:
    """Whether ``INTERVAL`` here starts a literal of values with units."""
    if not cursor.at("interval"):
        return False
    ahead = 2 if cursor.peek(1).text in {"+", "-"} else 1
    value = cursor.peek(ahead)
    if value.kind == "number":
        return True
    return value.kind == "string" and bool(unit_of(cursor.peek(ahead + 1)))


def interval(cursor: Cursor) -> Literal:
    """Read ``INTERVAL value unit [value unit …]`` or ``INTERVAL 'text' unit TO unit``."""
    start = cursor.take()
    if cursor.at("to", ahead=2):
        return _unit_to_unit(cursor)
    words, units = [], []
    while True:
        value, unit = _pair(cursor)
        words.append(f"{value} {unit}")
        units.append(unit)
        if not _pair_follows(cursor):
            break
    found = _typed(parse_interval(" ".join(words)), units)
    if found is None:
        raw = cursor.text[start.start : cursor.peek().start].strip()
        raise cursor.fault("_LEGACY_ERROR_TEMP_0029", start, literal=raw)
    return found


def _pair_follows(cursor: Cursor) -> bool:
    ahead = 1 if cursor.peek().text in {"+", "-"} else 0
    value = cursor.peek(ahead)
    return value.kind in {"number", "string"} and bool(unit_of(cursor.peek(ahead + 1)))


def _pair(cursor: Cursor) -> tuple[str, str]:
    sign = cursor.take().text if cursor.peek().text in {"+", "-"} else ""
    token = cursor.take()
    text = unquote_string(token.text).strip() if token.kind == "string" else token.text
    unit = unit_of(cursor.peek())
    if not unit:
        raise cursor.unexpected()
    cursor.take()
    if sign == "-" and text.startswith("-"):
        return text[1:], unit
    return f"{sign}{text}", unit


def _typed(value: Interval, units: list[str]) -> Literal | None:
    """Return the literal, or None when months and days are mixed."""
    if all(unit in _YEAR_MONTH for unit in units):
        fields = sorted(_YEAR_MONTH[unit] for unit in units)
        return Literal(value.months, t.YearMonthIntervalType(fields[0], fields[-1]))
    if all(unit in _DAY_TIME for unit in units):
        fields = sorted(_DAY_TIME[unit] for unit in units)
        micros = value.days * _MICROS_PER_DAY + value.microseconds
        return Literal(micros, t.DayTimeIntervalType(fields[0], fields[-1]))
    return None


def interval_text(text: str) -> Literal | None:
    """Return the literal of ``INTERVAL '1 day 2 hours'``, or None for what is no interval."""
    try:
        value = parse_interval(text)
    except IllegalArgument:
        return None
    words = re.findall(r"[A-Za-z]+", text.lower().removeprefix("interval"))
    return _typed(value, [word.removesuffix("s") for word in words])


def _unit_to_unit(cursor: Cursor) -> Literal:
    token = cursor.peek()
    text = cursor.string().strip()
    first, last = unit_of(cursor.take()), ""
    cursor.expect("to")
    last = unit_of(cursor.peek())
    cursor.take()
    found = _year_to_month(text) if (first, last) == ("year", "month") else None
    if first in _FIELDS and last in _FIELDS and _FIELDS.index(first) < _FIELDS.index(last):
        found = _day_time(text, first, last)
    if found is None:
        raise _unmatched(cursor, token, text, (first, last))
    return found


def _unmatched(cursor: Cursor, token: Token, text: str, units: tuple[str, str]) -> SyntaxFault:
    is_months = units == ("year", "month")
    return cursor.fault(
        "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING" + ("" if is_months else "_WITH_NOTICE"),
        token,
        input=text,
        intervalStr="year-month" if is_months else "day-time",
        typeName=f"interval {units[0]} to {units[1]}",
    )


def _year_to_month(text: str) -> Literal | None:
    match = re.fullmatch(r"([+-]?)(\d{1,9})-(\d{1,2})", text)
    if not match or int(match[3]) > 11:
        return None
    months = int(match[2]) * 12 + int(match[3])
    return Literal(-months if match[1] == "-" else months, t.YearMonthIntervalType(0, 1))


def _day_time(text: str, first: str, last: str) -> Literal | None:
    fields = _FIELDS[_FIELDS.index(first) : _FIELDS.index(last) + 1]
    pattern = "".join(_PART[field] + (_AFTER[field] if field != last else "") for field in fields)
    match = re.fullmatch(f"([+-]?){pattern}", text)
    if not match:
        return None
    sign, *values = match.groups()
    words = " ".join(f"{value} {field}" for value, field in zip(values, fields, strict=True))
    value = parse_interval(words)
    micros = value.days * _MICROS_PER_DAY + value.microseconds
    kind = t.DayTimeIntervalType(_FIELDS.index(first), _FIELDS.index(last))
    return Literal(-micros if sign == "-" else micros, kind)
