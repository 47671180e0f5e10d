"""The plan of a query with live figures, looked up in the background while somebody looks."""

from __future__ import annotations

import logging
import time
from threading import Lock, Thread
from typing import Any

from workbench.ui.history import History
from workbench.ui.plan_from_progress import nodes_from
from workbench.ui.plan_graph import graph
from workbench.ui.steering import Steering

log = logging.getLogger(__name__)

LOOK_EVERY_S = 3.0
PARTLY = "What progress tells: on this server nobody counts the steps between."


class PlanWatch:
    """The nodes of a query's plan as they were last seen.

    The engine of `wb.session()` counts rows and time at every node and is asked for them, at most every three seconds, on a
    thread of its own; of other servers there is what their progress tells.

    Parameters
    ----------
    history : History
        The query's progress.
    steering : Steering
        Asks the engine.
    """

    def __init__(self, history: History, steering: Steering) -> None:
        self.history = history
        self.steering = steering
        self.lock = Lock()
        self.seen: list[dict[str, Any]] = []
        self.next_look = 0.0

    def panel(self) -> dict[str, Any]:
        """Return the graph for the page, and see to it that it is looked up again. Never blocks."""
        self.look_soon()
        return {
            "nodes": graph(self.seen or nodes_from(self.history.last)),
            "note": "" if self.seen else PARTLY,
        }

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes as they are now; waits for the server."""
        self.look()
        return self.seen or nodes_from(self.history.last)

    def look(self) -> None:
        """Ask the engine, if there is one and the query runs; afterwards what was seen last stays."""
        if self.steering.off or self.history.is_over:
            return
        try:
            self.seen = self.history.nodes = self.steering.nodes()
        except Exception as failure:  # noqa: BLE001 - whatever a server answers to what it does not know
            log.debug("the plan of %s is not known: %s", self.history.title, failure)

    def look_now(self, patience_s: float = 0.5) -> None:
        """Look in the background and wait a moment for the answer, so that what is said next is said of now."""
        self.look_soon()
        if self.lock.acquire(timeout=patience_s):
            self.lock.release()

    def look_soon(self) -> None:
        """Look in the background, unless that was done just now."""
        if time.monotonic() < self.next_look or not self.lock.acquire(blocking=False):
            return

        def work() -> None:
            try:
                self.look()
            finally:
                self.next_look = time.monotonic() + LOOK_EVERY_S
                self.lock.release()

        Thread(target=work, name="workbench-plan", daemon=True).start()
