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

# Between two fields: what a part looks like, what follows it, and its largest value when it is not the first.
_PART = {"day": r"(\d+)", "hour": r"(\d+)", "minute": r"(\d+)", "second": r"(\d+(?:\.\d{1,9})?)"}
_AFTER = {"day": " ", "hour": ":", "minute": ":", "second": ""}
_LARGEST = {"hour": 23, "minute": 59, "second": 59, "month": 11}
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


def interval_text(cursor: Cursor, token: Token, text: str) -> Literal | None:
    """Return the literal of ``INTERVAL '1 day 2 hours'``, or None for what is no interval."""
    try:
        value = parse_interval(text)
    except IllegalArgument:
        return None
    words = re.findall(r"[A-Za-z]+", text.lower().removeprefix("interval"))
    found = _typed(value, [word.removesuffix("s") for word in words])
    if found is None:
        raise cursor.fault("_LEGACY_ERROR_TEMP_0029", token, literal=text)
    return found


def _unit_to_unit(cursor: Cursor) -> Literal:
    token = cursor.peek()
    text = cursor.string().strip()
    first = unit_of(cursor.take())
    cursor.expect("to")
    last = unit_of(cursor.take())
    parts = _parts(text, first, last)
    if parts is None:
        raise _unmatched(cursor, token, text, (first, last))
    sign, values = parts
    for field in list(values)[1:]:
        if int(float(values[field])) > _LARGEST[field]:
            raise _too_large(cursor, token, text, field, values[field])
    words = " ".join(f"{number} {field}" for field, number in values.items())
    found = _typed(parse_interval(words), [first, last])
    assert found is not None, "fields of one family are never mixed"
    return Literal(-found.value, found.type) if sign == "-" else found


def _too_large(cursor: Cursor, token: Token, text: str, field: str, found: str) -> SyntaxFault:
    if field == "month":
        shown = {"input": f"'{text}'", "interval": text}
        return cursor.fault("INVALID_INTERVAL_FORMAT.INTERVAL_PARSING", token, **shown)
    message = f"requirement failed: {field} {found} outside range [0, {_LARGEST[field]}]"
    return cursor.fault("_LEGACY_ERROR_TEMP_0063", token, msg=message)


def _parts(text: str, first: str, last: str) -> tuple[str, dict[str, str]] | None:
    """Return the sign and the number of each field, or None for a text of another form."""
    if (first, last) == ("year", "month"):
        fields: tuple[str, ...] = ("year", "month")
        pattern = r"(\d+)-(\d+)"
    elif first in _FIELDS and last in _FIELDS and _FIELDS.index(first) < _FIELDS.index(last):
        fields = _FIELDS[_FIELDS.index(first) : _FIELDS.index(last) + 1]
        pattern = "".join(
            _PART[field] + (_AFTER[field] if field != last else "") for field in fields
        )
    else:
        return None
    match = re.fullmatch(f"([+-]?){pattern}", text)
    return match and (match[1], dict(zip(fields, match.groups()[1:], strict=True)))


def _unmatched(cursor: Cursor, token: Token, text: str, units: tuple[str, str]) -> SyntaxFault:
    is_months = units == ("year", "month")
    return cursor.fault(
        "INVALID_INTERVAL_FORMAT.UNMATCHED_FORMAT_STRING" + ("" if is_months else "_WITH_NOTICE"),
        token,
        input=text,
        intervalStr="year-month" if is_months else "day-time",
        typeName=f"interval {units[0]} to {units[1]}",
    )
