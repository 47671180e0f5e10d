"""Numbers and times as short text, the same in every view."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta

_SIZES = ("bytes", "KB", "MB", "GB", "TB")
_NOISE = (
    re.compile(r"^(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error): "),
    re.compile(r"^\[STREAM_FAILED\] Query \[.*?\] terminated with exception: "),
    re.compile(r"(?:\s*SQLSTATE: \w{5})+$"),
)
_STEPS = ((1e9, "G"), (1e6, "M"), (1e4, "k"))


def count(value: float) -> str:
    """Return a count: `1,234`, `12.3 k`, `4.56 M`; `-` for unknown."""
    if math.isnan(value):
        return "-"
    for step, unit in _STEPS:
        if abs(value) >= step:
            return f"{_three(value / (1e3 if unit == 'k' else step))} {unit}"
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 100 else f"{value:.1f}"


def _three(value: float) -> str:
    """Return three figures, never in scientific notation."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:.{digits}f}"


def rate(value: float) -> str:
    """Return rows per second."""
    return "-" if math.isnan(value) else f"{count(value)} rows/s"


def size(value: float) -> str:
    """Return a number of bytes: `640 bytes`, `14.2 KB`."""
    if math.isnan(value):
        return "-"
    unit = 0
    while abs(value) >= 1000 and unit < len(_SIZES) - 1:
        value, unit = value / 1000, unit + 1
    return f"{_three(value)} {_SIZES[unit]}" if unit else f"{value:.0f} bytes"


def duration(ms: float) -> str:
    """Return a length of time: `43 ms`, `1.9 s`, `2 min 5 s`, `3 h 10 min`, `2 d 4 h`."""
    if math.isnan(ms):
        return "-"
    if abs(ms) < 1000:
        return f"{ms:.0f} ms"
    if abs(ms) < 60_000:
        return f"{_three(ms / 1000)} s"
    return ("-" if ms < 0 else "") + _long(round(abs(ms) / 1000))


def _long(seconds: int) -> str:
    for big, small, names in ((86400, 3600, "d h"), (3600, 60, "h min"), (60, 1, "min s")):
        if seconds >= big:
            whole, rest = divmod(seconds, big)
            first, second = names.split()
            return f"{whole} {first}" + (f" {rest // small} {second}" if rest >= small else "")
    return f"{seconds} s"


def moment(ms: float, beside: float = math.nan) -> str:
    """Return a time in UTC to the second; only the time of day where `beside` has said the date."""
    if math.isnan(ms):
        return "-"
    try:
        when, other = utc(ms), utc(0.0 if math.isnan(beside) else beside)
    except OverflowError:
        return "beyond the year 9999"
    return (
        f"{when:%H:%M:%S}"
        if when.date() == other.date() and not math.isnan(beside)
        else f"{when:%Y-%m-%d %H:%M:%S}"
    )


def utc(ms: float) -> datetime:
    """Return milliseconds since 1970 as a time, also before 1970."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=round(ms))


def shorten(text: object, limit: int = 120) -> str:
    """Return text on one line and at most `limit` characters long."""
    line = " ".join(str(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def first_line(text: str | None) -> str:
    """Return the first line of a message that says something."""
    return next((line.strip() for line in (text or "").splitlines() if line.strip()), "")


def readable(error: str | None) -> str:
    """Return the part of an error a person needs: its first line, without Java classes, run ids and SQL states."""
    line = first_line(error)
    for noise in _NOISE:
        line = noise.sub("", line)
    return line.strip() or "no message"


def plain(error: str | None) -> str:
    """Return the part of an error a person needs, without the name of its condition."""
    return re.sub(r"^\[[\w.]+\] ", "", readable(error))
