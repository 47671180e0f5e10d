"""Why is nothing coming out? Every reason, told of a real query that has it."""

from __future__ import annotations

import time

import pytest
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

import workbench as wb
from tests.ui.stateful import (
    alarms,
    clock_alarms,
    group_timeouts,
    minutes,
    sessions,
    unmatched,
)
from tests.ui.test_feed import until
from workbench.ui.live import live


@pytest.fixture(scope="module")
def spark():
    session = wb.session()
    session.conf.set("spark.sql.streaming.noDataProgressEventInterval", "500")
    yield session
    session.conf.unset("spark.sql.streaming.noDataProgressEventInterval")


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


WAITING = {
    "session": (sessions, "The next session closes when it reaches 00:34:00, 11 min further on, unless a later row"),
    "dedupe": (lambda s: s.dropDuplicates(["at"]), "The next key is forgotten when it reaches 00:24:00, 1 min further on"),
    "timer": (alarms, "The next timer is due when it reaches 00:25:00, 2 min further on."),
    "timeout": (lambda s: group_timeouts(s, "EventTimeTimeout"), "The next group times out when it reaches 00:33:00, 10 min further on."),
    "timer of the clock": (clock_alarms, "By the clock, the next timer is due at"),
    "timeout of the clock": (lambda s: group_timeouts(s, "ProcessingTimeTimeout"), "By the clock, the next group times out at"),
}  # fmt: skip
"""What waits → a query with rows of 25 minutes, and what is told of it."""


@pytest.mark.parametrize("name", WAITING)
def test_what_goes_on_next_in_any_kind_of_state(spark, started, name):
    query, words = WAITING[name]
    first = 15 if name == "timer" else 0
    handle = started(query(minutes(spark, 25 - first, first)))
    handle.query.processAllAvailable()
    said = told(handle, "No new data for")
    assert words in said
    if "clock" in name:
        assert "in 9 min 5" in said or "in 10 min" in said


def test_the_row_of_an_outer_side_that_waits_longest(spark, started):
    handle = started(unmatched(minutes(spark, 30), minutes(spark, 8)))
    handle.query.processAllAvailable()
    # The row of 00:06 has matched; that of 00:08 has not, and waits until none later can be of its time.
    said = told(handle, "The next row has waited long enough when it moves at all")
    assert "comes out with nulls unless something matches it" in said
    assert "Source 1 (Replay[" in said


def test_a_window_behind_a_join_closes_when_the_join_lets_its_rows_go(spark, started):
    """The join holds rows for five minutes, so the window is told to close five minutes after its end, and then it does."""
    rows = minutes(spark, 60), minutes(spark, 60)
    counted = unmatched(*rows).groupBy(F.window("at", "10 minutes")).count()
    handle = started(counted)
    handle.query.processAllAvailable()
    assert "The next window closes when it reaches 01:05:00, 7 min further on." in told(
        handle, "No new data for"
    )
    held = handle.state.table(0).collect()
    assert [row.key.window.end.minute for row in held] == [0]


def test_all_are_duplicates(spark, started):
    same = minutes(spark, 4000, max_rows=5).withColumn("n", F.lit(1)).dropDuplicates(["n"])
    handle = started(same, trigger="50 milliseconds")
    until(lambda: len(handle.history) >= 25, 30)
    assert "was a duplicate: its key is in state" in told(handle, "Every row of the newest")


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
