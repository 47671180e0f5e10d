"""The next batch read while the present one is in state, sink and commit: a guess, checked before it counts."""

from __future__ import annotations

import logging
import os
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.engine.connectors.contract import FileScan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pyarrow as pa

    from workbench.engine.streaming.batch import Ahead, BatchRunner
    from workbench.engine.streaming.sources import OpenSource

    Guess = Callable[[], pa.Table | FileScan]

logger = logging.getLogger(__name__)

READ_AHEAD_BYTES = "workbench.streaming.readAheadBytes"
"""How many bytes of rows a query may hold for its next batch; 0: none is read before it is planned."""
READ_AHEAD_ROWS = "workbench.streaming.readAheadRows"
"""From how many rows a batch on the next one is read ahead: fewer are read sooner than a thread has taken its turn."""


@dataclass(slots=True)
class _Reading:
    """One guess: what its files were like before they were read, and what the head of the plan made of them."""

    guesses: Mapping[str, Guess]
    is_dropped: bool = False
    scans: dict[str, FileScan] = field(default_factory=dict)
    stamps: dict[str, object] = field(default_factory=dict)
    steps: Ahead | None = None
    thread: threading.Thread | None = None


class ReadAhead:
    """Reads what the next batch will most probably read, on a thread of its own.

    Only :meth:`_work` runs on that thread: it reads files and writes nothing, and what it raises is dropped, since the
    batch reads the same and raises it under its own number. A batch takes the rows when it reads the very files that were
    guessed and none has been touched since; else it reads for itself. At most one batch is held.

    Parameters
    ----------
    most_bytes : int
        How many bytes of rows may be held; 0 or less: nothing is read ahead.
    from_rows : int
        Nothing is read ahead while batches have fewer rows.
    """

    def __init__(self, most_bytes: int, from_rows: int = 1) -> None:
        self._most, self._from = most_bytes, max(1, from_rows)
        self._reading: _Reading | None = None

    def begin(self, runner: BatchRunner, sources: Sequence[OpenSource], held_bytes: float) -> None:
        """Start to read; ``held_bytes`` is what the rows of the present batch take, from which the next are judged."""
        self.drop()
        rows = sum(one.rows for one in sources)
        if self._most <= 0 or rows < self._from or not held_bytes:
            return
        asked = {one.name: one.following() for one in sources}
        guesses = {name: guess for name, guess in asked.items() if guess is not None}
        if not guesses:
            return
        reading = _Reading(guesses)
        reading.thread = threading.Thread(
            target=self._work,
            args=(reading, runner, self._most * rows / held_bytes),
            name="stream-read-ahead",
            daemon=True,
        )
        self._reading = reading
        reading.thread.start()

    def _work(self, reading: _Reading, runner: BatchRunner, most_rows: float) -> None:
        try:
            for name, guess in reading.guesses.items():
                rows = guess()
                if isinstance(rows, FileScan):
                    reading.stamps[name] = stamps(rows)
                    reading.scans[name] = rows
            if sum(scan.rows or 0 for scan in reading.scans.values()) <= most_rows:
                steps = runner.ahead(reading.scans, lambda: reading.is_dropped)
                reading.steps = steps if steps.nbytes <= self._most else None
        except Exception:  # the top of a thread: the batch itself meets the same, and says so
            logger.debug("nothing was read ahead", exc_info=True)

    def take(self, tables: Mapping[str, object]) -> Ahead | None:
        """Return what was made ahead of the batch that reads ``tables``, when it is there; None: nothing of use."""
        reading, self._reading = self._reading, None
        if reading is None or reading.thread is None:
            return None
        reading.thread.join()
        if reading.steps is None:
            return None
        same = {
            name for name, scan in reading.scans.items() if _is_same(reading, tables, name, scan)
        }
        return reading.steps.of(same)

    def drop(self) -> None:
        """Forget what was read; when this returns, nothing reads any more."""
        reading, self._reading = self._reading, None
        if reading is not None and reading.thread is not None:
            reading.is_dropped = True
            reading.thread.join()


def stamps(scan: FileScan) -> list[tuple[int, int, int]]:
    """Return what changes with a file's content: its number, size and time."""
    found = [os.stat(path) for path in scan.paths]
    return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]


def _is_same(reading: _Reading, tables: Mapping[str, object], name: str, scan: FileScan) -> bool:
    try:
        return tables.get(name) == scan and stamps(scan) == reading.stamps[name]
    except OSError:
        return False
