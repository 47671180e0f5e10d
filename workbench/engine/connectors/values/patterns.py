"""Java date-time patterns, as a regular expression for reading and as pieces for writing.

``dd/MM/yyyy HH:mm[.SSS][XXX]``: letters are fields, ``'quoted'`` and other characters stand for themselves, ``[…]`` may be
missing when read and is always written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from workbench.base.errors import IllegalArgument

_TOKEN = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|\[|\]|.", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONG_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ZONE = r"Z|[+-]\d{1,2}(?::?\d{2}(?::?\d{2})?)?|[A-Za-z][A-Za-z0-9_/+:-]*"
_OFFSET = r"Z|[+-]\d{2}(?::?\d{2}(?::?\d{2})?)?"
_DAYS = (
    r"Mon(?:day)?|Tue(?:sday)?|Wed(?:nesday)?|Thu(?:rsday)?|Fri(?:day)?|Sat(?:urday)?|Sun(?:day)?"
)

CAST_DATE = (
    r"^\s*(?P<year>[+-]?\d{4,7})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})(?:[ T].*)?)?)?\s*$"
)
CAST_TIMESTAMP = (
    r"^\s*(?:(?P<year>[+-]?\d{4,6})(?:-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2})"
    r"(?:[ T](?:(?P<hour>\d{1,2}):(?P<minute>\d{1,2})(?::(?P<second>\d{1,2})(?:\.(?P<fraction>\d{0,9})\d*)?)?"
    rf"\s*(?P<zone>{_ZONE})?)?)?)?)?)\s*$"
)
"""What Spark's cast reads when no pattern is given (SparkDateTimeUtils.stringToDate, stringToTimestamp)."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A field (``letter``, ``width``) or, with letter "", literal text."""

    letter: str
    width: int = 0
    text: str = ""


@cache
def pieces(pattern: str) -> tuple[Piece, ...]:
    """Return a pattern's pieces in order; ``[`` and ``]`` are pieces of their own letters."""
    out: list[Piece] = []
    for found in _TOKEN.finditer(pattern):
        matched = found[0]
        if matched == "''":
            out.append(Piece("", text="'"))
        elif found[1] is not None:
            out.append(Piece("", text=found[1].replace("''", "'")))
        elif matched in "[]":
            out.append(Piece(matched, 1))
        elif found[2]:
            out.append(Piece(found[2], len(matched)))
        else:
            out.append(Piece("", text=matched))
    return tuple(out)


@cache
def reading(pattern: str) -> str:
    """Return the regular expression that reads a pattern, its groups named year, month, … zone."""
    seen: set[str] = set()
    parts = [_reading(piece, pattern, seen) for piece in pieces(pattern)]
    return "^" + "".join(parts) + "$"


def _reading(piece: Piece, pattern: str, seen: set[str]) -> str:
    if not piece.letter:
        return re.escape(piece.text)
    if piece.letter == "[":
        return "(?:"
    if piece.letter == "]":
        return ")?"
    rule = _READING.get(piece.letter)
    if rule is None:
        raise IllegalArgument(
            "INVALID_DATETIME_PATTERN.ILLEGAL_CHARACTER", c=piece.letter, pattern=pattern
        )
    name, body = rule(piece.width)
    if name is None or name in seen:
        return f"(?:{body})"
    seen.add(name)
    return f"(?P<{name}>{body})"


def _digits(width: int, longest: int = 2) -> str:
    return rf"\d{{{width}}}" if width > 1 else rf"\d{{1,{longest}}}"


def _month(width: int) -> tuple[str, str]:
    if width >= 3:
        names = _MONTHS if width == 3 else _LONG_MONTHS
        return "month_name", "|".join(names)
    return "month", _digits(width)


def _year(width: int) -> tuple[str, str]:
    return (
        ("short_year", r"\d{2}")
        if width == 2
        else ("year", r"[+-]?\d{4,6}" if width >= 4 else r"\d{1,6}")
    )


_READING = {
    "y": _year,
    "u": _year,
    "M": _month,
    "L": _month,
    "d": lambda width: ("day", _digits(width)),
    "D": lambda width: ("day_of_year", _digits(width, 3)),
    "H": lambda width: ("hour", _digits(width)),
    "k": lambda width: ("hour", _digits(width)),
    "h": lambda width: ("half_hour", _digits(width)),
    "K": lambda width: ("half_hour", _digits(width)),
    "a": lambda width: ("half", "AM|PM|am|pm"),
    "m": lambda width: ("minute", _digits(width)),
    "s": lambda width: ("second", _digits(width)),
    "S": lambda width: ("fraction", rf"\d{{1,{min(width, 9)}}}"),
    "E": lambda width: (None, _DAYS),
    "X": lambda width: ("zone", _OFFSET),
    "x": lambda width: ("zone", _OFFSET),
    "Z": lambda width: ("zone", _OFFSET),
    "z": lambda width: ("zone", _ZONE),
    "V": lambda width: ("zone", _ZONE),
    "O": lambda width: ("zone", _ZONE),
}


def month_numbers() -> dict[str, int]:
    """Return the number of each month's short and long English name."""
    long = {name: number for number, name in enumerate(_LONG_MONTHS, 1)}
    return {**long, **{name: number for number, name in enumerate(_MONTHS, 1)}}
