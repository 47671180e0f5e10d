"""The newest output rows of a query, read in the background and never too often."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock, Thread
from typing import Any

from workbench.ui import wording
from workbench.ui.history import History
from workbench.ui.steering import Steering

log = logging.getLogger(__name__)

Peek = Callable[[int], Sequence[Any]]
"""How many rows → that many newest rows (`pyspark.sql.Row`), oldest first; may block, may raise."""
PeekAt = Callable[[str, int], Sequence[Any]]
"""The same at a node of the plan, "" for its output."""

ROWS = 50
PAUSE_S = 2.0
SHARE = 0.1
CELL = 160
MEMORY_SINK = "MemorySink"


class NewestRows:
    """What the rows panel shows.

    Reading costs the server a job, so it happens on a thread of its own, one at a time, only after a batch has
    written something, and takes at most a tenth of the time. Whoever asks gets what was read last.

    Parameters
    ----------
    history : History
        Tells when there may be new rows.
    peek : callable
        Reads them: of the node that was chosen, or of the output.
    """

    def __init__(self, history: History, peek: PeekAt) -> None:
        self.history = history
        self.peek = peek
        self.node = ""
        self.lock = Lock()
        self.seen = -1
        self.rest_until = 0.0
        self.panel: dict[str, Any] = {"columns": [], "rows": [], "note": "", "at": ""}

    def latest(self) -> dict[str, Any]:
        """Return the newest rows known, and see to it that newer ones are read. Never blocks."""
        if (
            self.seen != self.history.version
            and time.monotonic() >= self.rest_until
            and self.lock.acquire(blocking=False)
        ):
            self.seen = self.history.version
            Thread(target=self.read, name="workbench-rows", daemon=True).start()
        return self.panel

    def look_at(self, node: str) -> None:
        """Show the rows that pass a node from now on, "" for the output."""
        self.node, self.seen, self.rest_until = node, -1, 0.0

    def read(self) -> None:
        """Read once. Runs on a thread of its own, with the lock held by `latest`."""
        began, node = time.monotonic(), self.node
        try:
            self.panel = {**panel_of(self.peek(node, ROWS)), "at": node}
        except Exception as failure:  # noqa: BLE001 - a thread's top: the table may not exist, or no longer
            log.debug("the newest rows cannot be read: %s", failure)
            self.panel = {
                **(self.panel if self.panel.get("at") == node else {"columns": [], "rows": []}),
                "at": node,
                "note": f"Not readable: {wording.shorten(wording.first_line(str(failure)))}",
            }
        finally:
            now = time.monotonic()
            self.rest_until = now + max(PAUSE_S, (now - began) / SHARE)
            self.lock.release()


def memory_table(history: History, session: Any) -> Peek:
    """Return a reader of the table a memory sink fills."""

    def peek(count: int) -> Sequence[Any]:
        sink = history.shape.sink
        if not sink:
            return []
        if sink != MEMORY_SINK or not history.name:
            raise LookupError(
                f"{wording.shorten(sink, 60)} keeps no rows that could be read back from here"
            )
        return session.table(f"`{history.name}`").tail(count)

    return peek


def at_node(output: Peek, steering: Steering) -> PeekAt:
    """Return a reader of the rows at any node; the output's own reader is asked first, where it has rows to give."""

    def peek(node: str, count: int) -> Sequence[Any]:
        if not node:
            try:
                return output(count)
            except LookupError:
                if steering.off:
                    raise
        return list(steering.peek(node, count).collect())

    return peek


def panel_of(rows: Sequence[Any]) -> dict[str, Any]:
    """Return rows as text for the page, newest first."""
    if not rows:
        return {"columns": [], "rows": [], "note": ""}
    columns = [wording.shorten(name, 60) for name in rows[0].__fields__]
    texts = [[cell(value) for value in row] for row in reversed(rows)]
    return {
        "columns": columns,
        "rows": texts,
        "note": f"the newest {len(rows)}" if len(rows) == ROWS else "",
    }


def cell(value: Any) -> str:
    """Return one value as text; a window reads `start - end`."""
    if value is None:
        return "NULL"
    fields = getattr(value, "__fields__", None)
    if fields:
        return of_fields(dict(zip(fields, value, strict=True)))
    if isinstance(value, dict):
        return of_fields(value)
    if isinstance(value, bytes | bytearray):
        return wording.shorten(value.hex(" "), CELL)
    return wording.shorten(value, CELL)


def of_fields(fields: dict[Any, Any]) -> str:
    """Return a struct or a map as text."""
    if list(fields) == ["start", "end"] and isinstance(fields["start"], datetime):
        start, end = fields["start"], fields["end"]
        return f"{start} - {end.time() if end.date() == start.date() else end}"
    inside = ", ".join(f"{name}: {cell(value)}" for name, value in fields.items())
    return wording.shorten("{" + inside + "}", CELL)
