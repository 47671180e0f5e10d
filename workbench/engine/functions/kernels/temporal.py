"""Dates, timestamps and intervals, whole arrays at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArithmeticFault, DateTimeFault, IllegalArgument
from workbench.engine.connectors.values.read_times import read_dates, read_timestamps
from workbench.engine.connectors.values.write_times import write_dates, write_timestamps
from workbench.engine.functions.kernels import civil, zones
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time

UTC = pa.timestamp("us", "UTC")
NTZ = pa.timestamp("us")
DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_DAY_ALIASES = {
    name: place
    for place, names in enumerate(
        (("SU", "SUN", "SUNDAY"), ("MO", "MON", "MONDAY"), ("TU", "TUE", "TUESDAY"), ("WE", "WED", "WEDNESDAY"),
         ("TH", "THU", "THURSDAY"), ("FR", "FRI", "FRIDAY"), ("SA", "SAT", "SATURDAY"))
    )
    for name in names
}  # fmt: skip


def present(*arrays: Any) -> pa.Array | None:
    """Return where every array has a value, or None where all do."""
    masks = [a.is_valid() for a in arrays if isinstance(a, pa.Array) and a.null_count]
    if any(isinstance(a, pa.Scalar) and not a.is_valid for a in arrays):
        length = next(len(a) for a in arrays if isinstance(a, pa.Array))
        return pa.repeat(pa.scalar(False), length)
    made = None
    for mask in masks:
        made = mask if made is None else pc.and_(made, mask)
    return made


def masked(values: np.ndarray, kind: pa.DataType, valid: pa.Array | None, storage: Any = None) -> pa.Array:
    """Return NumPy values as Arrow, NULL where not valid."""
    made = pa.array(values.astype(storage) if storage is not None else values)
    made = made.cast(kind) if made.type != kind else made
    return made if valid is None else pc.if_else(valid, made, pa.scalar(None, kind))


def ints(value: Any) -> np.ndarray:
    """Return whole numbers as NumPy, zero in place of NULL."""
    if isinstance(value, pa.Scalar):
        return np.int64(value.cast(pa.int64()).as_py() or 0)
    return civil.as_micros(value)


def days(value: Any) -> np.ndarray:
    """Return dates as days since 1970."""
    if isinstance(value, pa.Scalar):
        return np.int64(value.cast(pa.int32()).as_py() or 0)
    return civil.as_days(value)


def wall(moments: pa.Array, zone: str) -> pa.Array:
    """Return timestamps as wall-clock times; a timestamp without zone is one already."""
    return local_time(moments, zone) if moments.type.tz else moments


def local_days(moments: pa.Array, zone: str) -> np.ndarray:
    """Return the local day of dates or timestamps, days since 1970."""
    if pa.types.is_date(moments.type):
        return civil.as_days(moments)
    return np.floor_divide(civil.as_micros(wall(moments, zone)), DAY_US)


def _field(moments: pa.Array, zone: str, compute: Callable[[np.ndarray], np.ndarray]) -> pa.Array:
    return masked(compute(local_days(moments, zone)), pa.int32(), present(moments), np.int32)


def year(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the year."""
    return _field(moments, zone, lambda d: civil.civil_of(d)[0])


def month(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the month."""
    return _field(moments, zone, lambda d: civil.civil_of(d)[1])


def day(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the day of the month."""
    return _field(moments, zone, lambda d: civil.civil_of(d)[2])


def quarter(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the quarter."""
    return _field(moments, zone, lambda d: (civil.civil_of(d)[1] + 2) // 3)


def day_of_week(moments: pa.Array, *, zone: str) -> pa.Array:
    """1 is Sunday."""
    return _field(moments, zone, lambda d: np.mod(d + 4, 7) + 1)


def weekday(moments: pa.Array, *, zone: str) -> pa.Array:
    """0 is Monday."""
    return _field(moments, zone, lambda d: np.mod(d + 3, 7))


def day_of_week_iso(moments: pa.Array, *, zone: str) -> pa.Array:
    """1 is Monday."""
    return _field(moments, zone, lambda d: np.mod(d + 3, 7) + 1)


def day_of_year(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the day of the year."""
    return _field(moments, zone, _of_year)


def _of_year(number: np.ndarray) -> np.ndarray:
    first, _, _ = civil.civil_of(number)
    one = np.ones_like(first)
    return number - civil.days_of(first, one, one) + 1


def _thursday(number: np.ndarray) -> np.ndarray:
    """The Thursday of a day's week: its year is the week's year."""
    return number - np.mod(number + 3, 7) + 3


def week_of_year(moments: pa.Array, *, zone: str) -> pa.Array:
    """ISO weeks: the first has the year's first Thursday."""
    return _field(moments, zone, lambda d: (_of_year(_thursday(d)) - 1) // 7 + 1)


def year_of_week(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the year the ISO week belongs to."""
    return _field(moments, zone, lambda d: civil.civil_of(_thursday(d))[0])


def _clock(moments: pa.Array, zone: str) -> np.ndarray:
    return np.mod(civil.as_micros(wall(moments, zone)), DAY_US)


def hour(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the hour."""
    return masked(_clock(moments, zone) // 3_600_000_000, pa.int32(), present(moments), np.int32)


def minute(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the minute."""
    return masked(_clock(moments, zone) // 60_000_000 % 60, pa.int32(), present(moments), np.int32)


def second(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the whole second."""
    return masked(_clock(moments, zone) // 1_000_000 % 60, pa.int32(), present(moments), np.int32)


def seconds_with_fraction(moments: pa.Array, *, zone: str) -> pa.Array:
    """``extract(SECOND …)``: decimal(8, 6)."""
    made = decimals(_clock(moments, zone) % 60_000_000, pa.decimal128(8, 6))
    valid = present(moments)
    return made if valid is None else pc.if_else(valid, made, pa.scalar(None, made.type))


def month_name(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the month's short English name."""
    names = pa.array(["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"])
    return names.take(pc.subtract(month(moments, zone=zone), 1))


def day_name(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the day's short English name."""
    names = pa.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    return names.take(weekday(moments, zone=zone))


def date_shift(dates: pa.Array, count: Any, *, sign: int = 1) -> pa.Array:
    """Return dates moved by days."""
    return masked(days(dates) + sign * ints(count), pa.date32(), present(dates, count), np.int32)


def date_difference(end: Any, start: Any) -> pa.Array:
    """Return the days from start to end."""
    return masked(np.asarray(days(end) - days(start)), pa.int32(), present(end, start), np.int32)


def date_interval(end: Any, start: Any) -> pa.Array:
    """Return ``end - start`` of dates as a day-time interval."""
    micros = (days(end) - days(start)) * DAY_US
    return masked(np.asarray(micros), pa.duration("us"), present(end, start))


def add_months(dates: pa.Array, count: Any, *, sign: int = 1) -> pa.Array:
    """Return dates moved by months."""
    made = civil.add_months(days(dates), sign * ints(count))
    return masked(made, pa.date32(), present(dates, count), np.int32)


def moment_months(moments: pa.Array, count: Any, *, zone: str, sign: int = 1) -> pa.Array:
    """Return timestamps moved by months on the wall clock."""
    micros = civil.as_micros(wall(moments, zone))
    moved = civil.add_months(np.floor_divide(micros, DAY_US), sign * ints(count)) * DAY_US + np.mod(micros, DAY_US)
    return _back(masked(moved, NTZ, present(moments, count)), moments.type, zone)


def _back(local: pa.Array, kind: pa.DataType, zone: str) -> pa.Array:
    return instant(local, zone) if kind.tz else local


def moment_shift(moments: pa.Array, span: Any, *, zone: str, sign: int = 1) -> pa.Array:
    """Return timestamps moved by a day-time interval; whole days move on the wall clock (Spark: timestampAddDayTime)."""
    micros = sign * ints(span)
    valid = present(moments, span)
    if not moments.type.tz or zones.fixed_offset_us(zone) is not None:
        return masked(civil.as_micros(moments) + micros, moments.type, valid)
    whole = (np.abs(micros) // DAY_US) * np.sign(micros)
    local = masked(civil.as_micros(wall(moments, zone)) + whole * DAY_US, NTZ, valid)
    moved = instant(local, zone)
    return masked(civil.as_micros(moved) + (micros - whole * DAY_US), UTC, valid)


def moment_interval(end: pa.Array, start: pa.Array, *, zone: str) -> pa.Array:
    """Return ``end - start`` of timestamps as a day-time interval, on the wall clock."""
    made = civil.as_micros(wall(end, zone)) - civil.as_micros(wall(start, zone))
    return masked(made, pa.duration("us"), present(end, start))


def last_day(dates: pa.Array) -> pa.Array:
    """Return the last day of each month."""
    first, middle, _ = civil.civil_of(days(dates))
    made = civil.days_of(first, middle, civil.month_length(first, middle))
    return masked(made, pa.date32(), present(dates), np.int32)


def next_day(dates: pa.Array, name: Any) -> pa.Array:
    """Return the next date that is a named day of the week.

    Raises
    ------
    IllegalArgument
        ``ILLEGAL_DAY_OF_WEEK``.
    """
    names = [name.as_py()] if isinstance(name, pa.Scalar) else name.to_pylist()
    for one in {n for n in names if n is not None}:
        if one.strip().upper() not in _DAY_ALIASES:
            raise IllegalArgument("ILLEGAL_DAY_OF_WEEK", string=one)
    wanted = np.array([_DAY_ALIASES.get((n or "SU").strip().upper(), 0) for n in names])
    number = days(dates)
    ahead = np.mod(wanted - np.mod(number + 4, 7) - 1, 7) + 1
    return masked(number + ahead, pa.date32(), present(dates, name), np.int32)


def months_between(end: pa.Array, start: pa.Array, is_rounded: Any = None, *, zone: str) -> pa.Array:
    """Return months and a fraction of 31 days; whole where the days agree or both end a month."""
    first, second_ = (civil.as_micros(wall(x, zone)) for x in (end, start))
    (y1, m1, d1), (y2, m2, d2) = (civil.civil_of(np.floor_divide(x, DAY_US)) for x in (first, second_))
    whole = (y1 - y2) * 12 + (m1 - m2)
    both_last = (d1 == civil.month_length(y1, m1)) & (d2 == civil.month_length(y2, m2))
    seconds = (d1 - d2) * 86_400 + np.mod(first, DAY_US) // 1_000_000 - np.mod(second_, DAY_US) // 1_000_000
    made = np.where((d1 == d2) | both_last, whole, whole + seconds / (31 * 86_400))
    rounds = is_rounded is None or not isinstance(is_rounded, pa.Scalar) or is_rounded.as_py()
    return masked(np.round(made, 8) if rounds else made, pa.float64(), present(end, start), np.float64)


_UNITS_TEXT = {
    "year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month", "mon": "month", "mm": "month",
    "week": "week", "day": "day", "dd": "day", "hour": "hour", "minute": "minute", "second": "second",
    "millisecond": "millisecond", "microsecond": "microsecond",
}  # fmt: skip
_DATE_UNITS = ("year", "quarter", "month", "week")
_CLOCK_US = {"day": DAY_US, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000, "millisecond": 1000, "microsecond": 1}


def _floor_days(number: np.ndarray, unit: str) -> np.ndarray:
    if unit == "week":
        return number - np.mod(number + 3, 7)
    y, m, _ = civil.civil_of(number)
    one = np.ones_like(y)
    first = {"year": one, "quarter": (m - 1) // 3 * 3 + 1, "month": m}[unit]
    return civil.days_of(y, first, one)


def _unit(unit: Any) -> str | None:
    text = unit.as_py() if isinstance(unit, pa.Scalar) else unit[0].as_py() if len(unit) else None
    return _UNITS_TEXT.get(text.lower()) if text else None


def trunc_date(dates: pa.Array, unit: Any) -> pa.Array:
    """Return the first day of the unit; NULL for a unit below a week."""
    chosen = _unit(unit)
    if chosen not in _DATE_UNITS:
        return pa.nulls(len(dates), pa.date32())
    return masked(_floor_days(days(dates), chosen), pa.date32(), present(dates), np.int32)


def trunc_moment(unit: Any, moments: pa.Array, *, zone: str) -> pa.Array:
    """Return timestamps cut to a unit on the wall clock; NULL for an unknown unit."""
    chosen = _unit(unit)
    if chosen is None:
        return pa.nulls(len(moments), moments.type)
    micros = civil.as_micros(wall(moments, zone))
    if chosen in _CLOCK_US:
        size = _CLOCK_US[chosen]
        made = np.floor_divide(micros, size) * size
    else:
        made = _floor_days(np.floor_divide(micros, DAY_US), chosen) * DAY_US
    return _back(masked(made, NTZ, present(moments)), moments.type, zone)


def date_format(moments: pa.Array, pattern: Any, *, zone: str) -> pa.Array:
    """Return timestamps as text by a Java pattern."""
    text = pattern.as_py() if isinstance(pattern, pa.Scalar) else next((x for x in pattern.to_pylist() if x), None)
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


def _checked(texts: pa.Array, made: pa.Array, strict: bool, pattern: str | None, kind: str) -> pa.Array:
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


def parse_moment(texts: pa.Array, pattern: Any = None, *, zone: str, strict: bool = True, naive: bool = False) -> pa.Array:
    """Return timestamps read by a pattern."""
    chosen = _pattern(pattern)
    made = read_timestamps(texts, chosen, None if naive else zone)
    return _checked(texts, made, strict, chosen, "TIMESTAMP")


def unix_of(moments: pa.Array, *, size: int) -> pa.Array:
    """Return timestamps as a count of units since 1970, rounded down."""
    return masked(np.floor_divide(civil.as_micros(moments), size), pa.int64(), present(moments), np.int64)


def moment_of(count: pa.Array, *, size: int) -> pa.Array:
    """Return the instants of counts of units since 1970; a fraction counts."""
    if pa.types.is_integer(count.type):
        try:
            return pc.multiply_checked(count.cast(pa.int64()), size).cast(UTC)
        except pa.ArrowInvalid:
            raise DateTimeFault("DATETIME_OVERFLOW", operation="timestamp from a count of units") from None
    scaled = pc.floor(pc.multiply(count.cast(pa.float64()), float(size)))
    return scaled.cast(pa.int64()).cast(UTC)


def from_unix(seconds: pa.Array, pattern: Any, *, zone: str) -> pa.Array:
    """Return seconds since 1970 as text by a Java pattern."""
    return date_format(moment_of(seconds, size=1_000_000), pattern, zone=zone)


def shift_zone(moments: pa.Array, name: Any, *, to_local: bool) -> pa.Array:
    """``from_utc_timestamp`` (``to_local``) and ``to_utc_timestamp``: the wall clock of one zone read in another."""
    if isinstance(name, pa.Scalar):
        return _shifted(moments, name.as_py(), to_local)
    encoded = name.dictionary_encode()
    made = pa.nulls(len(moments), UTC)
    for place, one in enumerate(encoded.dictionary.to_pylist()):
        here = pc.equal(encoded.indices, place)
        made = pc.if_else(pc.fill_null(here, False), _shifted(moments, one, to_local), made)
    return made


def _shifted(moments: pa.Array, zone: str | None, to_local: bool) -> pa.Array:
    if zone is None:
        return pa.nulls(len(moments), UTC)
    if to_local:
        return local_time(moments, zone).cast(pa.int64()).cast(UTC)
    return instant(moments.cast(pa.int64()).cast(NTZ), zone)


def convert_zone(source: Any, target: Any, moments: pa.Array) -> pa.Array:
    """Return wall-clock times of one zone as wall-clock times of another."""
    return local_time(instant(moments, source.as_py()), target.as_py())


def make_date(year_: Any, month_: Any, day_: Any) -> pa.Array:
    """Return dates of years, months and days.

    Raises
    ------
    DateTimeFault
        ``DATETIME_FIELD_OUT_OF_BOUNDS``.
    """
    y, m, d = (np.asarray(ints(x)) for x in (year_, month_, day_))
    y, m, d = np.broadcast_arrays(y, m, d)
    valid = present(year_, month_, day_)
    good = civil.is_date(y, m, d)
    bad = ~good if valid is None else ~good & valid.to_numpy(zero_copy_only=False)
    if bad.any():
        place = int(np.flatnonzero(bad)[0])
        raise DateTimeFault("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", rangeMessage=f"Invalid date '{y[place]}-{m[place]}-{d[place]}'",
                            ansiConfig='"spark.sql.ansi.enabled"', suggestedFunc="`try_make_timestamp`")  # fmt: skip
    return masked(civil.days_of(y, np.where(good, m, 1), np.where(good, d, 1)), pa.date32(), valid, np.int32)


def make_moment(*parts: Any, zone: str, naive: bool = False, strict: bool = True) -> pa.Array:
    """Return timestamps of year, month, day, hour, minute, second (with fraction) and, perhaps, a zone."""
    *civil_parts, clock = parts[:6]
    numbers = np.broadcast_arrays(*(np.asarray(ints(x)) for x in civil_parts), np.asarray(_micros_of(clock)))
    y, mo, d, h, mi, us = numbers
    valid = present(*parts)
    is_leap_minute = us == 60_000_000
    good = civil.is_date(y, mo, d) & (h >= 0) & (h < 24) & (mi >= 0) & (mi < 60) & (us >= 0) & ((us < 60_000_000) | is_leap_minute)
    bad = ~good if valid is None else ~good & valid.to_numpy(zero_copy_only=False)
    if bad.any() and strict:
        raise DateTimeFault("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", rangeMessage="a field of the timestamp is outside its range",
                            ansiConfig='"spark.sql.ansi.enabled"', suggestedFunc="`try_make_timestamp`")  # fmt: skip
    if bad.any():
        valid = pa.array(~bad if valid is None else ~bad & valid.to_numpy(zero_copy_only=False))
    date = civil.days_of(y, np.where(good, mo, 1), np.where(good, d, 1))
    local = masked(date * DAY_US + h * 3_600_000_000 + mi * 60_000_000 + us, NTZ, valid)
    if naive:
        return local
    named = parts[6].as_py() if len(parts) > 6 and isinstance(parts[6], pa.Scalar) else zone
    return instant(local, named)


def _micros_of(seconds: Any) -> np.ndarray:
    """Return decimal seconds as microseconds: the unscaled integers of decimal(16, 6), which fit the low eight bytes."""
    if isinstance(seconds, pa.Scalar):
        value = seconds.as_py()
        return np.int64(0 if value is None else int(value * 1_000_000))
    exact = seconds.cast(pa.decimal128(16, 6))
    whole = np.frombuffer(exact.buffers()[1], dtype="<i8")[::2][exact.offset : exact.offset + len(exact)]
    return np.where(exact.is_valid().to_numpy(zero_copy_only=False), whole, 0)


def decimals(unscaled: np.ndarray, kind: pa.Decimal128Type) -> pa.Array:
    """Return whole numbers, none negative, as the unscaled integers of a decimal type."""
    wide = np.zeros((len(unscaled), 2), dtype="<i8")
    wide[:, 0] = unscaled
    return pa.Array.from_buffers(kind, len(unscaled), [None, pa.py_buffer(wide.tobytes())])


def make_day_time(*parts: Any) -> pa.Array:
    """Return day-time intervals of days, hours, minutes and seconds (with fraction)."""
    *whole, clock = parts
    d, h, mi = (np.asarray(ints(x)) for x in whole)
    micros = d * DAY_US + h * 3_600_000_000 + mi * 60_000_000 + _micros_of(clock)
    return masked(np.asarray(micros), pa.duration("us"), present(*parts))


def make_year_month(years: Any, months: Any) -> pa.Array:
    """Return year-month intervals."""
    return masked(np.asarray(ints(years) * 12 + ints(months)), pa.int32(), present(years, months), np.int32)


def moments_apart(start: pa.Array, end: pa.Array, *, unit: str, zone: str) -> pa.Array:
    """Return whole units from start to end, towards zero (``timestampdiff``)."""
    first, last = (civil.as_micros(wall(x, zone)) for x in (start, end))
    valid = present(start, end)
    if unit in ("month", "quarter", "year"):
        (y1, m1, _), (y2, m2, _) = (civil.civil_of(np.floor_divide(x, DAY_US)) for x in (first, last))
        months = (y2 - y1) * 12 + (m2 - m1)
        moved = civil.add_months(np.floor_divide(first, DAY_US), months) * DAY_US + np.mod(first, DAY_US)
        months = months - ((months > 0) & (moved > last)) + ((months < 0) & (moved < last))
        size = {"month": 1, "quarter": 3, "year": 12}[unit]
        made = (np.abs(months) // size) * np.sign(months)
    else:
        size = {"week": 7 * DAY_US, **_CLOCK_US}[unit]
        apart = last - first
        made = (np.abs(apart) // size) * np.sign(apart)
    return masked(made, pa.int64(), valid, np.int64)


def span_part(spans: pa.Array, *, size: int, within: int) -> pa.Array:
    """Return a field of a day-time interval: whole units inside the next larger unit, with the interval's sign."""
    micros = civil.as_micros(spans)
    whole = np.abs(micros) // size
    made = (whole % within if within else whole) * np.sign(micros)
    return masked(made, pa.int32(), present(spans), np.int32)


def scaled_span(spans: pa.Array, factor: Any, *, divide: bool = False) -> pa.Array:
    """Return intervals times (or through) a number, rounded half up."""
    micros = ints(spans).astype(np.float64) if isinstance(spans, pa.Array) else float(ints(spans))
    number = factor.cast(pa.float64())
    value = float(number.as_py() or 0) if isinstance(number, pa.Scalar) else number.fill_null(1).to_numpy(zero_copy_only=False)
    if divide and np.any(np.asarray(value) == 0):
        raise ArithmeticFault("INTERVAL_DIVIDED_BY_ZERO")
    made = micros / value if divide else micros * value
    rounded = np.floor(np.abs(made) + 0.5) * np.sign(made)
    kind = spans.type
    return masked(np.asarray(rounded).astype(np.int64), kind, present(spans, factor), np.int32 if pa.types.is_int32(kind) else None)
