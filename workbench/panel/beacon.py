"""Tells the pages that look at this kernel of a session's queries, without being asked each time."""

from __future__ import annotations

import os
import sys
import time
from threading import RLock
from typing import Any

from workbench.panel.busy import is_deaf, watch
from workbench.panel.engine_side import paused_here
from workbench.panel.rows import row, run_of
from workbench.ui.feed import Feed, feed_of
from workbench.ui.history import History

MESSAGE = "workbench_queries"
PERIOD_S = 1.0
ENDED_SHOWN = 8
FORGET_S = 3600.0


class Beacon:
    """A view of a feed that is shown in JupyterLab's side panel.

    It publishes on the kernel's IOPub channel, in a message type only the panel listens for. A page that *asks*
    makes the kernel busy and idle again for everybody, so the notebook beside the panel would call a running cell
    idle: hence the kernel speaks by itself. Once a second while a page follows, and only when something changed;
    else only when a query starts, ends or pauses, which is what the status bar counts.

    Threads: `is_shown` and `flush` run on the feed's thread, `follow` on a subshell's.
    """

    def __init__(self, session: Any, feed: Feed) -> None:
        self.session = session
        self.feed = feed
        self.leases: dict[str, tuple[int, float]] = {}
        self.next_at = 0.0
        self.roster: list[tuple[str, str, str]] = []
        self.told: list[dict[str, Any]] = []

    @property
    def key(self) -> str:
        """The session's id."""
        return str(self.session.session_id)

    def follow(self, page: str, order: int, seconds: float) -> None:
        """Tell a page everything once a second for some time from now on; 0 ends it.

        A page numbers what it asks: a request that waited for a running cell must not undo a later one that a
        subshell answered before it.
        """
        now = time.monotonic()
        with self.feed.lock:
            if order > self.leases.get(page, (-1, 0.0))[0]:
                self.leases[page] = (order, now + seconds)
            forgotten = [key for key, (_, until) in self.leases.items() if until < now - FORGET_S]
            for key in forgotten:
                del self.leases[key]
        self.feed.news.set()

    def is_followed(self) -> bool:
        """Whether a page looks at the figures, or could not say so."""
        with self.feed.lock:
            return is_deaf() or any(time.monotonic() < until for _, until in self.leases.values())

    def is_shown(self) -> bool:
        """Whether there is anybody to tell, or anything everybody is told."""
        return self.is_followed() or self.present() != self.roster

    def present(self) -> list[tuple[str, str, str]]:
        """Return the queries and how they stand, without their figures."""
        here = paused_here()
        return [
            (found.query_id, run_of(found), standing(found, here)) for found in self.histories()
        ]

    def histories(self) -> list[History]:
        """Return the queries to show: all that run and the newest that ended."""
        with self.feed.lock:
            known = list(self.feed.histories.values())
        over = [history for history in known if history.is_over][-ENDED_SHOWN:]
        return [history for history in known if not history.is_over] + over[::-1]

    def rows(self) -> list[dict[str, Any]]:
        """Return every query's row."""
        here, over = paused_here(), bool(self.session.is_stopped)
        return [
            row(found, "stopped" if over and not found.is_over else standing(found, here))
            for found in self.histories()
        ]

    def flush(self) -> None:
        """Publish what changed, at most once a second."""
        present = self.present()
        if present == self.roster and time.monotonic() < self.next_at:
            return
        self.next_at = time.monotonic() + PERIOD_S
        rows = self.rows()
        if rows != self.told:
            self.roster, self.told = present, rows
            publish({"session": self.key, "process": os.getpid(), "queries": rows})


def standing(history: History, paused: dict[str, bool]) -> str:
    """Return a query's state: what the engine in this process says of a pause, else what was last heard."""
    is_paused = paused.get(history.query_id, history.is_paused)
    return "paused" if is_paused and not history.is_over else history.state


def publish(content: dict[str, Any]) -> None:
    """Send to every page that has a connection to this kernel; outside a kernel nobody listens."""
    kernel = getattr(ipython(), "kernel", None)
    if kernel is not None:
        topic = MESSAGE.encode()
        kernel.session.send(kernel.iopub_socket, MESSAGE, content, parent={}, ident=topic)


def ipython() -> Any:
    """Return the running IPython, None where there is none; nothing is imported."""
    return sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None


_beacons: dict[str, Beacon] = {}
_lock = RLock()


def attach(session: Any) -> Beacon:
    """Tell the panel of a session's queries from now on; calling it again changes nothing."""
    with _lock:
        found = _beacons.get(str(session.session_id))
        if found is None:
            found = Beacon(session, feed_of(session))
            _beacons[found.key] = found
            found.feed.show(found)
            watch(ipython())
            # A page that hears of a session asks for more, and is ready before the first query is shown.
            publish({"session": found.key, "process": os.getpid(), "queries": []})
        return found


def beacons() -> list[Beacon]:
    """Return the beacons of this process."""
    with _lock:
        return list(_beacons.values())
