"""Pause, step and tune a query, where the server can; where it cannot, the reason."""

from __future__ import annotations

import json
import time
from threading import Lock, Thread
from typing import Any, Protocol

from workbench.base.errors import Unsupported
from workbench.ui import wording
from workbench.ui.feed import now_ms
from workbench.ui.history import Event, History
from workbench.ui.tuning import checked, forked, is_forkable, knobs_of, now_set

LOOK_EVERY_S = 4.0
CARRIED_AS = "_workbench_controls"
NOT_OURS = "the session was not made by `wb.session()`"
AFTERWARDS = ("plan", "peek")
"""What a query that has ended still answers."""
NOT_KNOWN = "the server has no such control"


class Controls(Protocol):
    """What can be asked of a query beyond PySpark's API; `wb.session` puts one on the session it returns.

    Each takes PySpark's query first, may block, raises where the server has no such control, and returns the
    query as it stands: `is_active`, `is_paused`.
    """

    def pause(self, query: Any) -> dict[str, Any]:
        """Start no further batch."""

    def resume(self, query: Any) -> dict[str, Any]:
        """Go on."""

    def step(self, query: Any, batches: int = 1) -> dict[str, Any]:
        """Run some batches of a paused query and return when they are done."""

    def tune(self, query: Any, **settings: Any) -> dict[str, Any]:
        """Change settings from the next batch on."""

    def look(self, query: Any) -> dict[str, Any]:
        """Change nothing."""

    def restart(self, query: Any, **settings: Any) -> dict[str, Any]:
        """Stop, change what is part of the plan, and start again from the checkpoint."""

    def fork(self, query: Any, name: str, **settings: Any) -> Any:
        """Start the query once more on a copy of its checkpoint, into a table `name`; return the new query."""

    def plan(self, query: Any) -> list[dict[str, Any]]:
        """Return the nodes of the plan with live figures."""

    def peek(self, query: Any, node: str = "", rows: int = 20) -> Any:
        """Return the newest rows that passed a node, as a DataFrame; "" for the sink."""


class Steering:
    """The controls of one query, and whether there are any.

    `panel` never blocks: how the query stands is looked up on a thread of its own, at most every four seconds, as
    it may have been paused elsewhere. The other methods wait for the server's answer.

    Parameters
    ----------
    query : pyspark.sql.connect.streaming.query.StreamingQuery
        The query.
    history : History
        Gets a mark for every change.
    session : pyspark.sql.connect.session.SparkSession
        The query's session, which carries the controls if it has any.
    """

    def __init__(self, query: Any, history: History, session: Any) -> None:
        self.query = query
        self.history = history
        self.controls: Controls | None = getattr(session, CARRIED_AS, None)
        self.off = "" if self.controls is not None else NOT_OURS
        self.is_known = self.controls is None
        self.facts: dict[str, Any] = {}
        self.refused: dict[str, Any] | None = None
        self.next_look = 0.0
        self.lock = Lock()

    def pause(self) -> str:
        """Let the batch under way finish and start no other."""
        self.take(self.asked("pause"))
        return self.mark("paused", "no further batch starts")

    def resume(self) -> str:
        """Go on after a pause."""
        self.take(self.asked("resume"))
        return self.mark("resumed", "batches start again")

    def step(self, batches: int = 1) -> str:
        """Pause, run some batches, and return when they are done."""
        self.take(self.asked("step", batches))
        return self.mark("stepped", "one batch" if batches == 1 else f"{batches} batches")

    def tune(self, **changes: Any) -> str:
        """Change the query: while it runs (`tuning.KNOBS`), or by a new run from its checkpoint (`tuning.RESTARTS`)."""
        tuning = checked(changes, self.history.shape)
        self.refused = None
        if tuning.restart:
            facts = self.asked("restart", **tuning.restart)
            self.history.started(str(facts["run_id"]), now_ms(), self.history.name)
            self.take(facts)
        if tuning.settings:
            self.take(self.asked("tune", **tuning.settings))
        return self.mark("tuned", tuning.text)

    def fork(self, name: str, **changes: Any) -> Any:
        """Start the query once more on a copy of its checkpoint, some things changed, and return the new query."""
        tuning = forked(changes, self.history.shape)
        self.refused = None
        made = self.asked("fork", name, **tuning.restart)
        if tuning.settings and self.controls is not None:
            self.controls.tune(made, **tuning.settings)
        self.mark("forked", f"as {name}" + (f": {tuning.text}" if tuning.text else ""))
        return made

    def nodes(self) -> list[dict[str, Any]]:
        """Return the nodes of the plan with live figures."""
        return self.asked("plan")

    def peek(self, node: str, rows: int) -> Any:
        """Return the newest rows that passed a node, as a DataFrame."""
        return self.asked("peek", node, rows)

    def asked(self, name: str, *args: Any, **settings: Any) -> Any:
        """Ask the server, or raise why it cannot be asked."""
        if self.history.is_over and name not in AFTERWARDS:
            raise Unsupported("WORKBENCH_CONTROL.OVER", name=name)
        if not self.is_known:
            self.look()
        if self.off or self.controls is None:
            raise Unsupported("WORKBENCH_CONTROL.OFF", name=name, reason=self.off)
        return getattr(self.controls, name)(self.query, *args, **settings)

    def take(self, facts: dict[str, Any]) -> None:
        """Take in how the query stands."""
        self.facts, self.is_known = facts, True
        self.history.output_mode = str(facts.get("output_mode") or "")
        self.history.settings = json.loads(facts.get("settings") or "{}")
        self.history.pause(bool(facts.get("is_paused")))

    def refuse(self, failure: Exception, changes: dict[str, Any]) -> None:
        """Keep why a change from the page was not made; what a fork could have is offered there."""
        text = wording.shorten(wording.plain(str(failure)), 400)
        offered = {**changes} if isinstance(failure, Unsupported) and is_forkable(changes) else None
        self.refused = {"text": text, "changes": offered}

    def mark(self, kind: str, text: str) -> str:
        """Mark a change on every chart and return it as a sentence."""
        newest = self.history.newest.get("batch")
        batch = None if newest is None or kind in ("stepped", "forked") else int(newest) + 1
        self.history.note(Event(now_ms(), kind, text, batch))
        return f"{self.history.title} {kind}: {text}"

    def look(self) -> None:
        """Ask how the query stands; a server that does not know the question has no controls."""
        if self.controls is None:
            return
        try:
            self.take(self.controls.look(self.query))
        except Exception as failure:  # noqa: BLE001 - whatever a server answers to what it does not know
            if not self.is_known:
                self.off = f"{NOT_KNOWN}: {wording.shorten(wording.readable(str(failure)), 160)}"
            self.is_known = True

    def look_soon(self) -> None:
        """Look in the background, unless that was done just now."""
        ended = self.is_known and self.history.is_over
        if (
            self.off
            or ended
            or time.monotonic() < self.next_look
            or not self.lock.acquire(blocking=False)
        ):
            return

        def look() -> None:
            try:
                self.look()
            finally:
                self.next_look = time.monotonic() + LOOK_EVERY_S
                self.lock.release()

        Thread(target=look, name="workbench-look", daemon=True).start()

    def panel(self) -> dict[str, Any]:
        """Return the buttons for the page. Never blocks."""
        self.look_soon()
        return {
            "known": self.is_known,
            "off": off_sentence(self.off),
            "paused": self.history.is_paused,
            "over": self.history.is_over,
            "knobs": knobs_of(self.history.shape),
            "now": now_set(self.history.settings),
            "refused": self.refused,
        }

    def __repr__(self) -> str:
        """Return what can be done with the query."""
        if not self.is_known:
            self.look()
        if self.off:
            return off_sentence(self.off)
        names = ", ".join(f"{name}=" for name in knobs_of(self.history.shape))
        return f"pause(), resume(), step(n), tune({names}), fork(name)"


def off_sentence(reason: str) -> str:
    """Return why there are no controls, and what to do instead."""
    if not reason:
        return ""
    return (
        f"Pause, step, tune and fork are off: {reason}. They belong to Workbench's own engine (`wb.session()`); elsewhere"
        " stop the query and start it again from its checkpoint with other options."
    )
