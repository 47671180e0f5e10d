"""The views on this engine: steering a real query, one that fails at once, and fifty of them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

import workbench as wb
from tests.ui.test_feed import until
from workbench.base.errors import Unsupported
from workbench.ui.all_queries import AllQueries
from workbench.ui.live import live

MANY = 50


@pytest.fixture(scope="module")
def spark():
    return wb.session()


def replayed(spark, rows, **options):
    start = datetime(2026, 1, 1, tzinfo=UTC)
    at = pa.array([start + timedelta(seconds=n) for n in range(rows)], pa.timestamp("us", "UTC"))
    table = pa.table({"at": at, "n": list(range(rows))})
    return wb.replay(table, time="at", speed=math.inf, spark=spark, **options)


def test_a_real_query_is_paused_stepped_and_tuned(spark):
    stream = replayed(spark, 5000, max_rows=10)
    writer = stream.groupBy((F.col("n") % 7).alias("k")).count().writeStream.format("noop")
    query = writer.outputMode("update").trigger(processingTime="50 milliseconds").start()
    handle = live(query)
    try:
        until(lambda: len(handle.history) >= 2)
        handle.pause()
        handle.step()
        wb.tune(query, max_rows=33, state_partitions=3)
        handle.step()
        newest = query.lastProgress
        assert newest.numInputRows == 33
        assert newest.stateOperators[0].numShufflePartitions == 3
        until(lambda: handle.history.newest["batch"] == newest.batchId)
        assert [mark.kind for mark in handle.history.marks] == [
            "paused",
            "stepped",
            "tuned",
            "stepped",
        ]
        handle.resume()
        until(lambda: handle.history.newest["batch"] > newest.batchId + 1)
    finally:
        query.stop()


def test_another_watermark_goes_on_from_the_checkpoint_under_the_same_handle(spark):
    stream = replayed(spark, 5000, max_rows=50).withWatermark("at", "10 seconds")
    counted = stream.groupBy(F.window("at", "1 minute")).count()
    writer = counted.writeStream.format("memory").queryName("delayed").outputMode("append")
    query = writer.trigger(processingTime="50 milliseconds").start()
    handle = live(query)
    try:
        until(lambda: len(handle.history) >= 3)
        run = query.runId
        assert wb.tune(query, watermark="2 hours").startswith(
            "delayed tuned: the watermark 2 hours"
        )
        assert query.runId != run
        assert query.isActive
        query.processAllAvailable()
        assert {"restarted", "tuned"} <= {mark.kind for mark in handle.history.marks}
        assert not handle.history.is_over
    finally:
        query.stop()
    seen = spark.table("delayed").groupBy("window").count().where("count > 1").count()
    assert seen == 0, "no window came out twice"


def test_a_fork_runs_beside_the_query_it_came_from(spark):
    stream = replayed(spark, 2000, max_rows=100)
    counted = stream.groupBy((F.col("n") % 3).alias("k")).count()
    query = counted.writeStream.format("noop").outputMode("update").queryName("forks").start()
    handle = live(query)
    try:
        query.processAllAvailable()
        forked = handle.fork("beside", output_mode="complete")
        forked.query.processAllAvailable()
        assert forked.query.id != query.id
        assert forked.query.isActive
        assert query.isActive
        forked.stop()
    finally:
        query.stop()


def test_the_plan_shows_what_passes_where_and_the_rows_at_every_node(spark):
    stream = replayed(spark, 300, max_rows=100).where("n % 2 = 0")
    query = (
        stream.groupBy((F.col("n") % 3).alias("k"))
        .count()
        .writeStream.format("noop")
        .outputMode("update")
        .start()
    )
    handle = live(query)
    try:
        query.processAllAvailable()
        nodes = handle.plan.nodes.set_index("node")
        assert nodes.loc["source0", "rows"] == 300
        assert nodes.loc["sink", "kind"] == "sink"
        assert nodes.loc["state0", "state_rows"] == 3
        assert "rows in state" in handle.plan.graph()
        assert handle.peek("source0", 5)["n"].tolist() == [295, 296, 297, 298, 299]
        assert sorted(handle.peek()["k"].tolist()) == [0, 1, 2]
        handle.rows.look_at("source0")
        handle.rows.latest()
        until(lambda: handle.rows.panel["at"] == "source0")
        assert handle.rows.panel["columns"] == ["at", "n"]
        with pytest.raises(Exception, match="no node `nowhere`"):
            handle.peek("nowhere")
    finally:
        query.stop()


def test_a_query_that_fails_at_once_has_a_view_that_says_why(spark):
    broken = replayed(spark, 10).select(F.expr("raise_error('no more')"))
    handle = live(broken.writeStream.format("noop").start())
    until(lambda: handle.history.is_over)
    assert "It failed:" in handle.why()
    assert "no more" in handle.why()
    with pytest.raises(Unsupported, match="it has ended"):
        handle.tune(trigger="1 second")
    with pytest.raises(Unsupported, match="it has ended"):
        handle.pause()


def test_fifty_queries_at_once_are_all_listed(spark):
    queries = [
        replayed(spark, 5).writeStream.format("noop").queryName(f"q{n}").start()
        for n in range(MANY)
    ]
    table = AllQueries(spark)
    try:
        until(lambda: sum(row[2] != "-" for row in named(table)) == MANY, 60)
        assert len({row[0] for row in named(table)}) == MANY
        assert all(row[1] in ("running", "idle") for row in named(table))
    finally:
        for query in queries:
            query.stop()
    until(lambda: all(row[1] == "stopped" for row in named(table)))


def named(table):
    return [row for row in table.rows() if row[0].startswith("q") and row[0][1:].isdigit()]
