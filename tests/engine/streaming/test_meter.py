"""What passes each node of a running query: rows, time, and the newest rows themselves."""

from __future__ import annotations

import pyarrow as pa
import pytest

from tests.engine.streaming.plans import at, events, sql
from workbench.base.errors import IllegalArgument
from workbench.engine.streaming.meter import KEPT, SMALL, Meter
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, run_stream


class Hand:
    """A clock that shows what it was set to."""

    def __init__(self):
        self.at = 100.0

    def __call__(self):
        return self.at


@pytest.fixture
def hand():
    return Hand()


@pytest.fixture
def meter(hand):
    return Meter(hand)


def numbers(count):
    return pa.table({"n": list(range(count))})


def batch(meter, hand, rows, seconds=0.5):
    meter.begins_batch()
    hand.at += seconds
    meter.took("source0", seconds / 2, numbers(rows))
    meter.ended_batch(seconds)


def test_rates_and_shares_are_those_of_the_last_seconds(meter, hand):
    batch(meter, hand, 1000)
    hand.at += 0.5
    batch(meter, hand, 3000)
    figures = meter.figures()["source0"]
    assert figures["rows"] == 4000
    assert figures["rows_per_second"] == pytest.approx(4000 / 1.5)
    assert figures["share"] == pytest.approx(0.5)


def test_after_a_silence_only_the_present_counts(meter, hand):
    batch(meter, hand, 1000)
    hand.at += 3600
    batch(meter, hand, 50)
    assert meter.figures()["source0"]["rows_per_second"] == pytest.approx(100)


def test_an_idle_query_slows_to_nothing(meter, hand):
    batch(meter, hand, 1000)
    hand.at += 3600
    assert meter.figures()["source0"]["rows_per_second"] < 1


def test_the_newest_rows_of_a_large_batch_do_not_keep_it_in_memory(meter, hand):
    large = numbers(SMALL * 100)
    meter.took("source0", 0.1, large)
    kept = meter.newest("source0", 3)
    assert kept.column("n").to_pylist() == [len(large) - 3, len(large) - 2, len(large) - 1]
    assert kept.column("n").chunk(0).buffers()[1].size < 100 * KEPT


def test_a_batch_without_rows_leaves_the_newest_as_they_are(meter):
    meter.took("state0", 0.1, numbers(4))
    meter.took("state0", 0.1, numbers(0))
    assert meter.newest("state0", 2).column("n").to_pylist() == [2, 3]
    assert meter.newest("fragment9", 2) is None


def test_a_query_shows_its_plan_as_a_graph_and_the_rows_at_every_node():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    plan = sql(
        "SELECT k, avg(unix_timestamp(t)) a FROM e WHERE k <> 'x' GROUP BY k",
        e=events(stream, "10 seconds"),
    )

    def holds(query):
        nodes = {row["node"]: row for row in query.nodes()}
        kinds = [row["kind"] for row in nodes.values()]
        assert (kinds[0], kinds[-1]) == ("source", "sink")
        assert {"watermark", "state"} <= set(kinds)
        known = set()
        for row in nodes.values():
            assert set(row["inputs"]) <= known, "a node stands behind those it reads"
            known.add(row["node"])
        assert nodes["source0"]["rows"] == 3
        assert (nodes["state0"]["rows"], nodes["state0"]["state_rows"]) == (1, 1)
        assert query.peek("source0").column_names == ["t", "k"]
        assert query.peek("source0", 2).column("k").to_pylist() == ["a", "x"]
        assert query.peek().column("k").to_pylist() == ["a"]
        with pytest.raises(IllegalArgument, match=r"no node `nowhere`.*source0"):
            query.peek("nowhere")
        return True

    rows = ((at(0), "a"), (at(1), "a"), (at(2), "x"))
    run_stream(plan, AddData(stream, *rows), Check(holds), output_mode="update")


def test_before_the_first_rows_there_are_columns_and_no_rows():
    stream = MemoryStream("k STRING")

    def holds(query):
        found = query.peek("source0")
        return (found.column_names, found.num_rows) == (["k"], 0)

    run_stream(sql("SELECT upper(k) FROM e", e=events(stream)), Check(holds))
