"""The same views on a real Apache Spark: nothing here knows which server it talks to."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

from tests.ui.test_feed import until
from workbench.base.errors import Unsupported
from workbench.connect import controls
from workbench.ui.display_hook import display, handle_of
from workbench.ui.live import live

pytestmark = [pytest.mark.spark, pytest.mark.slow]


def counts(spark):
    rows = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    return (
        rows.withWatermark("timestamp", "1 second")
        .groupBy(F.window("timestamp", "1 second"))
        .count()
    )


@pytest.fixture
def query(spark):
    started = counts(spark).writeStream.format("memory").queryName("counts").start()
    yield started
    started.stop()


def test_a_query_tells_its_whole_story(query):
    handle = live(query)
    until(lambda: len(handle.history) >= 4, 90)
    until(lambda: handle.rows.latest()["rows"], 60)
    assert handle.rows.panel["columns"] == ["window", "count"]
    assert handle.history.shape.operators == ("stateStoreSave",)
    text = repr(handle)
    assert "counts · running" in text
    assert "Rows in state" in text
    assert len(handle.progress) == len(handle.history)
    assert handle.progress["watermark"].notna().any()


def test_a_late_handle_knows_the_past(spark, query):
    until(lambda: len(query.recentProgress) >= 3, 60)
    handle = live(spark.streams.get(query.id))
    until(lambda: len(handle.history) >= 3, 30)
    assert handle.history.since(0)["batch"][0] == 0


def test_the_end_and_the_error_arrive(spark):
    broken = spark.readStream.format("rate").load().select(F.expr("raise_error('no more')"))
    handle = live(broken.writeStream.format("noop").start())
    until(lambda: handle.history.is_over, 60)
    assert handle.history.state == "failed"
    assert "no more" in handle.why()


def test_display_starts_an_aggregate_in_complete_mode_and_the_rest_in_append(spark):
    total = display(spark.readStream.format("rate").load().groupBy().count())
    plain = display(spark.readStream.format("rate").load())
    try:
        until(lambda: total.rows.latest()["rows"] and len(plain.history), 90)
        assert total.history.shape.operators
        assert not plain.history.shape.operators
    finally:
        total.stop()
        plain.stop()


def test_one_query_object_has_one_handle(query):
    assert handle_of(query) is handle_of(query)


SCRIPT = """
import sys, time
from pyspark.sql import SparkSession
from workbench.ui.live import live
spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
query = spark.readStream.format("rate").load().writeStream.format("noop").start()
handle = live(query)
while not len(handle.history):
    time.sleep(0.1)
query.stop()
print("done")
"""


def test_a_script_with_a_live_handle_ends(spark_url, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    ran = subprocess.run(
        [sys.executable, script, spark_url], capture_output=True, timeout=120, check=False
    )
    assert ran.stdout.strip() == b"done", ran.stderr.decode()


def test_what_only_the_engine_can_do_says_so(spark, query, monkeypatch):
    # As `wb.session("sc://…")` gives them to every session.
    monkeypatch.setitem(spark.__dict__, "_workbench_controls", controls)
    handle = live(query)
    until(lambda: len(handle.history) >= 1, 90)
    with pytest.raises(Unsupported, match=r"the server has no such control.*start it again"):
        handle.pause()
    assert "Pause, step, tune and fork are off" in repr(handle.steering)
    assert "stateStoreSave" in repr(handle.state)
    handle.state_panel.look({"look": "next"})
    assert "Give the query's checkpointLocation" in handle.state_panel.answer["note"]
    assert "== Physical Plan ==" in repr(handle.plan)


def test_state_is_read_through_sparks_own_reader(spark, tmp_path):
    writer = counts(spark).writeStream.format("noop").outputMode("update")
    started = writer.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
    try:
        handle = live(started)
        until(lambda: len(handle.history) >= 3, 90)
        started.stop()
        state = handle.state.at(str(tmp_path / "checkpoint"))
        key = state.top(1)
        assert key["count"].iloc[0] > 0
        assert list(state.stores["stateStoreName"]) == ["default"]
        start = key["window"].iloc[0]["start"]
        assert len(state.lookup(start)) == 1
        assert len(state.find(str(start)[:19])) == 1
        coming = state.expiring(5)
        assert coming["leaves_at"].is_monotonic_increasing
        assert coming["leaves_at"].tolist() == [window["end"] for window in coming["window"]]
        assert state.partitions()["count"].sum() == len(state.table().toPandas())
        last = int(state.stores["maxBatchId"].iloc[0])
        assert set(state.diff(last - 1, last)["change"]) <= {"added", "removed", "changed"}
        assert len(state.over_batches(start)) >= 1
        handle.state_panel.look({"look": "next", "operator": "0", "batch": str(last)})
        assert handle.state_panel.answer["columns"][:2] == ["leaves_at", "after"]
    finally:
        started.stop()
