"""Clock times, as timetables print them, turned into instants."""

from __future__ import annotations

import pandas as pd


def after_minutes(start: pd.Series, minutes: pd.Series) -> pd.Series:
    """Return the instants that many minutes after ``start``; missing where either is."""
    return start + pd.to_timedelta(minutes, unit="min")


def next_showing(start: pd.Series, clock: pd.Series, zone: pd.Series) -> pd.Series:
    """Return when, at or after ``start``, a clock set to local time in ``zone`` next shows ``clock`` (hhmm; 2400 is midnight).

    The clock keeps the setting it had at ``start``: a flight in the air while summer time begins is reported in the time it
    left in, which is how the one such flight in the data is.
    """
    wanted = clock % 2400 // 100 * 60 + clock % 100
    return after_minutes(start, (wanted - minute_of_day(start, zone)) % (24 * 60))


def minute_of_day(instants: pd.Series, zone: pd.Series) -> pd.Series:
    """Return the minutes since midnight on a clock in ``zone`` at each instant."""
    shown = pd.Series(float("nan"), index=instants.index)
    for name, here in instants.groupby(zone):
        local = here.dt.tz_convert(name).dt
        shown[here.index] = local.hour * 60.0 + local.minute
    return shown
