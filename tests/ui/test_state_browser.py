"""The keys of a running query, read from its checkpoint: now, after an earlier batch, and what changed between."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it

import workbench as wb
from tests.ui.fake_query import FakeQuery, FakeSession
from tests.ui.test_feed import until
from workbench.base.errors import IllegalArgument, IllegalState, Unsupported
from workbench.base.latency_sketch import LatencySketch
from workbench.ui.live import live

ROWS = pa.table(
    {
        "at": pa.array(
            [datetime(2026, 1, 1, 0, minute) for minute in range(6)], pa.timestamp("us", "UTC")
        ),
        "origin": ["EWR", "JFK", "EWR", "LGA", "JFK", "EWR"],
    }
)


@pytest.fixture(scope="module")
def handle():
    """Two rows a batch, counted by airport: EWR 1 JFK 1, then EWR 2 LGA 1, then EWR 3 JFK 2."""
    spark = wb.session()
    stream = wb.replay(ROWS, time="at", speed=math.inf, max_rows=2, spark=spark)
    query = (
        stream.groupBy("origin").agg(F.count("*").alias("n"))
        .writeStream.format("memory").queryName("airports").outputMode("update").start()
    )  # fmt: skip
    query.processAllAvailable()
    made = live(query)
    until(lambda: len(made.history) >= 3)
    yield made
    query.stop()


def counts(table):
    """Airport → count, by position: the kernel names the columns."""
    return {row[0]: row[1] for row in table[list(table.columns[:2])].itertuples(index=False)}


def test_the_text_tells_the_operators(handle):
    assert "0 stateStoreSave: 3 rows in" in repr(handle.state)
    assert handle.state.operators["rows"].tolist() == [3]
    assert handle.state.stores["stateStoreName"].tolist() == ["default"]


def test_a_key_is_found_after_any_batch(handle):
    assert counts(handle.state.lookup("EWR")) == {"EWR": 3}
    assert counts(handle.state.lookup(("EWR",), batch=0)) == {"EWR": 1}
    assert counts(handle.state.lookup("nowhere")) == {}


def test_the_value_of_a_key_over_batches(handle):
    told = handle.state.over_batches("EWR")
    assert told["batch_id"].tolist() == [0, 1, 2]
    assert told[told.columns[3]].tolist() == [1, 2, 3]


def test_the_greatest_values_come_first(handle):
    assert list(counts(handle.state.top(2)).items()) == [("EWR", 3), ("JFK", 2)]
    assert "size" in handle.state.top(1, by="size")


def test_what_two_batches_changed(handle):
    changed = handle.state.diff(0, 1).set_index("change")
    assert set(changed.index) == {"changed", "added"}
    assert changed.loc["added"].iloc[0] == "LGA"
    assert changed.loc["changed"].tolist() == ["EWR", 1, 2]


def test_partitions_hold_all_keys(handle):
    assert handle.state.partitions()["count"].sum() == 3


def test_rows_that_stay_for_ever_say_so(handle):
    with pytest.raises(Unsupported, match="no window, event time or timeout"):
        handle.state.expiring()


def test_what_leaves_next_is_told_with_how_far_that_is():
    spark = wb.session()
    stream = wb.replay(ROWS, time="at", speed=math.inf, max_rows=2, spark=spark)
    seen = stream.withWatermark("at", "10 minutes").dropDuplicatesWithinWatermark(["origin"])
    query = seen.writeStream.format("noop").start()
    try:
        query.processAllAvailable()
        made = live(query)
        until(lambda: len(made.history) >= 3)
        coming = made.state.expiring(2)
        assert list(coming["leaves_at"]) == sorted(coming["leaves_at"])
        assert (coming["leaves_at"].iloc[0].minute, coming["after"].iloc[0]) == (10, "15 min")
        assert made.state.top(1, by="age")["origin"].tolist() == coming["origin"].tolist()[:1]
        found = made.state.find("LGA")
        assert found["origin"].tolist() == ["LGA"]
        made.state_panel.look({"look": "next", "operator": "0"})
        assert "leaves next, after the newest batch" in made.state_panel.answer["note"]
    finally:
        query.stop()


def test_buffers_of_one_name_are_told_apart():
    """`count` and `avg` both keep a `count`."""
    spark = wb.session()
    stream = wb.replay(ROWS, time="at", speed=math.inf, spark=spark)
    kept = stream.groupBy("origin").agg(F.count("*").alias("n"), F.avg(F.minute("at")).alias("m"))
    query = kept.writeStream.format("noop").outputMode("update").start()
    try:
        query.processAllAvailable()
        state = live(query).state
        columns = list(state.lookup("EWR").columns)
        assert len(set(columns)) == len(columns)
        assert state.lookup("EWR")["count"].tolist() == [3]
        assert state.top(1, by="size")["origin"].notna().all()
    finally:
        query.stop()


def test_a_key_of_other_fields_is_refused(handle):
    with pytest.raises(IllegalArgument, match="the key has the fields"):
        handle.state.lookup({"destination": "BOS"})
    with pytest.raises(IllegalArgument, match="the key has the fields"):
        handle.state.lookup(("EWR", "BOS"))
    with pytest.raises(IllegalArgument, match="the values have no column `speed`"):
        handle.state.top(by="speed")


def test_the_plan_is_text(handle):
    assert "== Sources ==" in repr(handle.plan)
    assert "== Plan ==" in handle.plan.text(extended=True)


def test_an_unknown_checkpoint_is_asked_for():
    handle = live(FakeQuery(FakeSession()))
    with pytest.raises(IllegalState, match=r"`flights` is not known here.*\.state\.at\(path\)"):
        handle.state.table()
    assert handle.state.at("/checkpoints/a").checkpoint == "/checkpoints/a"
    assert "keeps no state" in repr(handle.state)


def test_latency_says_why_there_is_none_and_tells_it_where_there_is():
    query = FakeQuery(FakeSession())
    handle = live(query)
    query.emit()
    assert "nothing tells when the rows were made" in repr(handle.latency)
    for slow in (10.0, 1000.0):
        sketch = LatencySketch.of(np.array([slow] * 50))
        metrics = {
            "latencyMs.p50": "4",
            "latencyMs.p95": "9",
            "latencyMs.p99": "30",
            "latencyMs.sketch": str(sketch),
        }
        query.emit(sink={"description": "MemorySink", "numOutputRows": 5, "metrics": metrics})
    assert repr(handle.latency) == (
        "newest batch: p50 4 ms, p95 9 ms, p99 30 ms\nall batches:  p50 10 ms, p95 1.00 s, p99 1.00 s"
    )
    assert handle.latency.between(1, 1)["p99"] == pytest.approx(10, rel=0.02)
    assert handle.latency.between(7, 9) == {}
    assert handle.latency.table["p95"].tolist()[-1] == 9
