"""Listening again after a lost connection: PySpark removes every listener then, and says so only as a warning."""

from __future__ import annotations

import logging
from threading import Thread
from typing import TYPE_CHECKING, Any

from workbench.ui.history import Event, History

if TYPE_CHECKING:
    from workbench.ui.feed import Feed

log = logging.getLogger(__name__)
PATIENCE_S = 10


def listen(session: Any, feed: Feed) -> None:
    """Add the feed to a session's listeners.

    PySpark's listener thread would keep a script from ending; a thread inherits "daemon" from the thread that
    starts it, so the listener is added from a daemon thread.
    """
    adding = Thread(target=session.streams.addListener, args=(feed,), daemon=True)
    adding.start()
    adding.join(timeout=PATIENCE_S)


def is_listening(session: Any, feed: Feed) -> bool:
    """Whether PySpark still has the listener; it has no public way to ask, and where it cannot be asked it has."""
    bus = getattr(getattr(session.streams, "_sqlb", None), "_listener_bus", None)
    return bus is None or feed in bus


def listen_again(session: Any, feed: Feed, now_ms: float) -> bool:
    """Listen again if the listener was lost, and fetch what was missed; return whether it was. May block.

    Nothing is raised: while the server is away this fails, and is tried again at the feed's next beat.
    """
    if getattr(session, "is_stopped", False) or is_listening(session, feed):
        return False
    try:
        listen(session, feed)
        if is_listening(session, feed):
            for history in running(feed):
                catch_up(session, feed, history, now_ms)
    except Exception as failure:  # noqa: BLE001 - whatever a server that is away makes of it
        log.debug("not connected yet: %s", failure)
    return True


def running(feed: Feed) -> list[History]:
    """Return the histories of queries that were running when the connection was lost."""
    with feed.lock:
        return [history for history in feed.histories.values() if not history.is_over]


def catch_up(session: Any, feed: Feed, history: History, now_ms: float) -> None:
    """Fetch what one query did meanwhile; one the server does not know any more has ended."""
    query = session.streams.get(history.query_id)
    if query is None:
        history.note(Event(now_ms, "note", "the query ended while the connection was lost"))
        history.ended(history.runs[-1] if history.runs else "", now_ms, None)
        return
    history.note(Event(now_ms, "note", "the connection was lost, and is back"))
    feed.catch_up(query, history)
