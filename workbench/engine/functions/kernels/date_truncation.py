"""Dates and timestamps cut to a unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from workbench.engine.functions.kernels import civil
from workbench.engine.functions.kernels.moments import NTZ, back, days, masked, present, wall
from workbench.engine.functions.kernels.zones import DAY_US

_UNITS_TEXT = {
    "year": "year", "yyyy": "year", "yy": "year", "quarter": "quarter", "month": "month", "mon": "month", "mm": "month",
    "week": "week", "day": "day", "dd": "day", "hour": "hour", "minute": "minute", "second": "second",
    "millisecond": "millisecond", "microsecond": "microsecond",
}  # fmt: skip

_DATE_UNITS = ("year", "quarter", "month", "week")

CLOCK_US = {
    "day": DAY_US,
    "hour": 3_600_000_000,
    "minute": 60_000_000,
    "second": 1_000_000,
    "millisecond": 1000,
    "microsecond": 1,
}


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
    if chosen in CLOCK_US:
        size = CLOCK_US[chosen]
        made = np.floor_divide(micros, size) * size
    else:
        made = _floor_days(np.floor_divide(micros, DAY_US), chosen) * DAY_US
    return back(masked(made, NTZ, present(moments)), moments.type, zone)
