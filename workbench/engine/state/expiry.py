"""Which slots expire next, without looking at those that do not.

Slots wait in *runs*. A run is only known by the smallest time in it, its first slot's, and a heap gives the run with the
smallest. A run that is only partly due is split by time into smaller runs, so a slot is looked at a few times in its life,
however long the others wait. Times may change in place: a slot that was moved later is put back when its run comes up, one
that was moved earlier is queued again when the store says it was touched.
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
_NEVER = 1 << 64


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
        """Return the earliest time that waits; None: nothing waits.

        Runs whose first slot has gone or was moved later are put back by what they hold now, so this costs nothing while
        the first one stays, and else follows what was changed.
        """
        parts: list[tuple[np.ndarray, np.ndarray]] = []
        earliest = _NEVER
        while self.heap and self.heap[0][0] < earliest and not self._is_right(*self.heap[0]):
            slots, times = self._taken()
            if len(slots):
                parts.append((slots, times))
                earliest = min(earliest, int(times.min()))
        if parts:
            self._split(*map(np.concatenate, zip(*parts, strict=True)))
        return self.heap[0][0] if self.heap else None

    def _is_right(self, bound: int, run: int) -> bool:
        """Tell whether the slot that gave a run its time still waits in it for that time."""
        slot = self.runs[run][:1]
        if self.home[slot[0]] != run:
            return False
        times, valid = self.times(slot)
        return bool(times[0] == bound and (valid is None or valid[0]))

    def _taken(self) -> tuple[np.ndarray, np.ndarray]:
        """Take the first run out and return its slots that still wait there, with their times."""
        run = heapq.heappop(self.heap)[1]
        slots = self.runs.pop(run)
        slots = slots[self.home[slots] == run]
        times, valid = self.times(slots)
        self.home[slots] = 0
        return (slots, times) if valid is None else (slots[valid], times[valid])

    def due(self, limit: int, *, inclusive: bool) -> np.ndarray:
        """Take out and return the distinct slots whose time is at or before ``limit`` (before, when not inclusive)."""
        bound = limit if inclusive else limit - 1
        found = [np.zeros(0, np.int64)]
        later = []
        while self.heap and self.heap[0][0] <= bound:
            slots, times = self._taken()
            hit = times <= bound
            found.append(slots[hit])
            later.append((slots[~hit], times[~hit]))
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
        run, first = self._next_run(), int(times.argmin())
        self.smallest[run] = times[first]
        self.home[slots] = run
        slots[[0, first]] = slots[[first, 0]]
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
