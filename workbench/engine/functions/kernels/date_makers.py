"""Dates, timestamps and intervals out of numbers, and time zones changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import DateTimeFault
from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.moments import NTZ, UTC, ints, masked, present
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time


def unix_of(moments: pa.Array, *, size: int) -> pa.Array:
    """Return timestamps as a count of units since 1970, rounded down."""
    return masked(
        np.floor_divide(civil.as_micros(moments), size), pa.int64(), present(moments), np.int64
    )


def moment_of(count: pa.Array, *, size: int) -> pa.Array:
    """Return the instants of counts of units since 1970; a fraction counts."""
    if pa.types.is_integer(count.type):
        try:
            return pc.multiply_checked(count.cast(pa.int64()), size).cast(UTC)
        except pa.ArrowInvalid:
            raise DateTimeFault(
                "DATETIME_OVERFLOW", operation="timestamp from a count of units"
            ) from None
    scaled = pc.floor(pc.multiply(count.cast(pa.float64()), float(size)))
    return scaled.cast(pa.int64()).cast(UTC)


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
    return masked(
        civil.days_of(y, np.where(good, m, 1), np.where(good, d, 1)), pa.date32(), valid, np.int32
    )


def make_moment(*parts: Any, zone: str, naive: bool = False, strict: bool = True) -> pa.Array:
    """Return timestamps of year, month, day, hour, minute, second (with fraction) and, perhaps, a zone."""
    *civil_parts, clock = parts[:6]
    numbers = np.broadcast_arrays(
        *(np.asarray(ints(x)) for x in civil_parts), np.asarray(_micros_of(clock))
    )
    y, mo, d, h, mi, us = numbers
    valid = present(*parts)
    is_leap_minute = us == 60_000_000
    good = (
        civil.is_date(y, mo, d)
        & (h >= 0)
        & (h < 24)
        & (mi >= 0)
        & (mi < 60)
        & (us >= 0)
        & ((us < 60_000_000) | is_leap_minute)
    )
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
    whole = np.frombuffer(exact.buffers()[1], dtype="<i8")[::2][
        exact.offset : exact.offset + len(exact)
    ]
    return np.where(exact.is_valid().to_numpy(zero_copy_only=False), whole, 0)


def make_day_time(*parts: Any) -> pa.Array:
    """Return day-time intervals of days, hours, minutes and seconds (with fraction)."""
    *whole, clock = parts
    d, h, mi = (np.asarray(ints(x)) for x in whole)
    micros = d * DAY_US + h * 3_600_000_000 + mi * 60_000_000 + _micros_of(clock)
    return masked(np.asarray(micros), pa.duration("us"), present(*parts))


def make_year_month(years: Any, months: Any) -> pa.Array:
    """Return year-month intervals."""
    return masked(
        np.asarray(ints(years) * 12 + ints(months)), pa.int32(), present(years, months), np.int32
    )
