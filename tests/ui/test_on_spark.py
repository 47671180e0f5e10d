"""The same views on a real Apache Spark: nothing here knows which server it talks to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import timedelta

import pytest
from pyspark import cloudpickle
from pyspark.errors import StreamingQueryException
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

from tests.ui import stateful
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


STORE = "spark.sql.streaming.stateStore."
ROCKS = {
    f"{STORE}providerClass": "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider",
    f"{STORE}rocksdb.changelogCheckpointing.enabled": "true",
}


@pytest.fixture
def rocks(spark):
    """The session with the store that Spark's `transformWithState` needs; its functions travel as they are."""
    cloudpickle.register_pickle_by_value(stateful)
    for name, value in ROCKS.items():
        spark.conf.set(name, value)
    yield spark
    for name in ROCKS:
        spark.conf.unset(name)
    cloudpickle.unregister_pickle_by_value(stateful)


def put(folder, name, minutes):
    """Write a file with a row a minute; it is there all at once, and read in the order of the names."""
    folder.mkdir(exist_ok=True)
    times = [(n, stateful.START + timedelta(minutes=n)) for n in minutes]
    lines = [json.dumps({"at": at.isoformat(), "n": n}) for n, at in times]
    (folder / f".{name}").write_text("\n".join(lines))
    os.utime(folder / f".{name}", (int(name), int(name)))
    (folder / f".{name}").rename(folder / f"{name}.json")


def files(spark, folder):
    rows = spark.readStream.schema("at timestamp, n long").option("maxFilesPerTrigger", 1)
    return rows.json(str(folder)).withWatermark("at", "1 minute")


@pytest.fixture
def kept(tmp_path):
    """Run a query to the end of its rows; its handle, and its state where it was written."""
    made = []

    def start(frame, wait=lambda query: query.processAllAvailable()):
        for _ in range(STARTS):
            checkpoint = str(tmp_path / f"checkpoint{len(made)}")
            writer = frame.writeStream.format("noop").option("checkpointLocation", checkpoint)
            made.append(writer.start())
            if is_done(made[-1], wait):
                break
        handle = live(made[-1])
        until(lambda: len(handle.history) >= made[-1].lastProgress.batchId + 1, 30)
        return handle, handle.state.at(checkpoint)

    yield start
    for query in made:
        query.stop()


STARTS = 4
BUSY = "Python worker failed to connect back"


def one_batch(query):
    """Wait for a batch, and stop: timers of the clock keep Spark running batches, so that it never has done all."""
    until(lambda: query.exception() or query.lastProgress, 60)
    query.stop()
    if query.exception():
        raise query.exception()


def is_done(query, wait):
    """Wait for the rows to be read; False where Spark gave its Python up, which it does after ten seconds on a busy machine."""
    try:
        wait(query)
    except StreamingQueryException as failure:
        if BUSY in str(failure):
            return False
        raise
    return True


def test_one_of_two_sources_holds_the_watermark_back_and_that_is_all_spark_tells(spark, tmp_path, kept):  # fmt: skip
    ahead, behind = tmp_path / "ahead", tmp_path / "behind"
    put(ahead, "0", range(100))
    put(behind, "0", range(3))
    both = files(spark, ahead).union(files(spark, behind))
    handle, _ = kept(both.groupBy(F.window("at", "10 minutes")).count())
    for number in range(1, 4):
        put(ahead, str(number), range(100 * number, 100 * number + 10))
        handle.query.processAllAvailable()
    until(lambda: len(handle.history) >= 5, 30)
    said = handle.why()
    assert "One of its 2 sources holds it back, this server does not tell which" in said
    assert "Source 1 (FileStreamSource[" in said
    assert "has sent nothing for" in said


def test_timers_are_read_on_spark(rocks, tmp_path, kept):
    put(tmp_path / "rows", "0", range(5))
    put(tmp_path / "rows", "1", range(5, 9))
    _, state = kept(stateful.alarms(files(rocks, tmp_path / "rows")))
    timers = state.timers()
    assert [at.minute for at in timers["leaves_at"]] == [10, 11]
    assert timers["k"].tolist() == [0, 1]
    assert timers["after"].tolist() == ["3 min", "4 min"]
    assert state.timers(batch=0)["k"].tolist() == [0, 1]
    assert state.expiring(1)["k"].tolist() == [0]
    assert state.lookup(0)["n"].tolist() == [5]
    assert state.over_batches(0)["n"].tolist() == [3, 5]
    assert set(state.diff(0, 1)["change"]) == {"changed"}
    assert state.top(1, variable="count", by="size")["n"].notna().all()


def test_timers_of_the_clock_are_read_on_spark(rocks, tmp_path, kept):
    put(tmp_path / "rows", "0", range(5))
    _, state = kept(stateful.clock_alarms(files(rocks, tmp_path / "rows")), one_batch)
    told = state.timers()
    assert sorted(told["k"]) == [0, 1]
    assert not any(" d " in after for after in told["after"]), (
        "as far from now, not from 2026-01-01"
    )
    with pytest.raises(Unsupported, match="the variable has no time to live"):
        state.expiring(variable="count")


def test_both_sides_of_a_join_are_read_on_spark(spark, tmp_path, kept):
    put(tmp_path / "left", "0", range(15))
    put(tmp_path / "right", "0", range(5))
    put(tmp_path / "right", "1", range(5, 7))
    sides = files(spark, tmp_path / "left"), files(spark, tmp_path / "right")
    _, state = kept(stateful.unmatched(*sides))
    assert state.lookup(14)["n"].tolist() == [14]
    assert state.lookup(6, side="right")["m"].tolist() == [6]
    assert set(state.diff(0, 1, side="right")["change"]) <= {"added", "removed"}
    assert "added" in set(state.diff(0, 1, side="right")["change"])
    assert state.over_batches(14)["batch_id"].tolist()[0] == 0
    oldest = state.table().selectExpr("min(value.n)").first()[0]
    assert state.top(1, by="age")["n"].tolist() == [oldest]
    with pytest.raises(Unsupported, match=r"has no timers"):
        state.timers()
