"""Spans of time that touch, made one; many keys at a time."""

# ruff: noqa: ANN001, ANN202 - the types of a compiled loop are in its signature

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

_I64 = nb.int64[::1]
_FEW = 16
"""How many places a row may move on average before sorting by insertion is given up."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Which rows make one session together.

    Attributes
    ----------
    count : int
        How many sessions there are, those of a single row included.
    order : array
        The rows of the sessions that have several, session by session and by time.
    place : array
        Per session of several rows, where its rows begin in ``order``.
    start, end : array
        Per session of several rows, its span.
    """

    count: int
    order: np.ndarray
    place: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @property
    def number(self) -> np.ndarray:
        """Per row in ``order``, its session."""
        sizes = np.diff(self.place, append=len(self.order))
        return np.repeat(np.arange(len(self.place)), sizes)

    @property
    def firsts(self) -> np.ndarray:
        """The first row of each session of several rows."""
        return self.order[self.place]

    @property
    def others(self) -> np.ndarray:
        """The rows in ``order`` that are not the first of theirs."""
        return np.delete(self.order, self.place)


def find_sessions(keys: np.ndarray, start: np.ndarray, end: np.ndarray) -> Sessions:
    """Return the sessions of rows with a key's number and a span each; the rows of a key come one behind the other.

    Within a key, a span that starts at or before the latest end so far continues the session (Spark:
    MergingSessionsIterator).
    """
    given = [np.require(one, np.int64, ["C", "W"]) for one in (keys, start, end)]
    size = len(keys)
    kept, place, begin, until = (np.empty(size, np.int64) for _ in range(4))
    count, rows, several = _scan(*given, np.arange(size), kept, place, begin, until)
    return Sessions(count, kept[:rows], place[:several], begin[:several], until[:several])


@nb.njit(nb.boolean(_I64, nb.int64, nb.int64), cache=True, no_cpython_wrapper=True, nogil=True)
def _is_later(start, row, other):  # type: ignore[no-untyped-def]
    return start[row] > start[other] or (start[row] == start[other] and row > other)


@nb.njit(
    nb.void(_I64, nb.int64, nb.int64, nb.int64, _I64),
    cache=True,
    no_cpython_wrapper=True,
    nogil=True,
)
def _sift(order, first, root, size, start):  # type: ignore[no-untyped-def]
    """Let a row sink in the heap of the ``size`` rows from ``first`` on."""
    row = order[first + root]
    child = 2 * root + 1
    while child < size:
        if child + 1 < size and _is_later(start, order[first + child + 1], order[first + child]):
            child += 1
        if not _is_later(start, order[first + child], row):
            break
        order[first + root] = order[first + child]
        root, child = child, 2 * child + 1
    order[first + root] = row


@nb.njit(nb.void(_I64, nb.int64, nb.int64, _I64), cache=True, no_cpython_wrapper=True, nogil=True)
def _sort_rows(order, first, stop, start):  # type: ignore[no-untyped-def]
    """Sort some rows by their start, in place; rows are nearly always in order, so few are moved far."""
    budget = _FEW * (stop - first)
    for at in range(first + 1, stop):
        row, back = order[at], at
        while back > first and _is_later(start, order[back - 1], row):
            order[back] = order[back - 1]
            back -= 1
            budget -= 1
        order[back] = row
        if budget < 0:
            break
    if budget >= 0:
        return
    size = stop - first
    for root in range(size // 2 - 1, -1, -1):
        _sift(order, first, root, size, start)
    for last in range(size - 1, 0, -1):
        order[first], order[first + last] = order[first + last], order[first]
        _sift(order, first, 0, last, start)


@nb.njit(
    nb.types.UniTuple(nb.int64, 3)(_I64, _I64, _I64, _I64, _I64, _I64, _I64, _I64),
    cache=True,
    nogil=True,
)
def _scan(keys, start, end, order, kept, place, begin, until):  # type: ignore[no-untyped-def]
    """Walk key by key; a session is kept only when a second row joins it."""
    count = rows = several = 0
    at = 0
    while at < keys.size:
        stop = at + 1
        while stop < keys.size and keys[stop] == keys[at]:
            stop += 1
        _sort_rows(order, at, stop, start)
        while at < stop:
            first, latest = at, end[order[at]]
            at += 1
            while at < stop and start[order[at]] <= latest:
                latest = max(latest, end[order[at]])
                at += 1
            count += 1
            if at - first > 1:
                place[several], begin[several], until[several] = rows, start[order[first]], latest
                for step in range(first, at):
                    kept[rows] = order[step]
                    rows += 1
                several += 1
    return count, rows, several
