"""Which slots expire next, without looking at those that do not.

Slots wait in *runs*. A run is only known by the smallest time in it, and a heap gives the run with the smallest. A run
that is only partly due is split by time into smaller runs, so a slot is looked at a few times in its life, however long
the others wait. Times may change in place: a slot that was moved later is put back when its run comes up, one that was
moved earlier is queued again when the store says it was touched.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np

from workbench.engine.state import expirykernels
from workbench.engine.state.arrays import grown

Times = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]

_SPLIT_ABOVE = 512
_PIECES = 64
_ALL_VALID = np.zeros(0, np.bool_)


class ExpiryQueue:
    """Order slots by event time.

    Parameters
    ----------
    times : callable
        From slots to ``(int64 times, validity or None)``, as of now.
    """

    def __init__(self, times: Times) -> None:
        self.times = times
        self.home = np.zeros(0, np.int64)
        self.smallest = np.zeros(64, np.int64)
        self.runs: dict[int, np.ndarray] = {}
        self.heap: list[tuple[int, int]] = []
        self.last_run = 0

    def memory_bytes(self) -> int:
        """Return the bytes in use."""
        return self.home.nbytes + sum(run.nbytes for run in self.runs.values())

    def add(self, slots: np.ndarray) -> None:
        """Queue slots that are new or whose time may have become earlier; slots may repeat."""
        if not len(slots):
            return
        self._reserve(int(slots.max()) + 1)
        times, valid = self.times(slots)
        flags = _ALL_VALID if valid is None else valid
        run, waiting = self._next_run(), np.empty(len(slots), np.int64)
        asked = (slots, np.ascontiguousarray(times), flags, self.home, self.smallest, run)
        count = expirykernels.enqueue(*asked, waiting)
        if count:
            self._enter(run, waiting[:count])

    def forget(self, slots: np.ndarray) -> None:
        """Take slots out; called before they are given to other keys."""
        inside = slots[slots < len(self.home)]
        self.home[inside] = 0

    def first(self) -> int | None:
        """Return a time at or before the earliest that waits; None: nothing waits."""
        while self.heap:
            bound, run = self.heap[0]
            if (self.home[self.runs[run]] == run).any():
                return bound
            heapq.heappop(self.heap)
            del self.runs[run]
        return None

    def due(self, limit: int, *, inclusive: bool) -> np.ndarray:
        """Take out and return the distinct slots whose time is at or before ``limit`` (before, when not inclusive)."""
        bound = limit if inclusive else limit - 1
        found = [np.zeros(0, np.int64)]
        later = []
        while self.heap and self.heap[0][0] <= bound:
            run = heapq.heappop(self.heap)[1]
            slots = self.runs.pop(run)
            slots = slots[self.home[slots] == run]
            times, valid = self.times(slots)
            self.home[slots] = 0
            hit = times <= bound
            if valid is not None:
                hit &= valid
            found.append(slots[hit])
            wait = ~hit if valid is None else ~hit & valid
            later.append((slots[wait], times[wait]))
        for slots, times in later:
            self._split(slots, times)
        return np.concatenate(found)

    def _split(self, slots: np.ndarray, times: np.ndarray) -> None:
        if len(slots) <= _SPLIT_ABOVE:
            self._push(slots, times)
            return
        first = int(times.min())
        width = (int(times.max()) - first) // _PIECES + 1
        piece = ((times - first).view(np.uint64) // np.uint64(width)).astype(np.uint8)
        order = np.argsort(piece, kind="stable")
        edges = np.searchsorted(piece[order], np.arange(1, _PIECES))
        for part in np.split(order, edges):
            self._push(slots[part], times[part])

    def _push(self, slots: np.ndarray, times: np.ndarray) -> None:
        if not len(slots):
            return
        run = self._next_run()
        self.smallest[run] = times.min()
        self.home[slots] = run
        self._enter(run, slots)

    def _next_run(self) -> int:
        self.last_run += 1
        if self.last_run >= len(self.smallest):
            self.smallest = grown(self.smallest, 2 * len(self.smallest))
        return self.last_run

    def _enter(self, run: int, slots: np.ndarray) -> None:
        self.runs[run] = slots
        heapq.heappush(self.heap, (int(self.smallest[run]), run))

    def _reserve(self, capacity: int) -> None:
        if capacity > len(self.home):
            self.home = grown(self.home, max(capacity, 2 * len(self.home)))
