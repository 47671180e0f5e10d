"""What a query keeps, key by key, for each kind of operator that keeps something."""

from __future__ import annotations

import pytest
from pyspark.sql.streaming import StatefulProcessor

import workbench as wb
from tests.ui.stateful import alarms, by_two, clock_alarms, minutes, sessions, unmatched
from tests.ui.test_feed import until
from workbench.base.errors import Unsupported
from workbench.ui.live import live


@pytest.fixture(scope="module")
def spark():
    return wb.session()


@pytest.fixture
def kept():
    """Start a query, wait until all of its rows are read, and return its handle."""
    made = []

    def start(frame):
        made.append(frame.writeStream.outputMode("append").format("noop").start())
        made[-1].processAllAvailable()
        handle = live(made[-1])
        until(lambda: len(handle.history) >= made[-1].lastProgress.batchId + 1)
        return handle

    yield start
    for query in made:
        query.stop()


def fives(spark, first=0):
    """15 rows in three batches."""
    return minutes(spark, 15, first, max_rows=5)


def looked(handle, look, operator=0, **more):
    """What the dashboard answers."""
    handle.state_panel.look({"look": look, "operator": str(operator), **more})
    return handle.state_panel.answer


def test_sessions(spark, kept):
    state = kept(sessions(fives(spark))).state
    coming = state.expiring(1)
    assert (coming["leaves_at"].iloc[0].minute, coming["after"].iloc[0]) == (24, "11 min")
    assert state.diff(0, 1)["change"].tolist() == ["changed"]
    assert state.top(1, by="age")["count"].tolist() == [15]


def test_both_sides_of_a_join(spark, kept):
    handle = kept(unmatched(fives(spark), minutes(spark, 5, max_rows=2)))
    state = handle.state
    assert state.lookup(14)["at"].iloc[0].minute == 14
    assert state.lookup(4, side="right")["later"].iloc[0].minute == 4
    oldest = state.table().selectExpr("min(value.n)").first()[0]
    assert state.top(1, by="age")["n"].tolist() == [oldest]
    assert set(state.diff(0, 1, side="left")["change"]) <= {"added", "removed"}
    assert state.over_batches(14)["batch_id"].min() == 2
    assert state.partitions(side="right")["count"].sum() == state.table(side="right").count()
    with pytest.raises(Unsupported, match="a row of a join leaves when nothing can match it"):
        state.expiring()
    with pytest.raises(Unsupported, match=r"operator 0 \(symmetricHashJoin\) has no timers"):
        state.timers()
    (first, other) = handle.state_panel.panel()["operators"]
    assert first.startswith("0 symmetricHashJoin: ")
    assert other == "0 symmetricHashJoin: right side"
    assert "later" in looked(handle, "size", operator=1)["columns"]


def test_timers_of_event_time_are_told_by_the_watermark(spark, kept):
    handle = kept(alarms(minutes(spark, 5)))
    told = handle.state.timers()
    assert told["k"].tolist() == [0, 1]
    assert told["after"].tolist() == ["7 min", "8 min"]
    assert handle.state.expiring()["k"].tolist() == [0, 1]
    assert looked(handle, "next")["columns"][:3] == ["leaves_at", "after", "k"]


def test_timers_of_the_clock_are_told_by_the_clock(spark, kept):
    """Though the stream has a watermark, which is months ago."""
    handle = kept(clock_alarms(fives(spark)))
    told = handle.state.timers()
    assert sorted(told["k"]) == [0, 1]
    assert all(after.startswith(("9 min", "10 min")) for after in told["after"])
    assert handle.state.over_batches(0)["n"].tolist() == [3, 5, 8]
    assert handle.state.diff(0, 2).set_index("k").loc[1, ["before.n", "after.n"]].tolist() == [2, 7]


class Variables(StatefulProcessor):
    """A list, a map and a value that lives for an hour."""

    def init(self, handle):
        self.seen = handle.getListState("seen", "v LONG")
        self.thirds = handle.getMapState("thirds", "third LONG", "v LONG")
        self.last = handle.getValueState("last", "v LONG", ttlDurationMs=3_600_000)

    def handleInputRows(self, key, rows, timerValues):
        for row in rows:
            self.seen.appendValue((row.n,))
            self.thirds.updateValue((row.n % 3,), (row.n,))
            self.last.update((row.n,))
        return iter([])


def test_variables_of_a_processor(spark, kept):
    variables = by_two(fives(spark)).transformWithState(
        Variables(), "k LONG", "append", "ProcessingTime"
    )
    handle = kept(variables)
    state = handle.state
    assert state.top(1)["v"].tolist() == [14]  # of the list, the first variable
    assert state.lookup(0, variable="thirds")["k"].tolist() == [0, 0, 0]
    assert state.top(1, variable="last")["v"].tolist() == [14]
    assert state.expiring(1, variable="last")["after"].iloc[0].startswith(("59 min", "1 h"))
    assert len(state.diff(0, 1, variable="seen")) == 5
    assert state.over_batches(1, variable="seen").groupby("batch_id").size().tolist() == [2, 5, 7]
    assert state.partitions(variable="seen")["count"].sum() == 15
    with pytest.raises(Unsupported, match="the variable has no time to live"):
        state.expiring(variable="seen")
    looked(handle, "partitions")
    assert handle.state_panel.panel()["operators"][1:] == [
        "0 transformWithStateInPySparkExec: variable thirds",
        "0 transformWithStateInPySparkExec: variable last",
    ]
    assert len(looked(handle, "key", operator=1, key="1")["rows"]) == 3


class OddNames(StatefulProcessor):
    """Variables whose names a store or a file could have, and a timer."""

    def init(self, handle):
        self.handle = handle
        self.all = [handle.getValueState(name, "v LONG") for name in ("timers", "default", "../a")]

    def handleInputRows(self, key, rows, timerValues):
        for row in rows:
            for place, one in enumerate(self.all):
                one.update((row.n + 100 * place,))
        self.handle.registerTimer(FAR_MS)
        return iter([])


FAR_MS = 4_000_000_000_000


def test_variables_are_asked_for_by_the_names_the_processor_gave_them(spark, kept):
    odd = by_two(fives(spark)).transformWithState(OddNames(), "k LONG", "append", "EventTime")
    handle = kept(odd)
    state = handle.state
    assert state.parts(0).variables == ("timers", "default", "../a")
    assert sorted(state.top(2)["v"]) == [13, 14]
    assert state.top(1, variable="default")["v"].tolist() == [114]
    assert state.top(1, variable="../a")["v"].tolist() == [214]
    assert sorted(state.timers()["k"]) == [0, 1]
    looked(handle, "partitions")
    assert handle.state_panel.panel()["operators"][1:] == [
        "0 transformWithStateInPySparkExec: variable default",
        "0 transformWithStateInPySparkExec: variable ../a",
    ]
    (row,) = looked(handle, "key", operator=2, key="1")["rows"]
    assert "213" in map(str, row)
