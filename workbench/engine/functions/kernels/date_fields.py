"""The fields of dates, timestamps and intervals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.moments import local_days, masked, present, wall
from workbench.engine.functions.kernels.zones import DAY_US


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
    names = pa.array(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    )
    return names.take(pc.subtract(month(moments, zone=zone), 1))


def day_name(moments: pa.Array, *, zone: str) -> pa.Array:
    """Return the day's short English name."""
    names = pa.array(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"])
    return names.take(weekday(moments, zone=zone))


def decimals(unscaled: np.ndarray, kind: pa.Decimal128Type) -> pa.Array:
    """Return whole numbers, none negative, as the unscaled integers of a decimal type."""
    wide = np.zeros((len(unscaled), 2), dtype="<i8")
    wide[:, 0] = unscaled
    return pa.Array.from_buffers(kind, len(unscaled), [None, pa.py_buffer(wide.tobytes())])


def span_part(spans: pa.Array, *, size: int, within: int) -> pa.Array:
    """Return a field of a day-time interval: whole units inside the next larger unit, with the interval's sign."""
    micros = civil.as_micros(spans)
    whole = np.abs(micros) // size
    made = (whole % within if within else whole) * np.sign(micros)
    return masked(made, pa.int32(), present(spans), np.int32)
