"""Calendar intervals and buckets of time."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest
from pyspark.sql import types as t

from tests.engine.functions.calls import Frame, call, run
from workbench.base.errors import ArithmeticFault
from workbench.engine.functions.casting import cast_to
from workbench.engine.plan import typed


def test_an_interval_is_made_of_its_parts_and_read_again() -> None:
    made = call("make_interval", 1, 2, 3, 4, 5, 6, 7)
    text = cast_to(made, t.StringType())
    assert run(text) == ["1 years 2 months 25 days 5 hours 6 minutes 7 seconds"]
    again = typed.Cast(text, t.CalendarIntervalType())
    assert run(again) == run(made)


def test_too_many_years_are_an_error_or_nothing() -> None:
    with pytest.raises(ArithmeticFault):
        run(call("make_interval", 2**31 - 1))
    assert run(call("try_make_interval", 2**31 - 1)) == [None]


def test_moments_fall_into_buckets_counted_from_an_origin() -> None:
    moments = pa.array([0, 59, 60, -1], pa.int64())
    frame = Frame(
        pa.table(
            {
                "t": pa.array([one.as_py() * 1_000_000 for one in moments]).cast(
                    pa.timestamp("us", "UTC")
                )
            }
        )
    )
    width = typed.Literal(60_000_000, t.DayTimeIntervalType())
    seconds = [moment.timestamp() for moment in run(call("time_bucket", width, frame["t"]), frame)]
    assert seconds == [0, 0, 60, -60]


def test_months_are_counted_by_the_calendar() -> None:
    frame = Frame(pa.table({"t": pa.array([dt.datetime(2020, 5, 17)], pa.timestamp("us"))}))
    quarter = typed.Literal(3, t.YearMonthIntervalType())
    assert run(call("time_bucket", quarter, frame["t"]), frame) == [dt.datetime(2020, 4, 1)]
