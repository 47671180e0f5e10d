"""What passes each node of a query's plan: rows, time, and the newest rows themselves."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.engine.streaming.sources import count_rows

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 50
"""How many rows of a node can be looked at."""
SMALL = 2_000
"""Tables up to so many rows are kept as they are; of larger ones the last rows are copied, now and then."""
COPY_EVERY_S = 0.1
MARK_EVERY_S = 0.5
MARKS = 12
SILENCE_S = 5.0
BATCH = "batch"


@dataclass(slots=True)
class Passed:
    """What passed a node since the query's start."""

    rows: int = 0
    seconds: float = 0.0
    newest: Any = None
    copied_at: float = 0.0


class Meter:
    """Counts rows and time by node. Written by the query's thread, read by any.

    Rates are over the last five seconds or so, by marks set twice a second; the rows kept are those of the newest batch
    that had any.
    """

    def __init__(self, now: Callable[[], float] = time.perf_counter) -> None:
        self._now = now
        self._passed: dict[str, Passed] = {}
        self._marks: deque[tuple[float, dict[str, tuple[int, float]]]] = deque(maxlen=MARKS)
        self._lock = threading.Lock()
        self._ended_at = 0.0

    def timed(self, name: str, work: Callable[[], Any]) -> Any:
        """Do a node's work, which gives a table (or files to read), and count both."""
        begun = self._now()
        rows = work()
        self.took(name, self._now() - begun, rows)
        return rows

    def took(self, name: str, seconds: float, rows: Any = None, count: int = -1) -> None:
        """Count time and the rows of a table; ``count`` where they are known, as for files not read yet."""
        found = self._passed.get(name)
        if found is None:
            with self._lock:
                found = self._passed[name] = Passed()
        found.seconds += seconds
        if rows is None:
            return
        count = count_rows(rows) if count < 0 else count
        found.rows += count
        if count and isinstance(rows, pa.Table):
            self._keep(found, rows)

    def _keep(self, found: Passed, rows: pa.Table) -> None:
        if rows.num_rows <= SMALL:
            found.newest = rows
        elif (now := self._now()) - found.copied_at >= COPY_EVERY_S:
            # A slice alone would keep the whole batch in memory; taking from all of it would join its chunks first.
            last = rows.slice(rows.num_rows - KEPT)
            found.newest, found.copied_at = last.take(pa.array(range(KEPT))), now

    def begins_batch(self) -> None:
        """Set a mark when it is time for one; after a silence there is only the present."""
        now = self._now()
        if now - self._ended_at > SILENCE_S:
            self._marks.clear()
        if not self._marks or now - self._marks[-1][0] >= MARK_EVERY_S:
            self._marks.append((now, self._totals()))

    def ended_batch(self, seconds: float) -> None:
        """Count a batch."""
        self.took(BATCH, seconds)
        self._ended_at = self._now()

    def _totals(self) -> dict[str, tuple[int, float]]:
        with self._lock:
            return {name: (one.rows, one.seconds) for name, one in self._passed.items()}

    def newest(self, name: str, count: int) -> pa.Table | None:
        """Return the newest rows that passed a node, None before any."""
        with self._lock:
            found = self._passed.get(name)
        rows = found.newest if found else None
        return None if rows is None else rows.slice(max(0, rows.num_rows - min(count, KEPT)))

    def figures(self) -> dict[str, dict[str, float]]:
        """Return, by node: rows since the start and a second lately, milliseconds and their share of the batches' time."""
        now, totals = self._now(), self._totals()
        since, before = self._marks[0] if self._marks else (now, {})
        batches = totals.get(BATCH, (0, 0.0))[1] - before.get(BATCH, (0, 0.0))[1]
        return {
            name: rates(total, before.get(name, (0, 0.0)), now - since, batches)
            for name, total in totals.items()
            if name != BATCH
        }


def rates(
    total: tuple[int, float], before: tuple[int, float], wall: float, batches: float
) -> dict[str, float]:
    """Return one node's figures from its totals now and before; ``wall`` and ``batches`` are the seconds between."""
    rows, seconds = total[0] - before[0], total[1] - before[1]
    return {
        "rows": total[0],
        "rows_per_second": rows / wall if wall > 0 else 0.0,
        "ms": seconds * 1000,
        "share": min(1.0, seconds / batches) if batches > 0 else 0.0,
    }
