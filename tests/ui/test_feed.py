"""One listener, histories by query, views flushed only while somebody looks."""

from __future__ import annotations

import sys
import time
from types import SimpleNamespace

import pytest

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from workbench.ui import feed as module
from workbench.ui.feed import QUERIES_KEPT, Feed, feed_of
from workbench.ui.turns import QUICK_S, Turns


class CountingView:
    def __init__(self, shown=True):
        self.shown, self.flushed = shown, 0

    def is_shown(self):
        return self.shown

    def flush(self):
        self.flushed += 1


@pytest.fixture
def feed():
    made = Feed(period_s=0.01)
    yield made
    made.close()


def until(condition, seconds=10):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


def test_a_session_has_one_feed_with_one_listener():
    session = FakeSession()
    assert feed_of(session) is feed_of(session)
    assert session.listeners == [feed_of(session)]
    assert feed_of(FakeSession()) is not feed_of(session)


def test_events_go_to_the_history_of_their_query():
    session = FakeSession()
    one, two, feed = FakeQuery(session, "one"), FakeQuery(session, "two"), feed_of(session)
    one.emit()
    one.emit()
    two.emit()
    one.stop(error="boom")
    assert len(feed.history(one.id)) == 2
    assert (feed.history(one.id).state, feed.history(one.id).error) == ("failed", "boom")
    assert (feed.history(two.id).name, feed.history(two.id).state) == ("two", "running")


def test_what_happened_before_is_fetched(feed):
    query = FakeQuery(FakeSession())
    query.recentProgress = [
        SimpleNamespace(json=__import__("json").dumps(progress(n, query=query.id, run=query.runId)))
        for n in range(3)
    ]
    history = feed.watch(query)
    until(lambda: len(history) == 3)
    assert history.since(0)["batch"].tolist() == [0, 1, 2]


def test_a_query_that_ended_before_we_looked_is_over(feed):
    query = FakeQuery(FakeSession())
    query.isActive, query.exception = False, lambda: ValueError("disk full")
    history = feed.watch(query)
    until(lambda: history.is_over)
    assert (history.state, history.error) == ("failed", "disk full")


def test_a_listener_never_raises_and_never_prints(feed, capsys):
    feed.onQueryProgress(
        SimpleNamespace(progress=SimpleNamespace(id="x", name=None, json="not json"))
    )
    feed.onQueryIdle(object())
    assert capsys.readouterr() == ("", "")


def test_a_shown_view_is_flushed_when_there_is_news(feed):
    view = CountingView()
    feed.show(view)
    until(lambda: view.flushed)
    feed.history("q").add(progress(0))
    before = view.flushed
    feed.news.set()
    until(lambda: view.flushed > before)


def test_nothing_is_sent_when_nobody_looks(feed):
    hidden = CountingView(shown=False)
    feed.show(hidden)
    feed.news.set()
    until(lambda: not feed.news.is_set())
    time.sleep(0.05)
    assert hidden.flushed == 0


def test_a_broken_view_does_not_stop_the_others(feed):
    broken, fine = CountingView(), CountingView()
    broken.flush = lambda: 1 / 0
    feed.show(broken)
    feed.show(fine)
    until(lambda: fine.flushed)
    assert broken not in feed.views


def test_finished_queries_are_forgotten_when_there_are_many():
    feed = Feed()
    for number in range(QUERIES_KEPT + 20):
        feed.history(f"q{number}").ended("run", 0.0, None)
    assert len(feed.histories) == QUERIES_KEPT
    assert f"q{QUERIES_KEPT + 19}" in feed.histories


def test_whoever_pressed_a_button_does_not_wait_for_the_pace():
    slow = Feed(period_s=60)
    view = CountingView()
    slow.show(view)
    until(lambda: view.flushed == 1)
    slow.hurry()
    until(lambda: view.flushed == 2)
    slow.close()
    until(lambda: not slow.thread.is_alive())


def test_threads_take_turns_more_often_while_somebody_looks(monkeypatch):
    usual = sys.getswitchinterval()
    monkeypatch.setattr(module, "TURNS", Turns())
    feeds = [Feed(period_s=0.01), Feed(period_s=0.01)]
    for each in feeds:
        each.show(CountingView())
    until(lambda: sys.getswitchinterval() == pytest.approx(QUICK_S))
    feeds[0].close()
    until(lambda: not feeds[0].thread.is_alive())
    assert sys.getswitchinterval() == pytest.approx(QUICK_S), "somebody else still looks"
    feeds[1].close()
    until(lambda: sys.getswitchinterval() == pytest.approx(usual))
