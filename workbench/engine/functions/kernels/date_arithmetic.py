"""Dates and timestamps moved, and how far they are apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from workbench.base.errors import ArithmeticFault, IllegalArgument
from workbench.engine.functions.kernels import civil, zones
from workbench.engine.functions.kernels.date_truncation import CLOCK_US
from workbench.engine.functions.kernels.moments import (
    NTZ,
    UTC,
    back,
    days,
    ints,
    masked,
    present,
    wall,
)
from workbench.engine.functions.kernels.zones import DAY_US, instant

DAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")

_DAY_ALIASES = {
    name: place
    for place, names in enumerate(
        (("SU", "SUN", "SUNDAY"), ("MO", "MON", "MONDAY"), ("TU", "TUE", "TUESDAY"), ("WE", "WED", "WEDNESDAY"),
         ("TH", "THU", "THURSDAY"), ("FR", "FRI", "FRIDAY"), ("SA", "SAT", "SATURDAY"))
    )
    for name in names
}  # fmt: skip


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
    moved = civil.add_months(np.floor_divide(micros, DAY_US), sign * ints(count)) * DAY_US + np.mod(
        micros, DAY_US
    )
    return back(masked(moved, NTZ, present(moments, count)), moments.type, zone)


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


def months_between(
    end: pa.Array, start: pa.Array, is_rounded: Any = None, *, zone: str
) -> pa.Array:
    """Return months and a fraction of 31 days; whole where the days agree or both end a month."""
    first, second_ = (civil.as_micros(wall(x, zone)) for x in (end, start))
    (y1, m1, d1), (y2, m2, d2) = (
        civil.civil_of(np.floor_divide(x, DAY_US)) for x in (first, second_)
    )
    whole = (y1 - y2) * 12 + (m1 - m2)
    both_last = (d1 == civil.month_length(y1, m1)) & (d2 == civil.month_length(y2, m2))
    seconds = (
        (d1 - d2) * 86_400
        + np.mod(first, DAY_US) // 1_000_000
        - np.mod(second_, DAY_US) // 1_000_000
    )
    made = np.where((d1 == d2) | both_last, whole, whole + seconds / (31 * 86_400))
    rounds = is_rounded is None or not isinstance(is_rounded, pa.Scalar) or is_rounded.as_py()
    return masked(
        np.round(made, 8) if rounds else made, pa.float64(), present(end, start), np.float64
    )


def moments_apart(start: pa.Array, end: pa.Array, *, unit: str, zone: str) -> pa.Array:
    """Return whole units from start to end, towards zero (``timestampdiff``)."""
    first, last = (civil.as_micros(wall(x, zone)) for x in (start, end))
    valid = present(start, end)
    if unit in ("month", "quarter", "year"):
        (y1, m1, _), (y2, m2, _) = (
            civil.civil_of(np.floor_divide(x, DAY_US)) for x in (first, last)
        )
        months = (y2 - y1) * 12 + (m2 - m1)
        moved = civil.add_months(np.floor_divide(first, DAY_US), months) * DAY_US + np.mod(
            first, DAY_US
        )
        months = months - ((months > 0) & (moved > last)) + ((months < 0) & (moved < last))
        size = {"month": 1, "quarter": 3, "year": 12}[unit]
        made = (np.abs(months) // size) * np.sign(months)
    else:
        size = {"week": 7 * DAY_US, **CLOCK_US}[unit]
        apart = last - first
        made = (np.abs(apart) // size) * np.sign(apart)
    return masked(made, pa.int64(), valid, np.int64)


def scaled_span(spans: pa.Array, factor: Any, *, divide: bool = False) -> pa.Array:
    """Return intervals times (or through) a number, rounded half up."""
    micros = ints(spans).astype(np.float64) if isinstance(spans, pa.Array) else float(ints(spans))
    number = factor.cast(pa.float64())
    value = (
        float(number.as_py() or 0)
        if isinstance(number, pa.Scalar)
        else number.fill_null(1).to_numpy(zero_copy_only=False)
    )
    if divide and np.any(np.asarray(value) == 0):
        raise ArithmeticFault("INTERVAL_DIVIDED_BY_ZERO")
    made = micros / value if divide else micros * value
    rounded = np.floor(np.abs(made) + 0.5) * np.sign(made)
    kind = spans.type
    return masked(
        np.asarray(rounded).astype(np.int64),
        kind,
        present(spans, factor),
        np.int32 if pa.types.is_int32(kind) else None,
    )
