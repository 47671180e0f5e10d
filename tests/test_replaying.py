"""A table goes in; a streaming DataFrame comes out that plays it on the clock everybody shares."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

import workbench as wb
from workbench.base.errors import AnalysisError, IllegalArgument, Unsupported
from workbench.base.replay_clock import ReplayClock

NOON = datetime(2013, 7, 1, 12, tzinfo=UTC)


def readings(*minutes):
    """Rows that arrive so many minutes after noon."""
    times = [NOON + timedelta(minutes=minute) for minute in minutes]
    return pa.table({"seen": pa.array(times, pa.timestamp("us", "UTC")), "minute": list(minutes)})


@pytest.fixture
def started():
    """Starts a stream into the memory table of a name; every query is stopped in the end."""
    wb.session()
    queries = []

    def start(stream, name):
        writer = stream.writeStream.format("memory").queryName(name).outputMode("append")
        queries.append(writer.start())
        return queries[-1]

    yield start
    for query in queries:
        query.stop()


def rows(name):
    return [row.minute for row in wb.session().table(name).collect()]


def test_it_is_a_stream_with_the_tables_columns():
    stream = wb.replay(readings(1), time="seen")
    assert stream.isStreaming
    assert stream.schema.simpleString() == "struct<seen:timestamp,minute:bigint>"


def test_rows_come_in_the_order_they_arrived(started):
    query = started(wb.replay(readings(3, 1, 2), time="seen", speed=math.inf), "ordered")
    query.processAllAvailable()
    assert rows("ordered") == [1, 2, 3]


def test_step_by_step_when_asked(started):
    clock = ReplayClock(speed=None)
    query = started(wb.replay(readings(0, 10, 20, 30), time="seen", clock=clock), "stepped")
    query.processAllAvailable()
    assert rows("stepped") == [0], "the clock stands where the replay starts"
    clock.step(minutes=20)
    query.processAllAvailable()
    assert rows("stepped") == [0, 10, 20]
    clock.step(minutes=5)
    query.processAllAvailable()
    assert rows("stepped") == [0, 10, 20]


def test_two_replays_on_one_clock_stay_in_step(started):
    clock = ReplayClock(speed=None)
    slow, fast = readings(0, 60), readings(0, 1, 2)
    first = started(wb.replay(slow, time="seen", clock=clock), "slow")
    second = started(wb.replay(fast, time="seen", clock=clock), "fast")
    clock.step(minutes=1)
    for query in (first, second):
        query.processAllAvailable()
    assert (rows("slow"), rows("fast")) == ([0], [0, 1])


def test_a_batch_takes_no_more_rows_than_asked(started):
    stream = wb.replay(readings(*range(10)), time="seen", speed=math.inf, max_rows=4)
    query = started(stream, "limited")
    query.processAllAvailable()
    sizes = [progress.numInputRows for progress in query.recentProgress]
    assert [size for size in sizes if size] == [4, 4, 2]
    assert rows("limited") == list(range(10))


def test_only_what_lies_between_start_and_end_is_played(started):
    stream = wb.replay(
        readings(0, 1, 2, 3),
        time="seen",
        speed=math.inf,
        start=NOON + timedelta(minutes=1),
        end=NOON + timedelta(minutes=3),
    )
    query = started(stream, "between")
    query.processAllAvailable()
    assert rows("between") == [1, 2]


def test_it_takes_pandas_and_spark_tables_too():
    frame = readings(1, 2).to_pandas()
    assert wb.replay(frame, time="seen").columns == ["seen", "minute"]
    assert wb.replay(wb.session().createDataFrame(frame), time="seen").columns == ["seen", "minute"]


def test_anything_else_is_refused():
    with pytest.raises(IllegalArgument, match="`list` is no table"):
        wb.replay([1, 2], time="seen")


def test_a_session_of_another_server_is_refused():
    with pytest.raises(Unsupported, match="on another server"):
        wb.replay(readings(1), time="seen", spark=object())


def test_a_query_goes_on_after_a_restart_where_it_had_come_to(started, tmp_path):
    clock = ReplayClock(speed=None)
    stream = wb.replay(readings(0, 10, 20), time="seen", clock=clock)

    def run(name):
        writer = stream.writeStream.format("parquet").option("path", str(tmp_path / "out"))
        query = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
        clock.step(minutes=10)
        query.processAllAvailable()
        query.stop()

    run("first")
    run("second")
    written = wb.session().read.parquet(str(tmp_path / "out"))
    assert sorted(row.minute for row in written.collect()) == [0, 10, 20]


@pytest.mark.parametrize("speed", [0, -1, math.nan, "fast", True])
def test_a_speed_that_is_none_is_refused_and_the_clock_keeps_its_own(speed):
    wb.clock.speed = 60.0
    with pytest.raises(ValueError, match="speed must be a positive number"):
        wb.replay(readings(1), time="seen", speed=speed)
    assert wb.clock.speed == 60.0


def test_a_replay_that_cannot_be_made_leaves_the_shared_clock_alone():
    wb.clock.speed = 60.0
    with pytest.raises(AnalysisError, match="`seen`"):
        wb.replay(readings(1), time="nowhere", speed=5)
    assert wb.clock.speed == 60.0


@pytest.mark.parametrize("bound", ["start", "end"])
@pytest.mark.parametrize("value", ["yesterday", 5, NOON.time()])
def test_a_bound_that_is_no_moment_is_named(bound, value):
    with pytest.raises(IllegalArgument, match=f"`{bound}` takes a datetime"):
        wb.replay(readings(1), time="seen", **{bound: value})


def test_bounds_are_moments_dates_or_text_and_lie_in_order():
    wb.replay(readings(1), time="seen", start=NOON.date(), end="2100-01-01 02:00")
    with pytest.raises(IllegalArgument, match="does not lie before"):
        wb.replay(readings(1), time="seen", start="2013-01-02", end="2013-01-01")
