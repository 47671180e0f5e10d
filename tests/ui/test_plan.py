"""The plan as a graph: places, words, the bottleneck, and what is known on a server that tells progress only."""

from __future__ import annotations

import pytest

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from tests.ui.test_feed import until
from workbench.base.errors import Unsupported
from workbench.ui.live import live
from workbench.ui.plan_from_progress import nodes_from
from workbench.ui.plan_graph import graph
from workbench.ui.plan_watch import PARTLY


def node(name, *inputs, share=0.1, **more):
    figures = {"rows": 10, "rows_per_second": 5.0, "state_rows": -1, "state_bytes": -1}
    return {
        "node": name,
        "kind": "step",
        "title": name,
        "detail": "",
        "inputs": inputs,
        "share": share,
        **figures,
        **more,
    }


JOIN = [
    node("left"), node("right"), node("both", "left", "right", share=0.6, state_rows=1200, state_bytes=5000), node("sink", "both"),
]  # fmt: skip


class Seeing:
    """Controls of a server that looks inside its queries."""

    def plan(self, query):
        return JOIN

    def look(self, query):
        return {"is_active": True, "is_paused": False}


def test_a_node_stands_behind_those_it_reads():
    places = [(one["column"], one["row"]) for one in graph(JOIN)]
    assert places == [(0, 0), (0, 1), (1, 0), (2, 0)]


def test_the_node_that_takes_most_of_the_time_is_the_bottleneck():
    assert [one["name"] for one in graph(JOIN) if one["worst"]] == ["both"]
    assert not any(one["worst"] for one in graph([node("a"), node("b", "a", share=0.2)]))


def test_what_nobody_knows_is_not_drawn_as_nothing():
    (only,) = graph([node("a", share=-1.0, rows_per_second=float("nan"))])
    assert (only["rate"], only["time"], only["state"], only["worst"]) == ("-", "-", "", False)


def test_progress_alone_tells_sources_state_and_sink():
    nodes = graph(nodes_from(progress(3)))
    assert [one["name"] for one in nodes] == ["source0", "state0", "sink"]
    assert nodes[1]["inputs"] == ["source0"]
    assert nodes[1]["state"] == "43 rows in state, 9.45 KB"
    assert nodes[2]["rate"] == "125 rows/s"
    assert nodes_from(None) == []


@pytest.fixture
def handle():
    session = FakeSession()
    query = FakeQuery(session)
    made = live(query)
    query.emit()
    return made


def test_elsewhere_the_plan_says_how_little_it_knows_and_a_peek_says_why_not(handle):
    panel = handle.watch.panel()
    assert panel["note"] == PARTLY
    assert [one["name"] for one in panel["nodes"]] == ["source0", "state0", "sink"]
    with pytest.raises(Unsupported, match=r"`peek` cannot be done here.*not made by"):
        handle.peek("source0")


def test_a_server_that_looks_inside_is_asked_in_the_background():
    session = FakeSession()
    session._workbench_controls = Seeing()
    handle = live(FakeQuery(session))
    handle.watch.panel()
    until(lambda: handle.watch.seen)
    panel = handle.watch.panel()
    assert [one["name"] for one in panel["nodes"]] == ["left", "right", "both", "sink"]
    assert panel["note"] == ""
    assert (
        "both  5 rows/s  60% of the time  1,200 rows in state, 5.00 KB  <- the bottleneck"
        in handle.plan.graph()
    )
