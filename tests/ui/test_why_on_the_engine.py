"""Why is nothing coming out? Every reason, told of a real query that has it."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

import workbench as wb
from tests.ui.test_feed import until
from workbench.ui.live import live

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def spark():
    session = wb.session()
    session.conf.set("spark.sql.streaming.noDataProgressEventInterval", "500")
    yield session
    session.conf.unset("spark.sql.streaming.noDataProgressEventInterval")


def minutes(spark, count, **options):
    """A row a minute, from midnight on."""
    at = pa.array([START + timedelta(minutes=n) for n in range(count)], pa.timestamp("us", "UTC"))
    table = pa.table({"at": at, "n": list(range(count))})
    stream = wb.replay(table, time="at", speed=math.inf, spark=spark, **options)
    return stream.withWatermark("at", "1 minute")


def windows(stream):
    return stream.groupBy(F.window("at", "10 minutes")).count()


@pytest.fixture
def started():
    """Start queries; they are stopped when the test is over."""
    made = []

    def start(frame, mode="append", trigger=None, sink=None):
        writer = frame.writeStream.outputMode(mode)
        writer = writer.foreachBatch(sink) if sink else writer.format("noop")
        made.append((writer.trigger(processingTime=trigger) if trigger else writer).start())
        return live(made[-1])

    yield start
    for query in made:
        query.stop()


def told(handle, words):
    """What it says, as soon as it says these words."""
    until(lambda: words in handle.why(), 30)
    return handle.why()


def test_no_new_data_and_what_stays_open(spark, started):
    handle = started(windows(minutes(spark, 25)))
    handle.query.processAllAvailable()
    said = told(handle, "No new data for")
    assert "The 1 rows in state stay: the watermark is at 2026-01-01 00:23:00" in said
    assert "The next window closes when it reaches 00:30:00, 7 min further on." in said


def test_the_next_window_and_the_source_that_holds_it_open(spark, started):
    ahead, behind = minutes(spark, 100, max_rows=10), minutes(spark, 3)
    handle = started(windows(ahead.union(behind)))
    handle.query.processAllAvailable()
    said = told(handle, "holds it back")
    assert "The next window closes when it reaches 00:10:00, 9 min further on." in said
    assert "Source 1 (Replay[" in said
    assert (
        "it is 1 h 37 min behind the other source, and its own watermark has not moved for" in said
    )


def test_the_output_mode(spark, started):
    handle = started(windows(minutes(spark, 9)), trigger="1 hour")
    until(lambda: len(handle.history) >= 1, 30)
    assert "so append mode gives its first rows later" in told(handle, "There is no watermark yet")
    other = started(windows(minutes(spark, 4000, max_rows=2)), trigger="50 milliseconds")
    assert "once, in the batch after the watermark has passed its end" in told(
        other, "In append mode"
    )


@pytest.mark.parametrize("is_stateful", [False, True])
def test_everything_is_filtered_and_the_step_that_does_it(spark, started, is_stateful):
    none = minutes(spark, 4000, max_rows=10).where("n % 2 = 2")
    handle = started(windows(none) if is_stateful else none, trigger="50 milliseconds")
    said = told(handle, "none came out: the step fragment")
    assert "Filter" in said


def test_a_slow_sink(spark, started):
    handle = started(minutes(spark, 4000, max_rows=1), sink=lambda rows, batch: time.sleep(0.3))
    assert "of the time" in told(handle, "the sink, which is slow")


def test_an_error(spark, started):
    handle = started(minutes(spark, 5).select(F.expr("raise_error('the lake is full')")))
    assert "the lake is full" in told(handle, "It failed:")
