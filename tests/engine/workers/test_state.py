"""Stateful functions in workers: killed at every step, the answer is that of an undisturbed run in this process."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql.streaming.state import GroupStateTimeout

import workbench as wb
from tests.engine.workers.conftest import dying_at, engine_of, gone
from tests.engine.workers.stateful import QUERIES, SCHEMA, fill, to_files


@pytest.fixture(scope="module")
def folder(spark, tmp_path_factory):
    """The input."""
    made = tmp_path_factory.mktemp("input")
    fill(spark, made)
    return made


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
    made = {
        kind: run(spark, folder, kind, tmp_path_factory.mktemp("checkpoint")) for kind in QUERIES
    }
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
def test_workers_killed_at_any_step_count_nothing_twice(
    spark, folder, tmp_path, undisturbed, kind, point
):
    pool = dying_at(spark, f"worker.{point}")
    before = pool.lost
    found, progress = run(spark, folder, kind, tmp_path)
    assert found == undisturbed[kind][0]
    assert states(progress) == states(undisturbed[kind][1])
    pool.names()
    assert pool.lost > before


def test_the_moves_of_a_killed_workers_partitions_are_in_the_progress(
    spark, folder, tmp_path, undisturbed
):
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
    assert all(
        sum(count for name, count in one.items() if name.endswith(".partitions")) == 4
        for one in told
    )


def test_workers_added_and_taken_while_a_query_runs_move_the_fewest_partitions(spark, tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "first").mkdir()
    spark.conf.set("spark.sql.shuffle.partitions", "6")
    counting = lambda key, frames, state: iter([pd.DataFrame({"n": [sum(map(len, frames))]})])  # noqa: E731 - goes by value
    read = spark.readStream.schema("k LONG").parquet(f"{tmp_path}/in/*")
    keyed = read.groupBy("k").applyInPandasWithState(
        counting, "n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout
    )
    query = (
        keyed.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", str(tmp_path / "c"))
        .start()
    )
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


def test_a_stateful_function_that_hangs_does_not_keep_its_query_from_stopping(
    spark, folder, tmp_path
):
    def hang(key, frames, state):
        time.sleep(1000)
        yield pd.DataFrame()

    read = spark.readStream.schema(SCHEMA).parquet(f"{folder}/*")
    hung = read.groupBy("k").applyInPandasWithState(
        hang, "n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout
    )
    query = (
        hung.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", str(tmp_path))
        .start()
    )
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


def test_a_worker_stopped_in_the_middle_costs_a_retry_and_never_a_row(
    spark, folder, tmp_path, undisturbed
):
    stopped = []

    def stop_one(query):
        wait_for_a_busy_worker(query)
        stopped.append(wb.workers()[0].pid)
        os.kill(stopped[0], signal.SIGSTOP)

    found, _ = run(spark, folder, "transformWithState", tmp_path, stop_one)
    assert found == undisturbed["transformWithState"][0]
    # Its end may have come before the stop: then the next query finds it.
    found, _ = run(spark, folder, "transformWithState", tmp_path / "next")
    assert found == undisturbed["transformWithState"][0]
    assert gone(stopped[0])


def wait_for_a_busy_worker(query):
    deadline = time.monotonic() + 30
    while query.isActive and time.monotonic() < deadline:
        if any(one.state == "busy" for one in wb.workers()):
            return
        time.sleep(0.005)


def read_out(spark, folder):
    return sorted(
        map(tuple, spark.read.schema("k STRING, n LONG").json(str(folder / "out")).collect())
    )


@pytest.mark.parametrize("point", ["sink.after:2", "state.partition:3"])
def test_the_engine_killed_while_workers_run_goes_on_where_it_was_and_leaves_no_worker(
    spark, folder, tmp_path, point
):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for one in (whole, broken):
        one.mkdir()
        (one / "in").symlink_to(folder)
    to_files(spark, "transformWithState", whole)

    program = [
        sys.executable,
        "-m",
        "tests.engine.workers.stateful",
        "transformWithState",
        str(broken),
    ]
    environment = {**os.environ, "WORKBENCH_CRASH_AT": point}
    killed = subprocess.run(
        program, env=environment, cwd=Path(__file__).parents[3], check=False, timeout=120
    )
    assert killed.returncode == -signal.SIGKILL
    pids = [int(pid) for pid in (broken / "workers").read_text().split()]
    assert len(pids) == 2
    assert all(gone(pid) for pid in pids)

    to_files(spark, "transformWithState", broken)
    assert read_out(spark, broken) == read_out(spark, whole) != []


def test_a_worker_that_lags_gives_partitions_away_and_gets_them_back(spark, tmp_path):
    slow = tmp_path / "slow"

    def counting(key, frames, state):
        if slow.exists() and slow.read_text() == str(os.getpid()):
            time.sleep(0.1)
        time.sleep(0.005)
        yield pd.DataFrame({"n": [sum(map(len, frames))]})

    (tmp_path / "in" / "first").mkdir(parents=True)
    spark.conf.set("spark.sql.shuffle.partitions", "6")
    read = spark.readStream.schema("k LONG").parquet(f"{tmp_path}/in/*")
    keyed = read.groupBy("k").applyInPandasWithState(
        counting, "n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout
    )
    query = (
        keyed.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", str(tmp_path / "c"))
        .start()
    )

    numbers = itertools.count()

    def batch():
        spark.range(48).selectExpr("id AS k").write.parquet(
            str(tmp_path / "in" / str(next(numbers)))
        )
        query.processAllAvailable()
        found = query.lastProgress.stateOperators[0].customMetrics
        return found["workerMoves"], found[f"{last.name}.partitions"], found[f"{last.name}.lags"]

    def batches_until(*wanted):
        """A batch at a time: that a worker lags shows in how long its calls take, which other programs disturb."""
        made = [batch()]
        while made[-1] != wanted and len(made) < 40:
            made.append(batch())
        return made

    try:
        engine_of(spark).calls.pool()
        last = wb.workers()[1]
        assert batch() == (0, 3, 0)
        slow.write_text(str(last.pid))
        assert batches_until(0, 3, 1)[-1] == (0, 3, 1)
        assert [batch(), batch()] == [(1, 2, 1), (0, 2, 1)]
        slow.unlink()
        recovery = batches_until(0, 3, 0)
    finally:
        query.stop()
        spark.conf.unset("spark.sql.shuffle.partitions")
    assert recovery[-1] == (0, 3, 0)
    assert len(recovery) > 3
    assert sum(moves for moves, *_ in recovery) == 1
