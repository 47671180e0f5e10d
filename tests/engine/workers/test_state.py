"""Stateful functions in workers: killed at every step, the answer is that of an undisturbed run in this process."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
import uuid

import pandas as pd
import pytest
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

import workbench as wb
from tests.engine.workers.conftest import dying_at

SCHEMA = "k STRING, v LONG, ts TIMESTAMP"
BATCHES = 4
START = dt.datetime(2024, 1, 1)


@pytest.fixture(scope="module")
def folder(spark, tmp_path_factory):
    """Four files, a batch each: nine keys come and go, so that state is made, read, changed, removed and expires."""
    made = tmp_path_factory.mktemp("input")
    for batch in range(BATCHES):
        rows = [
            (f"k{(number * 7 + batch * 4) % 9}", number, START + dt.timedelta(seconds=batch * 60 + number))
            for number in range(24)
            if (number + batch) % 3
        ]
        spark.createDataFrame(rows, SCHEMA).coalesce(1).write.parquet(str(made / f"batch={batch}"))
        for place in (made / f"batch={batch}").glob("*.parquet"):
            os.utime(place, (1_700_000_000 + batch,) * 2)
    return made


def group_state(rows):
    """Sums that are told and removed when their key was quiet for half a minute."""

    def summing(key, frames, state):
        if state.hasTimedOut:
            yield pd.DataFrame({"k": [key[0]], "n": [-state.get[0]]})
            state.remove()
            return
        total = (state.get[0] if state.exists else 0) + sum(int(frame.v.sum()) for frame in frames)
        if total % 5 == 0 and state.exists:
            state.remove()
        else:
            state.update((total,))
            state.setTimeoutTimestamp(state.getCurrentWatermarkMs() + 30_000)
        yield pd.DataFrame({"k": [key[0]], "n": [total]})

    keyed = rows.withWatermark("ts", "10 seconds").groupBy("k")
    return keyed.applyInPandasWithState(summing, "k STRING, n LONG", "n LONG", "update", GroupStateTimeout.EventTimeTimeout)


def processor(rows):
    """A sum, a list and a timer a key; the timer tells the sum and clears it."""

    class Summing(StatefulProcessor):
        def init(self, handle):
            self.handle = handle
            self.total = handle.getValueState("total", "n LONG")
            self.seen = handle.getListState("seen", "v LONG")

        def handleInputRows(self, key, rows, times):
            values = [int(value) for frame in rows for value in frame.v]
            before = self.total.get()
            total = sum(values) + (before[0] if before else 0)
            self.total.update((total,))
            self.seen.appendList([(value,) for value in values])
            self.handle.registerTimer(times.getCurrentWatermarkInMs() + 30_000)
            yield pd.DataFrame({"k": [key[0]], "n": [total]})

        def handleExpiredTimer(self, key, times, info):
            total, seen = self.total.get()[0], len(list(self.seen.get()))
            if not list(self.handle.listTimers())[1:]:
                self.total.update((0,))
                self.seen.clear()
            yield pd.DataFrame({"k": [key[0]], "n": [-total * 100 - seen]})

        def close(self):
            pass

    keyed = rows.withWatermark("ts", "10 seconds").groupBy("k")
    return keyed.transformWithStateInPandas(Summing(), "k STRING, n LONG", "update", "EventTime")


QUERIES = {"applyInPandasWithState": group_state, "transformWithState": processor}


def run(spark, folder, kind, checkpoint, meanwhile=lambda query: None):
    """Run a query over all files; return its rows, sorted, and its progress."""
    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).parquet(f"{folder}/*")
    name = f"out_{uuid.uuid4().hex}"
    writer = QUERIES[kind](read).writeStream.outputMode("update").format("memory").queryName(name)
    query = writer.option("checkpointLocation", str(checkpoint)).trigger(availableNow=True).start()
    meanwhile(query)
    assert query.awaitTermination(120)
    return sorted(map(tuple, spark.table(name).collect())), query.recentProgress


@pytest.fixture(scope="module")
def undisturbed(spark, folder, tmp_path_factory):
    """What each query gives in this process."""
    wb.session(workers=0)
    made = {kind: run(spark, folder, kind, tmp_path_factory.mktemp("checkpoint")) for kind in QUERIES}
    wb.session(workers=2)
    return made


def states(progress):
    return [(one.stateOperators[0].numRowsTotal, one.numInputRows) for one in progress]


def metrics(progress):
    return [one.stateOperators[0].customMetrics for one in progress]


@pytest.mark.parametrize("kind", QUERIES)
def test_the_answer_is_that_of_this_process(spark, folder, tmp_path, undisturbed, kind):
    found, progress = run(spark, folder, kind, tmp_path)
    expected, before = undisturbed[kind]
    assert found == expected
    assert any(n < 0 for _, n in expected)
    assert states(progress) == states(before)
    assert {one["workers"] for one in metrics(progress)} == {2}


POINTS = ["received:2", "opened", "get:2", "put:3", "expire:2", "called:3", "answered:2"]


@pytest.mark.parametrize("kind", QUERIES)
@pytest.mark.parametrize("point", POINTS)
def test_workers_killed_at_any_step_count_nothing_twice(spark, folder, tmp_path, undisturbed, kind, point):
    pool = dying_at(spark, f"worker.{point}")
    before = pool.lost
    found, progress = run(spark, folder, kind, tmp_path)
    assert found == undisturbed[kind][0]
    assert states(progress) == states(undisturbed[kind][1])
    pool.names()
    assert pool.lost > before


def test_the_moves_of_a_killed_workers_partitions_are_in_the_progress(spark, folder, tmp_path, undisturbed):
    spark.conf.set("spark.sql.shuffle.partitions", "4")
    try:
        dying_at(spark, "worker.called:4")
        found, progress = run(spark, folder, "applyInPandasWithState", tmp_path)
    finally:
        spark.conf.unset("spark.sql.shuffle.partitions")
    assert found == undisturbed["applyInPandasWithState"][0]
    told = metrics(progress)
    assert sum(one["workerRetries"] for one in told) == 2
    assert sum(one["workerMoves"] for one in told) == 4
    assert all(sum(count for name, count in one.items() if name.endswith(".partitions")) == 4 for one in told)


def test_workers_added_and_taken_while_a_query_runs_move_the_fewest_partitions(spark, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "first").mkdir()
    spark.conf.set("spark.sql.shuffle.partitions", "6")
    counting = lambda key, frames, state: iter([pd.DataFrame({"n": [sum(map(len, frames))]})])  # noqa: E731 - goes by value
    read = spark.readStream.schema("k LONG").parquet(f"{tmp_path}/in/*")
    keyed = read.groupBy("k").applyInPandasWithState(counting, "n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout)
    query = keyed.writeStream.outputMode("update").format("noop").option("checkpointLocation", str(tmp_path / "c")).start()
    moves = []
    try:
        for number, workers in enumerate([2, 2, 3, 3, 2, 0, 2]):
            wb.session(workers=workers)
            spark.range(60).selectExpr("id AS k").write.parquet(str(tmp_path / "in" / str(number)))
            query.processAllAvailable()
            moves.append(query.lastProgress.stateOperators[0].customMetrics.get("workerMoves"))
    finally:
        query.stop()
        spark.conf.unset("spark.sql.shuffle.partitions")
        wb.session(workers=2)
    assert moves[:6] == [0, 0, 2, 0, 2, None]


def test_a_stateful_function_that_hangs_does_not_keep_its_query_from_stopping(spark, folder, tmp_path):
    def hang(key, frames, state):
        time.sleep(1000)
        yield pd.DataFrame()

    read = spark.readStream.schema(SCHEMA).parquet(f"{folder}/*")
    hung = read.groupBy("k").applyInPandasWithState(hang, "n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout)
    query = hung.writeStream.outputMode("update").format("noop").option("checkpointLocation", str(tmp_path)).start()
    deadline = time.monotonic() + 30
    while not any(one.state == "busy" for one in wb.workers()) and time.monotonic() < deadline:
        time.sleep(0.05)
    query.stop()
    assert not query.isActive
    assert query.exception() is None


def test_workers_killed_from_outside_again_and_again(spark, folder, tmp_path, undisturbed):
    def kill_some(query):
        for _ in range(3):
            time.sleep(0.4)
            for view in wb.workers()[:1]:
                os.kill(view.pid, signal.SIGKILL)

    found, _ = run(spark, folder, "transformWithState", tmp_path, kill_some)
    assert found == undisturbed["transformWithState"][0]
