"""One listener per session, one history per query, one thread that keeps the views moving."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock, RLock, Thread, current_thread, main_thread
from typing import Any, Protocol

from pyspark.sql.streaming import StreamingQueryListener

from workbench.ui.history import Event, History
from workbench.ui.progress import millis
from workbench.ui.reconnect import is_listening, listen, listen_again
from workbench.ui.running_cell import running_cell
from workbench.ui.turns import TURNS

log = logging.getLogger(__name__)

PERIOD_S = 0.2
BEAT_S = 5.0
QUERIES_KEPT = 200


class View(Protocol):
    """Something on a screen that wants to be told."""

    def is_shown(self) -> bool:
        """Whether anybody can see it; called on the feed's thread."""

    def flush(self) -> None:
        """Send what is new, in at most one message; called on the feed's thread."""


class Feed(StreamingQueryListener):
    """Turns a session's query events into histories, and histories into messages.

    Threads: the listener methods run on PySpark's listener thread (`onQueryStarted` on the thread that called
    `start`); they only write to a history, never print and never raise. Views are flushed by a thread of the
    feed's own, five times a second while any view is shown and not at all otherwise. Only messages leave that
    thread, never a widget's traits: sending is safe from any thread, and a message sent from the kernel's
    loop would wait for the running cell, so a dashboard would stand still exactly when it is watched. While any
    view is shown, the threads of the kernel take turns more often (`turns`).
    """

    def __init__(self, period_s: float = PERIOD_S, session: Any = None) -> None:
        self.period_s = period_s
        self.session = session
        self.lock = RLock()
        self.reconnecting = Lock()
        self.histories: dict[str, History] = {}
        self.views: list[View] = []
        self.news = Flag()
        self.urgent = Flag()
        self.closed = False
        self.beat = 0
        self.loop: asyncio.AbstractEventLoop | None = None
        self.thread: Thread | None = None

    def history(self, query_id: str, name: str | None = None) -> History:
        """Return the history of a query, a new one at first; the oldest finished ones are forgotten."""
        with self.lock:
            if query_id not in self.histories:
                self.forget()
                self.histories[query_id] = History(query_id, name)
            return self.histories[query_id]

    def forget(self) -> None:
        """Make room for a query."""
        over = [key for key, history in self.histories.items() if history.is_over]
        for key in over[: max(0, len(self.histories) - QUERIES_KEPT + 1)]:
            del self.histories[key]

    def onQueryStarted(self, event: Any) -> None:  # noqa: N802 - PySpark's name
        """Take in a start."""
        self.take(lambda: self.start(event))

    def start(self, event: Any) -> None:
        """Note a start and the cell it came from: this runs on the thread that called `start`."""
        history = self.of(event)
        history.started(str(event.runId), millis(event.timestamp), event.name)
        history.cell = running_cell() or history.cell

    def onQueryProgress(self, event: Any) -> None:  # noqa: N802 - PySpark's name
        """Take in a batch."""
        self.take(lambda: self.of(event.progress).add(json.loads(event.progress.json)))

    def onQueryIdle(self, event: Any) -> None:  # noqa: N802 - PySpark's name
        """Take in that there was nothing to do."""
        self.take(lambda: self.of(event).idle(millis(event.timestamp)))

    def onQueryTerminated(self, event: Any) -> None:  # noqa: N802 - PySpark's name
        """Take in an end, with its error if it had one."""
        self.take(lambda: self.of(event).ended(str(event.runId), now_ms(), event.exception))

    def of(self, event: Any) -> History:
        """Return the history an event belongs to."""
        return self.history(str(event.id), getattr(event, "name", None))

    def take(self, step: Callable[[], None]) -> None:
        """Run one step of a listener method. The bus would print what we raise into a user's cell."""
        try:
            step()
        except Exception:
            # A thread's top: a listener must not raise.
            log.exception("an event of a streaming query could not be read")
        self.news.set()

    def watch(self, query: Any) -> History:
        """Return a query's history and fetch, in the background, what happened before we listened."""
        with self.lock:
            known = str(query.id) in self.histories and len(self.history(str(query.id)))
            history = self.history(str(query.id), query.name)
        if not known:
            Thread(
                target=self.catch_up, args=(query, history), name="workbench-catch-up", daemon=True
            ).start()
        return history

    def catch_up(self, query: Any, history: History) -> None:
        """Ask the server for a query's past and whether it still runs. Runs on a thread of its own."""
        try:
            history.backfill([json.loads(progress.json) for progress in query.recentProgress])
            if not query.isActive:
                error = query.exception()
                history.ended(str(query.runId), now_ms(), str(error) if error else None)
            else:
                history.started(str(query.runId), now_ms(), query.name)
        except Exception as failure:  # noqa: BLE001 - a thread's top: the server may be gone
            log.debug("the past of query %s is not known: %s", query.id, failure)
            history.note(Event(now_ms(), "note", "batches from before this view are not known"))
        self.news.set()

    def show(self, view: View) -> None:
        """Keep a view up to date from now on, as long as it is shown."""
        with self.lock:
            self.loop = running_loop() or self.loop
            if view not in self.views:
                self.views.append(view)
            if self.thread is None:
                self.thread = Thread(target=self.run, name="workbench-feed", daemon=True)
                self.thread.start()
        self.news.set()

    def run(self) -> None:
        """Flush the shown views at the feed's pace. Runs on the feed's thread."""
        next_beat = time.monotonic() + BEAT_S
        while not self.closed:
            looks = self.anybody_looks()
            TURNS.look(id(self), looks)
            self.news.wait(timeout=1.0 if looks else None)
            self.news.clear()
            self.urgent.clear()
            self.flush()
            if time.monotonic() > next_beat:
                next_beat = time.monotonic() + BEAT_S
                self.count_beat()
                self.keep_listening()
            self.urgent.wait(self.period_s)
        TURNS.look(id(self), is_looking=False)

    def hurry(self) -> None:
        """Flush now, at whatever pace: somebody pressed a button and waits to see what it did."""
        self.urgent.set()
        self.news.set()

    def keep_listening(self) -> None:
        """Listen again after a lost connection. On a thread of its own: a server that is away keeps callers waiting."""
        if self.session is None or is_listening(self.session, self) or self.reconnecting.locked():
            return

        def work() -> None:
            with self.reconnecting:
                listen_again(self.session, self, now_ms())
            self.news.set()

        Thread(target=work, name="workbench-reconnect", daemon=True).start()

    def anybody_looks(self) -> bool:
        """Whether any view is shown."""
        return any(view.is_shown() for view in list(self.views))

    def count_beat(self) -> None:
        """Count a beat when the kernel's loop is next free; without a loop, at once."""
        if self.loop is None or self.loop.is_closed():
            self.tick()
        else:
            self.loop.call_soon_threadsafe(self.tick)

    def tick(self) -> None:
        """Count one beat. Runs on the kernel's loop."""
        self.beat += 1

    def flush(self) -> None:
        """Flush every view once; views that nobody sees are left out and cost nothing."""
        for view in list(self.views):
            try:
                if view.is_shown():
                    view.flush()
            except Exception:
                # A thread's top: one broken view must not stop the others.
                log.exception("a live view could not be updated and is left out from now on")
                self.views.remove(view)

    def close(self) -> None:
        """Stop the feed's thread."""
        self.closed = True
        self.hurry()


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the kernel's loop, where this runs in it: a subshell has a loop and a thread of its own, and goes away."""
    if current_thread() is not main_thread():
        return None
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


_feeds: dict[str, Feed] = {}
_feeds_lock = RLock()


def feed_of(session: Any) -> Feed:
    """Return the one feed of a session, listening from the first call on."""
    key = str(session.session_id)
    with _feeds_lock:
        if key not in _feeds:
            feed = _feeds[key] = Feed(session=session)
            listen(session, feed)
        return _feeds[key]


def now_ms() -> float:
    """Return the time in milliseconds since 1970."""
    return time.time() * 1000
