"""Instants to local times of a zone and back, over Arrow arrays."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import DateTimeFault

DAY_US = 86_400_000_000
_OFFSET = re.compile(r"^(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?$")
_PLAIN = {"UTC", "GMT", "UT", "Z", "Etc/UTC", "Zulu"}
SHORT = {
    "PST": "America/Los_Angeles",
    "CST": "America/Chicago",
    "EST": "-05:00",
    "MST": "-07:00",
    "HST": "-10:00",
    "JST": "Asia/Tokyo",
    "IST": "Asia/Kolkata",
    "ECT": "Europe/Paris",
    "CTT": "Asia/Shanghai",
    "AET": "Australia/Sydney",
}


def fixed_offset_us(zone: str) -> int | None:
    """Return the microseconds a zone of a fixed offset is ahead of UTC, or None for a region."""
    if zone in _PLAIN:
        return 0
    found = _OFFSET.match(SHORT.get(zone, zone))
    if not found:
        return None
    hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    size = (hours * 3600 + minutes * 60 + seconds) * 1_000_000
    return -size if found[1] == "-" else size


def local_time(instants: Any, zone: str) -> Any:
    """Return the wall-clock time (timestamp without zone) of instants in a zone."""
    plain = instants.cast(pa.int64())
    offset = fixed_offset_us(zone)
    if offset is not None:
        return pc.add(plain, pa.scalar(offset, pa.int64())).cast(pa.timestamp("us"))
    return pc.local_timestamp(plain.cast(pa.timestamp("us", region(zone))))


def region(zone: str) -> str:
    """Return the zone's name as the time zone database has it.

    Raises
    ------
    DateTimeFault
        ``INVALID_TIMEZONE`` for a name that is none.
    """
    name = SHORT.get(zone, zone)
    try:
        pc.local_timestamp(pa.array([0], pa.int64()).cast(pa.timestamp("us", name)))
    except pa.ArrowInvalid:
        raise DateTimeFault("INVALID_TIMEZONE", timeZone=zone) from None
    return name


def instant(local: Any, zone: str) -> Any:
    """Return the instants of wall-clock times in a zone, as ``java.time.ZonedDateTime.of`` chooses them.

    Of two instants the earlier; a time inside a gap moves later by the length of the gap.
    """
    offset = fixed_offset_us(zone)
    if offset is not None:
        moved = pc.subtract(local.cast(pa.int64()), pa.scalar(offset, pa.int64()))
        return moved.cast(pa.timestamp("us", "UTC"))
    name = region(zone)
    found = pc.assume_timezone(local, name, ambiguous="earliest", nonexistent="earliest")
    plain = found.cast(pa.int64())
    gap = pc.not_equal(pc.local_timestamp(found).cast(pa.int64()), local.cast(pa.int64()))
    if isinstance(gap, pa.Scalar) or pc.any(gap).as_py():
        plain = pc.if_else(gap, _beyond_gap(local, name), plain)
    return plain.cast(pa.timestamp("us", "UTC"))


def _beyond_gap(local: Any, name: str) -> Any:
    """Return the instants the offset of the day before gives."""
    wall = local.cast(pa.int64())
    before = pc.subtract(wall, pa.scalar(DAY_US, pa.int64()))
    assumed = pc.assume_timezone(
        before.cast(pa.timestamp("us")), name, ambiguous="earliest", nonexistent="earliest"
    )
    return pc.add(assumed.cast(pa.int64()), pa.scalar(DAY_US, pa.int64()))
