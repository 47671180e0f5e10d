"""Who is told what: pages that follow hear figures each second, everybody hears of starts and ends."""

from __future__ import annotations

import importlib
import json
from threading import RLock
from types import SimpleNamespace

import pytest

from tests.ui.fake_query import FakeQuery, FakeSession
from tests.ui.test_feed import until
from workbench.panel import beacon as module
from workbench.panel import busy
from workbench.panel.answer import answer
from workbench.panel.beacon import Beacon
from workbench.panel.busy import RunningCell
from workbench.ui.feed import feed_of
from workbench.ui.live import live


@pytest.fixture
def told(monkeypatch):
    messages = []
    monkeypatch.setattr(module, "publish", messages.append)
    return messages


@pytest.fixture
def beacon(monkeypatch):
    session = FakeSession()
    session.is_stopped = False
    made = Beacon(session, feed_of(session))
    monkeypatch.setattr(module, "_beacons", {made.key: made})
    made.query = FakeQuery(session)
    made.feed.watch(made.query)
    made.query.emit()
    return made


def test_everybody_hears_of_a_start_and_nobody_of_figures_until_a_page_follows(beacon, told):
    assert beacon.is_shown()
    beacon.flush()
    assert [each["name"] for each in told[0]["queries"]] == ["flights"]
    beacon.query.emit()
    assert not beacon.is_shown()
    beacon.follow("page", 1, 60)
    assert beacon.is_shown()


def test_one_page_that_looks_away_leaves_the_other_its_figures(beacon, told):
    beacon.flush()
    beacon.follow("first", 1, 60)
    beacon.follow("second", 1, 60)
    beacon.follow("first", 2, 0)
    assert beacon.is_followed()
    beacon.follow("second", 2, 0)
    assert not beacon.is_followed()


def test_a_request_that_waited_for_a_cell_does_not_undo_a_later_one(beacon, told):
    beacon.follow("page", 2, 60)
    beacon.follow("page", 1, 0)
    assert beacon.is_followed()


def test_a_kernel_that_hears_no_page_while_a_cell_runs_tells_everything(beacon, told, monkeypatch):
    beacon.flush()
    cell = RunningCell.__new__(RunningCell)
    cell.request, cell.kernel = {"header": {}}, SimpleNamespace()
    monkeypatch.setattr(busy, "_running", {0: cell})
    assert beacon.is_followed()
    cell.kernel = SimpleNamespace(_supports_kernel_subshells=True)
    assert not beacon.is_followed()
    cell.kernel, cell.request = SimpleNamespace(), None
    assert not beacon.is_followed()


def test_an_answer_has_every_query_of_every_session(beacon, told):
    asked = {"ask": "follow", "page": "page", "order": 1, "seconds": 60}
    content = answer(json.dumps(asked))._repr_json_()
    rows = content["sessions"][beacon.key]
    assert [(row["name"], row["state"]) for row in rows] == [("flights", "running")]
    assert rows[0]["rows_in"].endswith("/s")


def test_bokehjs_is_sent_when_a_page_asks_and_no_cell_runs(beacon, told, monkeypatch):
    """A page that hears of a new widget while a cell runs would call the cell idle."""
    sent = []
    answers = importlib.import_module(
        "workbench.panel.answer"
    )  # the package has a function of that name
    monkeypatch.setattr(answers, "get_ready", lambda: sent.append(1))
    asked = json.dumps({"ask": "follow", "page": "page", "order": 1, "seconds": 60})
    cell = RunningCell.__new__(RunningCell)
    cell.request, cell.kernel, cell.lock = {"header": {}}, SimpleNamespace(), RLock()
    monkeypatch.setattr(busy, "_running", {0: cell})
    answer(asked)
    assert sent == []
    cell.end()
    assert sent == [1]
    answer(asked)
    assert sent == [1, 1]


def test_a_new_session_greets_so_that_a_page_can_get_ready(told, monkeypatch):
    monkeypatch.setattr(module, "_beacons", {})
    session = FakeSession()
    session.is_stopped = False
    module.attach(session)
    module.attach(session)
    assert [each["queries"] for each in told] == [[]]


def test_a_control_of_a_query_that_is_gone_says_so(beacon):
    said = answer(json.dumps({"ask": "control", "action": "stop", "query": "gone"}))
    assert said.content == {
        "done": False,
        "message": "The kernel does not know this query any more.",
    }


def test_what_a_page_says_by_the_panels_way_reaches_its_dashboard(beacon):
    widget = live(beacon.query).dashboard
    said = {"ask": "say", "widget": widget.own_id, "content": {"kind": "stop", "view": "page"}}
    assert answer(json.dumps(said)).content == {"done": True}
    until(lambda: not beacon.query.isActive)
    gone = {"ask": "say", "widget": "gone", "content": {"kind": "stop"}}
    assert answer(json.dumps(gone)).content == {"done": False}
