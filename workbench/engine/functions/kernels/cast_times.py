"""Casts to and from dates and timestamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.errors import DateTimeFault
from workbench.engine.functions.kernels.arithmetic import any_true
from workbench.engine.functions.kernels.cast_context import Conversion
from workbench.engine.functions.kernels.cast_numbers import fit_decimal, read_plainly, trimmed
from workbench.engine.functions.kernels.civil import as_days, as_micros, days_of, is_date
from workbench.engine.functions.kernels.zones import DAY_US, instant, local_time

SECOND_US = 1_000_000
DATE = (
    r"^(?P<sign>[+-]?)(?P<year>[0-9]{4,7})"
    r"(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2})(?:[ T].*)?)?)?$"
)
STAMP = (
    r"^(?:(?P<sign>[+-]?)(?P<year>[0-9]{4,6})(?:-(?P<month>[0-9]{1,2})(?:-(?P<day>[0-9]{1,2}))?)?)?"
    r"(?:[ T](?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{1,2})(?::(?P<second>[0-9]{1,2})"
    r"(?:\.(?P<fraction>[0-9]*))?)?)?\s*(?P<zone>[A-Za-z+-].*)?)?$"
)


def from_text(array: pa.Array, how: Conversion) -> Any:
    """Read dates and timestamps from text."""
    if isinstance(how.target, t.DateType):
        plain = read_plainly(array, pa.date32())
        if plain is not None:
            return plain
    else:
        plain = read_plainly(array, pa.timestamp("us"))
        if plain is not None:
            return plain if isinstance(how.target, t.TimestampNTZType) else instant(plain, how.zone)
    words = trimmed(array)
    if isinstance(how.target, t.DateType):
        return _date(words, array, how)
    return read_stamps(words, array, how)


def group(parts: pa.Array, name: str, empty: int) -> np.ndarray:
    """Return a number a pattern found, ``empty`` where there was none."""
    text = pc.fill_null(pc.struct_field(parts, name), "")
    filled = pc.if_else(pc.equal(text, ""), str(empty), text)
    return filled.cast(pa.int64()).to_numpy(zero_copy_only=False)


def _signed_year(parts: pa.Array) -> np.ndarray:
    year = group(parts, "year", 1970)
    minus = pc.fill_null(pc.equal(pc.struct_field(parts, "sign"), "-"), False)
    return np.where(np.asarray(minus), -year, year)


def _date(words: pa.Array, array: pa.Array, how: Conversion) -> pa.Array:
    parts = pc.extract_regex(words, DATE)
    year, month, day = _signed_year(parts), group(parts, "month", 1), group(parts, "day", 1)
    good = np.asarray(pc.is_valid(parts)) & is_date(year, month, day)
    days = days_of(year, month, day)
    good &= (days >= -(2**31)) & (days < 2**31)
    values = pa.array(np.where(good, days, 0).astype(np.int32), mask=np.asarray(pc.is_null(array)))
    return how.only(values.cast(pa.date32()), pa.array(good), array)


@dataclass(frozen=True, slots=True)
class Stamps:
    """What text says of times: wall clock in microseconds, whether it is one, zone names (empty: none)."""

    local: np.ndarray
    good: np.ndarray
    zones: pa.Array


def parse_stamps(words: pa.Array) -> Stamps:
    """Read wall-clock times, and the zones written behind them."""
    parts = pc.extract_regex(words, STAMP)
    year, month, day = _signed_year(parts), group(parts, "month", 1), group(parts, "day", 1)
    hour, minute = group(parts, "hour", 0), group(parts, "minute", 0)
    second = group(parts, "second", 0)
    fraction = pc.utf8_rpad(pc.fill_null(pc.struct_field(parts, "fraction"), ""), 6, "0")
    micros = pc.utf8_slice_codeunits(fraction, 0, 6).cast(pa.int64()).to_numpy(zero_copy_only=False)
    good = np.asarray(pc.is_valid(parts)) & is_date(year, month, day)
    good &= (hour < 24) & (minute < 60) & (second < 60)
    good &= np.asarray(pc.fill_null(pc.not_equal(pc.struct_field(parts, "year"), ""), False))
    seconds = days_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
    return Stamps(
        seconds * SECOND_US + micros, good, pc.fill_null(pc.struct_field(parts, "zone"), "")
    )


def read_stamps(words: pa.Array, array: pa.Array, how: Conversion) -> pa.Array:
    """Return timestamps of text; text without a zone is in the session's."""
    found = parse_stamps(words)
    local = pa.array(np.where(found.good, found.local, 0)).cast(pa.timestamp("us"))
    good = pa.array(found.good)
    if isinstance(how.target, t.TimestampNTZType):
        return how.only(_nulls_as(local, array), good, array)
    values, known = instants(local, found.zones, how.zone)
    return how.only(_nulls_as(values, array), pc.and_(good, known), array)


def _nulls_as(values: pa.Array, array: pa.Array) -> pa.Array:
    return pc.if_else(pc.is_valid(array), values, pa.scalar(None, values.type))


def instants(local: pa.Array, zones: pa.Array, session: str) -> tuple[pa.Array, pa.Array]:
    """Return the instants of wall-clock times each in its own zone, and whether that zone is one."""
    names = pc.unique(zones).to_pylist()
    made = instant(local, session)
    known = pa.array(np.ones(len(local), dtype=bool))
    for name in names:
        if not name:
            continue
        here = pc.equal(zones, name)
        try:
            moved = instant(local, name.strip())
        except DateTimeFault:
            known = pc.and_(known, pc.invert(here))
            continue
        made = pc.if_else(here, moved, made)
    return made, known


def between_times(array: pa.Array, how: Conversion) -> Any:
    """Cast among dates, timestamps and timestamps without zone."""
    if isinstance(how.source, t.DateType):
        local = pa.array(as_days(array) * DAY_US, mask=np.asarray(pc.is_null(array)))
        local = local.cast(pa.timestamp("us"))
        return instant(local, how.zone) if isinstance(how.target, t.TimestampType) else local
    if isinstance(how.source, t.TimestampNTZType):
        if isinstance(how.target, t.TimestampType):
            return instant(array, how.zone)
        return to_days(array)
    local = local_time(array, how.zone)
    return local if isinstance(how.target, t.TimestampNTZType) else to_days(local)


def to_days(local: pa.Array) -> pa.Array:
    """Return the dates of wall-clock times."""
    days = np.floor_divide(as_micros(local), DAY_US).astype(np.int32)
    return pa.array(days, mask=np.asarray(pc.is_null(local))).cast(pa.date32())


def to_number(array: pa.Array, how: Conversion) -> Any:
    """Return timestamps as seconds since 1970."""
    micros = as_micros(array)
    mask = np.asarray(pc.is_null(array))
    if isinstance(how.target, (t.FloatType, t.DoubleType)):
        return pa.array(micros / SECOND_US, mask=mask).cast(how.arrow, safe=False)
    if isinstance(how.target, t.DecimalType):
        whole = pa.array(micros, mask=mask).cast(pa.decimal128(19, 0))
        scaled = pa.Array.from_buffers(pa.decimal128(25, 6), len(whole), whole.buffers())
        return fit_decimal(scaled, how, array)
    seconds = pa.array(np.floor_divide(micros, SECOND_US), mask=mask)
    narrow = seconds.cast(how.arrow, safe=False)
    return how.fitting(narrow, pc.equal(narrow.cast(pa.int64()), seconds), array)


def from_number(array: pa.Array, how: Conversion) -> Any:
    """Return the timestamps of seconds since 1970."""
    mask = np.asarray(pc.is_null(array))
    if pa.types.is_decimal(array.type):
        array = array.cast(pa.float64())
    if pa.types.is_floating(array.type):
        finite = pc.fill_null(pc.is_finite(array), False)
        numbers = pc.if_else(finite, array, 0.0).to_numpy(zero_copy_only=False) * SECOND_US
        values = pa.array(numbers.astype(np.int64), mask=mask).cast(how.arrow)
        return how.only(values, finite, array) if any_true(pc.invert(finite)) else values
    whole = pc.fill_null(array.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    limit = (2**63 - 1) // SECOND_US
    over = np.abs(whole) > limit
    micros = np.where(over, np.sign(whole) * (2**63 - 1), whole * SECOND_US)
    return pa.array(micros, mask=mask).cast(how.arrow)
