"""Dates and times in typed literals, by the rules of Spark's ``SparkDateTimeUtils``."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DATE = re.compile(r"(\d{4,7})(?:-(\d{1,2})(?:-(\d{1,2})(?:[ T].*)?)?)?", re.DOTALL)
_TIMESTAMP = re.compile(
    r"(\d{4,6})(?:-(\d{1,2})(?:-(\d{1,2}))?)?"
    r"(?:[ T](\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9}))?)?)?\s*(\S.*)?"
)
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?")
_EPOCH = dt.datetime(1970, 1, 1)
_MICROSECOND = dt.timedelta(microseconds=1)


def read_date(text: str) -> int | None:
    """Return days since 1970, or None for what is no date."""
    match = _DATE.fullmatch(text.strip())
    if not match:
        return None
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return (dt.date(year, month, day) - _EPOCH.date()).days
    except ValueError:
        return None


def read_timestamp(text: str, zone: str) -> int | None:
    """Return microseconds since 1970, or None for what is no timestamp.

    ``zone`` is used when the text has none; empty: the wall clock is taken as it stands, whatever zone the text has.
    """
    match = _TIMESTAMP.fullmatch(text.strip())
    if not match:
        return None
    *numbers, fraction, own_zone = match.groups()
    try:
        year, month, day = (int(part or 1) for part in numbers[:3])
        hour, minute, second = (int(part or 0) for part in numbers[3:])
        micros = int((fraction or "").ljust(6, "0")[:6])
        wall = dt.datetime(year, month, day, hour, minute, second, micros)
        return _micros(wall, zone and (own_zone or zone))
    except (ValueError, ZoneInfoNotFoundError):
        return None


def _micros(wall: dt.datetime, zone: str) -> int:
    if not zone:
        return (wall - _EPOCH) // _MICROSECOND
    aware = wall.replace(tzinfo=read_zone(zone))
    return (aware - _EPOCH.replace(tzinfo=dt.UTC)) // _MICROSECOND


def read_zone(text: str) -> dt.tzinfo:
    """Return the zone a text names: ``Z``, ``+02:00``, ``GMT+1``, ``Europe/Berlin``.

    Raises
    ------
    ValueError, ZoneInfoNotFoundError
        For what is no zone.
    """
    if text in {"Z", "UTC", "GMT", "UT"}:
        return dt.UTC
    match = _OFFSET.fullmatch(text)
    if not match:
        return ZoneInfo(text)
    sign, hours, minutes = match.groups()
    length = dt.timedelta(hours=int(hours), minutes=int(minutes or 0))
    return dt.timezone(-length if sign == "-" else length)
