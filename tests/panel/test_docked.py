"""Dashboards that pages dock: each page gets a widget of its own, and those nobody sees are closed."""

from __future__ import annotations

import bokeh
import pytest

from tests.ui.fake_query import FakeQuery, FakeSession
from workbench.panel import docked as module
from workbench.panel.beacon import attach
from workbench.panel.docked import UNSEEN_KEPT, docked


@pytest.fixture
def query(monkeypatch):
    monkeypatch.setattr(module, "_docked", [])
    session = FakeSession()
    session.is_stopped = False
    made = FakeQuery(session)
    session.streams.get = {made.id: made}.get
    attach(session).feed.watch(made)
    made.emit()
    return made


def say(widget, kind):
    widget.hear(widget, {"kind": kind, "view": "page"}, [])


def test_every_page_gets_a_dashboard_of_its_own_and_bokeh_once(query):
    first = docked(query.id, [])
    again = docked(query.id, [bokeh.__version__])
    reloaded = docked(query.id, [])
    assert len({handle.dashboard.model_id for handle in (first, again, reloaded)}) == 3
    assert first.dashboard.library == again.dashboard.library != reloaded.dashboard.library


def test_a_query_nobody_knows_has_none(query):
    assert docked("gone", []) is None


def test_dashboards_that_no_page_shows_any_more_are_closed(query):
    seen = docked(query.id, []).dashboard
    say(seen, "hello")
    left: list = []
    for _ in range(UNSEEN_KEPT + 5):
        left.append(docked(query.id, [bokeh.__version__]).dashboard)
        say(left[-1], "hello")
        say(left[-1], "bye")
    newest = docked(query.id, [bokeh.__version__]).dashboard
    closed = [widget for widget in left if widget.comm is None]
    assert closed == left[:5]
    assert seen.comm is not None and newest.comm is not None
    assert not {id(widget) for widget in closed} & {id(view) for view in seen.feed.views}
