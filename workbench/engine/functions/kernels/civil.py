"""Calendar arithmetic over NumPy arrays (the proleptic Gregorian calendar, days since 1970)."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

MONTH_DAYS = np.array([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def days_of(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return days since 1970 of civil dates; years begin in March so that leap days come last."""
    year = year.astype(np.int64) - (month <= 2)
    era = np.floor_divide(year, 400)
    year_of_era = year - era * 400
    day_of_year = (153 * (month + np.where(month > 2, -3, 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def civil_of(days: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return year, month and day of days since 1970."""
    shifted = days.astype(np.int64) + 719_468
    era = np.floor_divide(shifted, 146_097)
    of_era = shifted - era * 146_097
    year_of_era = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    part = (5 * of_year + 2) // 153
    day = of_year - (153 * part + 2) // 5 + 1
    month = part + np.where(part < 10, 3, -9)
    return year_of_era + era * 400 + (month <= 2), month, day


def is_leap(year: np.ndarray) -> np.ndarray:
    """Return whether years have a leap day."""
    return ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)


def month_length(year: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the number of days of months; months out of range count as 0."""
    inside = (month >= 1) & (month <= 12)
    length = MONTH_DAYS[np.where(inside, month, 0)]
    return length + ((month == 2) & is_leap(year))


def is_date(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return whether year, month and day name a day."""
    return (month >= 1) & (month <= 12) & (day >= 1) & (day <= month_length(year, month))


def add_months(days: np.ndarray, months: np.ndarray) -> np.ndarray:
    """Return dates moved by months; the day is cut to the month's last."""
    year, month, day = civil_of(days)
    total = year * 12 + (month - 1) + months
    year, month = np.floor_divide(total, 12), np.mod(total, 12) + 1
    return days_of(year, month, np.minimum(day, month_length(year, month)))


def as_days(array: pa.Array) -> np.ndarray:
    """Return dates as days since 1970, zero in place of NULL."""
    whole = array.cast(pa.int32())
    return (
        (whole.fill_null(0) if whole.null_count else whole)
        .to_numpy(zero_copy_only=False)
        .astype(np.int64)
    )


def as_micros(array: pa.Array) -> np.ndarray:
    """Return timestamps or durations as microseconds, zero in place of NULL."""
    whole = array.cast(pa.int64())
    return (whole.fill_null(0) if whole.null_count else whole).to_numpy(zero_copy_only=False)
