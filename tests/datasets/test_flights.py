"""Facts about the flights that were counted, or looked up, by hand."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import workbench as wb

MINUTE = 60 * 1_000_000


@pytest.fixture(scope="module")
def flights():
    return wb.datasets.flights()


def minutes_between(flights, start, end):
    ends, starts = (flights.column(name).cast(pa.int64()) for name in (end, start))
    return pc.divide(pc.subtract(ends, starts), MINUTE)


def one(flights, carrier, flight, month, day):
    where = (
        (pc.field("carrier") == carrier)
        & (pc.field("flight") == flight)
        & (pc.field("month") == month)
        & (pc.field("day") == day)
    )
    (row,) = flights.filter(where).to_pylist()
    return row


def test_every_flight_is_there(flights):
    assert flights.num_rows == 336_776
    assert flights.column_names[:4] == ["year", "month", "day", "dep_time"]
    assert flights.column_names[-4:] == ["sched_dep", "dep", "sched_arr", "arr"]
    for name in ("sched_dep", "dep", "sched_arr", "arr", "time_hour"):
        assert flights.schema.field(name).type == pa.timestamp("us", "UTC")


@pytest.mark.parametrize(
    ("column", "nulls"),
    [("sched_dep", 0), ("sched_arr", 0), ("dep", 8_255), ("arr", 8_713), ("arr_delay", 9_430)],
)
def test_what_is_missing_is_what_the_airlines_did_not_report(flights, column, nulls):
    assert flights.column(column).null_count == nulls


def test_each_departure_is_late_by_its_delay(flights):
    late = minutes_between(flights, "sched_dep", "dep")
    assert late.equals(flights.column("dep_delay"))


def test_each_arrival_is_late_by_its_delay_although_found_another_way(flights):
    late = minutes_between(flights, "sched_arr", "arr")
    reported = flights.column("arr_delay")
    assert pc.sum(pc.equal(late, reported)).as_py() == 336_776 - 9_430
    diverted = pc.and_(pc.is_valid(late), pc.is_null(reported))
    assert pc.sum(diverted).as_py() == 717


def test_a_clock_in_new_york_shows_the_departure_time_in_summer_and_winter(flights):
    local = pc.local_timestamp(flights.column("dep").cast(pa.timestamp("us", "America/New_York")))
    shown = pc.add(pc.multiply(pc.hour(local), 100), pc.minute(local))
    reported = flights.column("dep_time")
    midnight = pc.equal(reported, 2400)
    assert pc.sum(midnight).as_py() == 29
    assert shown.equals(pc.if_else(midnight, 0, reported))


def test_nothing_arrives_before_it_has_flown(flights):
    block = minutes_between(flights, "dep", "arr")
    on_ground = pc.subtract(block, flights.column("air_time"))
    assert pc.min(on_ground).as_py() == 5
    assert pc.max(on_ground).as_py() < 4 * 60


def test_the_first_flight_of_the_year(flights):
    row = one(flights, "UA", 1545, 1, 1)
    assert row["sched_dep"] == datetime(2013, 1, 1, 10, 15, tzinfo=UTC)  # 5:15 in New York
    assert row["dep"] == datetime(2013, 1, 1, 10, 17, tzinfo=UTC)
    assert row["arr"] == datetime(2013, 1, 1, 14, 30, tzinfo=UTC)  # 8:30 in Houston


def test_the_latest_flight_of_the_year_left_the_next_day(flights):
    row = one(flights, "HA", 51, 1, 9)
    assert row["dep_delay"] == 1_301
    assert row["sched_dep"] == datetime(2013, 1, 9, 14, 0, tzinfo=UTC)
    assert row["dep"] == datetime(2013, 1, 10, 11, 41, tzinfo=UTC)
    assert row["arr"] == datetime(2013, 1, 10, 22, 42, tzinfo=UTC)  # 12:42 in Honolulu


def test_a_flight_in_the_air_while_summer_time_began(flights):
    row = one(flights, "B6", 35, 3, 9)
    assert row["arr_time"] == 203, "a time no clock in Florida showed that night"
    assert row["arr"] == datetime(2013, 3, 10, 7, 3, tzinfo=UTC)


def test_an_island_without_summer_time(flights):
    row = one(flights, "B6", 939, 7, 1)
    assert row["dest"] == "BQN"
    assert row["sched_arr"] == datetime(
        2013, 7, 1, 13, 21, tzinfo=UTC
    )  # 9:21, New York's time in summer only


def test_lateness_is_real(flights):
    """Sorted by when they left, many flights are behind one that was due later: what a watermark is for."""
    gone = flights.filter(pc.is_valid(flights.column("dep"))).sort_by("dep")
    due = gone.column("sched_dep").cast(pa.int64()).combine_chunks()
    newest = pc.cumulative_max(due)
    behind = pc.divide(pc.subtract(newest, due), MINUTE)
    assert pc.sum(pc.greater(behind, 0)).as_py() == 194_327
    assert pc.sum(pc.greater(behind, 120)).as_py() == 8_647
