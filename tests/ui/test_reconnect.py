"""A lost connection: the feed listens again, and knows what happened meanwhile."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from tests.ui.test_feed import until
from workbench.ui.feed import feed_of
from workbench.ui.history import RAW_KEPT
from workbench.ui.live import live


@pytest.fixture
def session():
    made = FakeSession()
    made.streams._sqlb = SimpleNamespace(_listener_bus=made.listeners)
    made.known = {}
    made.streams.get = made.known.get
    return made


def meanwhile(query, *batches):
    """Batches that nobody heard of."""
    texts = [json.dumps(progress(n, query=query.id, run=query.runId)) for n in batches]
    query.recentProgress = [SimpleNamespace(json=text) for text in texts]


def test_after_a_lost_connection_the_batches_missed_are_there_and_new_ones_come(session):
    query = FakeQuery(session)
    session.known[query.id] = query
    history = live(query).history
    query.emit()
    session.listeners.clear()
    meanwhile(query, 0, 1, 2)
    query.batch = 3
    feed_of(session).keep_listening()
    until(lambda: len(history) == 3)
    query.emit()
    assert history.since(0)["batch"].tolist() == [0, 1, 2, 3]
    assert "the connection was lost, and is back" in [event.text for event in history.events]


def test_a_long_history_goes_on(session):
    query = FakeQuery(session)
    session.known[query.id] = query
    history = live(query).history
    for _ in range(RAW_KEPT + 50):
        query.emit()
    session.listeners.clear()
    meanwhile(query, RAW_KEPT + 49, RAW_KEPT + 50)
    feed_of(session).keep_listening()
    until(lambda: len(history) == RAW_KEPT + 51)
    assert history.newest["batch"] == RAW_KEPT + 50


def test_a_query_that_is_gone_has_ended(session):
    query = FakeQuery(session)
    history = live(query).history
    query.emit()
    session.listeners.clear()
    feed_of(session).keep_listening()
    until(lambda: history.is_over)
    assert history.state == "stopped"


def test_a_server_that_is_still_away_is_asked_again(session):
    query = FakeQuery(session)
    session.known[query.id] = query
    live(query)
    session.listeners.clear()
    add, feed = session.streams.addListener, feed_of(session)
    session.streams.addListener = lambda listener: None
    feed.keep_listening()
    until(lambda: not feed.reconnecting.locked())
    assert session.listeners == []
    session.streams.addListener = add
    feed.keep_listening()
    until(lambda: session.listeners == [feed])


def test_who_listens_is_left_alone(session):
    feed = feed_of(session)
    feed.keep_listening()
    assert session.listeners == [feed]
