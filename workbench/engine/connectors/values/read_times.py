"""Columns of text to dates and timestamps, a column at a time."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.connectors.values import patterns

_MICROS = 1_000_000
_DAY = 86_400
_FULL_LENGTH = len("2013-01-01 00:00:00")
_OFFSET = re.compile(r"(?:UTC|GMT|UT)?([+-])(\d{1,2})(?::?(\d{2}))?(?::?(\d{2}))?")
_MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_UTC_NAMES = {"", "Z", "UTC", "GMT", "UT"}


def read_dates(texts: pa.Array, pattern: str | None) -> pa.Array:
    """Return date32 values; text that is no date is null."""
    expression = patterns.reading(pattern) if pattern else patterns.CAST_DATE
    fields, good = _fields(texts, expression)
    days, valid = _days(fields)
    return pa.array(days.astype(np.int32), mask=~(good & valid)).cast(pa.date32())


def read_timestamps(texts: pa.Array, pattern: str | None, zone: str | None) -> pa.Array:
    """Return timestamps; text that is no time is null.

    ``zone``: where a time without one is; None reads timestamps without a time zone (a zone in the text is dropped).
    """
    if not pattern:
        plain = _plain_timestamps(texts, zone)
        if plain is not None:
            return plain
    expression = patterns.reading(pattern) if pattern else patterns.CAST_TIMESTAMP
    fields, good = _fields(texts, expression)
    days, valid = _days(fields)
    clock, fits = _clock(fields)
    good = good & valid & fits
    micros = days * (_DAY * _MICROS) + clock
    if zone is None:
        return pa.array(micros, mask=~good).cast(pa.timestamp("us"))
    micros, known = _to_utc(micros, fields.get("zone"), zone, good)
    return pa.array(micros, mask=~(good & known)).cast(pa.timestamp("us", "UTC"))


def _plain_timestamps(texts: pa.Array, zone: str | None) -> pa.Array | None:
    """Return full ISO times by Arrow's own fast cast; None where any text is shorter or looser than that."""
    shortest = pc.min(pc.utf8_length(texts)).as_py()
    if shortest is None or shortest < _FULL_LENGTH:
        return None
    if zone is not None:
        try:
            return texts.cast(pa.timestamp("us", "UTC"))
        except pa.ArrowInvalid:
            pass
    try:
        local = texts.cast(pa.timestamp("us"))
    except pa.ArrowInvalid:
        return None
    if zone is None:
        return local
    micros = local_to_utc(local.cast(pa.int64()).fill_null(0).to_numpy(), zone)
    missing = texts.is_null().to_numpy(zero_copy_only=False)
    return pa.array(micros, mask=missing).cast(pa.timestamp("us", "UTC"))


def _fields(texts: pa.Array, expression: str) -> tuple[dict[str, pa.Array], np.ndarray]:
    """Return the text of each named group, and which rows matched; a group that took no part is ""."""
    matched = pc.extract_regex(texts, expression)
    good = matched.is_valid().to_numpy(zero_copy_only=False)
    names = [matched.type.field(i).name for i in range(matched.type.num_fields)]
    return {name: pc.struct_field(matched, name).fill_null("") for name in names}, good


def _ints(fields: dict[str, pa.Array], name: str, default: int) -> np.ndarray | int:
    column = fields.get(name)
    if column is None:
        return default
    plain = pc.replace_substring(column, "+", "", max_replacements=1)
    whole = pc.if_else(pc.equal(plain, ""), str(default), plain)
    return whole.cast(pa.int64()).to_numpy()


def _days(fields: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
    """Return days since 1970, and which are real days."""
    size = len(next(iter(fields.values()))) if fields else 0
    year = _year(fields) + np.zeros(size, np.int64)
    month = _month(fields) + np.zeros(size, np.int64)
    day = _ints(fields, "day", 1) + np.zeros(size, np.int64)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    in_year = (month >= 1) & (month <= 12)
    longest = _MONTH_DAYS[np.where(in_year, month, 0)] + (leap & (month == 2))
    valid = in_year & (day >= 1) & (day <= longest)
    if "day_of_year" in fields:
        ordinal = _ints(fields, "day_of_year", 1)
        return days_from_civil(year, 1, 1) + ordinal - 1, (ordinal >= 1) & (ordinal <= 365 + leap)
    return days_from_civil(year, month, day), valid


def _year(fields: dict[str, pa.Array]) -> np.ndarray | int:
    return (
        2000 + _ints(fields, "short_year", 0)
        if "short_year" in fields
        else _ints(fields, "year", 1970)
    )


def _month(fields: dict[str, pa.Array]) -> np.ndarray | int:
    if "month_name" not in fields:
        return _ints(fields, "month", 1)
    numbers = patterns.month_numbers()
    names = pa.array(list(numbers))
    found = pc.index_in(fields["month_name"], names).fill_null(0)
    return np.array(list(numbers.values()))[found.to_numpy()]


def days_from_civil(year: np.ndarray, month: np.ndarray | int, day: np.ndarray | int) -> np.ndarray:
    """Return the days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's algorithm)."""
    shifted = year - (np.asarray(month) <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * ((np.asarray(month) + 9) % 12) + 2) // 5 + day - 1
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719_468


def _clock(fields: dict[str, pa.Array]) -> tuple[np.ndarray, np.ndarray]:
    """Return microseconds of the day, and which are real times."""
    hour = _hour(fields)
    minute, second = _ints(fields, "minute", 0), _ints(fields, "second", 0)
    size = len(next(iter(fields.values()))) if fields else 0
    fits = np.ones(size, bool) & (hour >= 0) & (hour < 24) & (minute < 60) & (second < 60)
    seconds = hour * 3600 + minute * 60 + second
    return seconds * _MICROS + _fraction(fields), fits


def _hour(fields: dict[str, pa.Array]) -> np.ndarray | int:
    if "half_hour" not in fields:
        return _ints(fields, "hour", 0)
    hour = _ints(fields, "half_hour", 0) % 12
    if "half" not in fields:
        return hour
    return hour + 12 * pc.equal(pc.utf8_upper(fields["half"]), "PM").to_numpy(zero_copy_only=False)


def _fraction(fields: dict[str, pa.Array]) -> np.ndarray | int:
    column = fields.get("fraction")
    if column is None:
        return 0
    padded = pc.utf8_slice_codeunits(pc.utf8_rpad(column, 6, "0"), 0, 6)
    return padded.cast(pa.int64()).to_numpy()


def _to_utc(
    micros: np.ndarray, zones: pa.Array | None, session: str, good: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    if zones is None:
        return local_to_utc(micros, session), np.ones(len(micros), bool)
    coded = zones.dictionary_encode()
    codes = coded.indices.to_numpy()
    out, known = micros.copy(), np.ones(len(micros), bool)
    for code, name in enumerate(coded.dictionary.to_pylist()):
        rows = np.flatnonzero((codes == code) & good)
        zone = name or session
        offset = offset_seconds(zone)
        if offset is not None:
            out[rows] -= offset * _MICROS
        elif is_zone(zone):
            out[rows] = local_to_utc(micros[rows], zone)
        else:
            known[rows] = False
    return out, known


def offset_seconds(zone: str) -> int | None:
    """Return the seconds east of UTC of a fixed offset, None for a named zone."""
    if zone in _UTC_NAMES:
        return 0
    found = _OFFSET.fullmatch(zone)
    if found is None:
        return None
    sign = -1 if found[1] == "-" else 1
    return sign * (int(found[2]) * 3600 + int(found[3] or 0) * 60 + int(found[4] or 0))


def is_zone(name: str) -> bool:
    """Tell whether the time-zone database knows a name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, IsADirectoryError):
        return False
    return True


def local_to_utc(micros: np.ndarray, zone: str) -> np.ndarray:
    """Return the instants of wall-clock times in a zone; the earlier one where the clock shows a time twice."""
    offset = offset_seconds(zone)
    if offset is not None:
        return micros - offset * _MICROS
    local = pa.array(micros).cast(pa.timestamp("us"))
    instants = pc.assume_timezone(local, zone, ambiguous="earliest", nonexistent="latest")
    return instants.cast(pa.int64()).to_numpy()
