"""Kernels that make calendar intervals and put times into buckets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.base.errors import IllegalArgument
from workbench.engine.functions import faults
from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.arithmetic import same_length
from workbench.engine.functions.kernels.rebuild import missing
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time

HOUR_US, MINUTE_US = 3_600_000_000, 60_000_000
LARGEST = 2**31 - 1


def make_interval(*parts: pa.Array, is_try: bool) -> pa.Array:
    """Return intervals of years, months, weeks, days, hours, minutes and seconds.

    Raises
    ------
    ArithmeticFault
        ``ARITHMETIC_OVERFLOW`` unless ``is_try`` gives NULL.
    """
    columns = same_length(*parts)
    years, months, weeks, days, hours, minutes = (
        civil.as_micros(one).astype(np.int64) for one in columns[:6]
    )
    seconds = columns[6].cast(pa.decimal128(38, 6))
    micros = np.array(
        [0 if one is None else int(one.scaleb(6)) for one in seconds.to_pylist()], dtype=np.int64
    )
    total_months, total_days = years * 12 + months, weeks * 7 + days
    total = hours * HOUR_US + minutes * MINUTE_US + micros
    nulls = missing(*columns)
    large = ((np.abs(total_months) > LARGEST) | (np.abs(total_days) > LARGEST)) & ~nulls
    if large.any() and not is_try:
        raise faults.overflow("try_make_interval")
    nulls |= large
    rows = zip(
        total_months.tolist(),
        total_days.tolist(),
        (total * 1000).tolist(),
        nulls.tolist(),
        strict=True,
    )
    made = [None if is_null else (month, day, nanos) for month, day, nanos, is_null in rows]
    return pa.array(made, pa.month_day_nano_interval())


def parts_of(spans: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the months, days and microseconds of calendar intervals, zero in place of NULL."""
    parts = [part or (0, 0, 0) for part in spans.to_pylist()]
    months, days, nanos = np.array(parts, dtype=np.int64).reshape(-1, 3).T
    return months, days, nanos // 1000


def moved(moments: pa.Array, spans: pa.Array, *, zone: str, sign: int) -> pa.Array:
    """Return dates and timestamps moved by calendar intervals: months, then days, on the wall clock, then the rest.

    Raises
    ------
    IllegalArgument
        ``INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION`` for a date and an interval with hours or less.
    """
    nulls = missing(moments, spans)
    months, days, micros = (sign * part for part in parts_of(spans))
    if pa.types.is_date(moments.type):
        if (micros[~nulls] != 0).any():
            raise IllegalArgument(
                "INVALID_INTERVAL_WITH_MICROSECONDS_ADDITION", ansiConfig=faults.ANSI
            )
        made = civil.add_months(civil.as_days(moments), months) + days
        return pa.array(made.astype(np.int32), mask=nulls).cast(moments.type)
    local = _micros(local_time(moments, zone)) if moments.type.tz else _micros(moments)
    local = _after(local, months) + days * DAY_US
    if moments.type.tz:
        local = _micros(instant(pa.array(local).cast(pa.timestamp("us")), zone))
    return pa.array(local + micros, mask=nulls).cast(moments.type)


def bucket(widths: pa.Array, moments: pa.Array, origins: pa.Array, *, zone: str) -> pa.Array:
    """Return the starts of the buckets moments are in; buckets are counted from an origin."""
    nulls = missing(widths, moments, origins)
    width = np.where(nulls, 1, civil.as_micros(widths)).astype(np.int64)
    if pa.types.is_integer(widths.type):
        made = _by_months(width, moments, origins, zone)
    else:
        origin = _micros(origins)
        made = origin + np.floor_divide(_micros(moments) - origin, width) * width
    values = pa.array(made, mask=nulls)
    return values.cast(moments.type)


def _micros(values: pa.Array) -> np.ndarray:
    return civil.as_micros(values).astype(np.int64)


def _by_months(width: np.ndarray, moments: pa.Array, origins: pa.Array, zone: str) -> np.ndarray:
    """Return the starts of buckets of whole months, by the calendar of the zone."""
    walls = [
        _micros(local_time(one, zone)) if one.type.tz else _micros(one)
        for one in (moments, origins)
    ]
    (year, month, _day), (first_year, first_month, _first) = (
        civil.civil_of(one // DAY_US) for one in walls
    )
    apart = np.floor_divide((year - first_year) * 12 + month - first_month, width)
    start = _after(walls[1], apart * width)
    start = np.where(start > walls[0], _after(walls[1], (apart - 1) * width), start)
    return (
        _micros(instant(pa.array(start).cast(pa.timestamp("us")), zone))
        if moments.type.tz
        else start
    )


def _after(wall: np.ndarray, months: np.ndarray) -> np.ndarray:
    return civil.add_months(wall // DAY_US, months) * DAY_US + wall % DAY_US
