"""Faults beside the views, on this engine: another listener that raises, a query that never starts, one without a name."""

from __future__ import annotations

import warnings

import pytest
from pyspark.errors import PySparkException
from pyspark.sql.streaming import StreamingQueryListener

import workbench as wb
from tests.ui.test_feed import until
from workbench.panel.beacon import attach
from workbench.ui.feed import feed_of
from workbench.ui.live import live


@pytest.fixture(scope="module")
def spark():
    return wb.session()


def ticking(spark):
    return spark.readStream.format("rate").option("rowsPerSecond", 100).load().writeStream


class Raising(StreamingQueryListener):
    """A user's listener with a mistake in every method."""

    def __init__(self):
        self.heard = []

    def fail(self, what):
        self.heard.append(what)
        raise RuntimeError(f"mistake in {what}")

    def onQueryStarted(self, event):
        self.fail("started")

    def onQueryProgress(self, event):
        self.fail("progress")

    def onQueryTerminated(self, event):
        self.fail("terminated")


def test_a_users_listener_that_raises_stops_no_dashboard_and_is_told_of(spark):
    raising = Raising()
    spark.streams.addListener(raising)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        query = ticking(spark).format("noop").queryName("beside").start()
        handle = live(query)
        try:
            until(lambda: raising.heard.count("progress") >= 2, 30)
            before = len(handle.history)
            until(lambda: len(handle.history) > before, 30)
            assert handle.history.state in ("running", "idle")
        finally:
            query.stop()
        until(lambda: handle.history.is_over, 30)
        spark.streams.removeListener(raising)
    assert (handle.history.state, handle.history.error) == ("stopped", None)
    # PySpark tells of it: whose listener, and what.
    sentences = [str(warning.message) for warning in told]
    assert any("Raising" in each and "mistake in progress" in each for each in sentences), sentences


def test_a_query_that_never_starts_raises_and_leaves_nothing_behind(spark):
    feed = feed_of(spark)
    running = ticking(spark).format("noop").queryName("fine").start()
    handle = live(running)
    try:
        known = set(feed.histories)
        counted = spark.readStream.format("rate").load().groupBy("value").count().writeStream
        with pytest.raises(PySparkException, match="append"):
            counted.format("noop").outputMode("append").queryName("never").start()
        assert set(feed.histories) == known
        before = len(handle.history)
        until(lambda: len(handle.history) > before, 30)
    finally:
        running.stop()


def test_a_query_without_a_name_goes_by_its_id(spark):
    query = ticking(spark).format("noop").start()
    handle = live(query)
    try:
        until(lambda: len(handle.history) > 0, 30)
        title = f"query {query.id[:8]}"
        assert repr(handle).startswith(f"{title} · ")
        (row,) = (each for each in attach(spark).rows() if each["id"] == query.id)
        assert row["name"] == title
        assert row["code"] == f'query = spark.streams.get("{query.id}")\nquery'
        assert handle.dashboard.label == f"Live view of {title}"
    finally:
        query.stop()
