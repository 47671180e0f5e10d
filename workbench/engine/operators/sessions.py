"""Spans of time that touch, made one; many keys at a time."""

# ruff: noqa: ANN001, ANN202 - the types of a compiled loop are in its signature

from __future__ import annotations

from dataclasses import dataclass

import numba as nb
import numpy as np

_I64 = nb.int64[::1]
_FEW = 16
"""Up to so many rows of one key, sorting by insertion is the fastest."""


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
    count, order, place, begin, until, rows, several = _scan(*given)
    return Sessions(count, order[:rows], place[:several], begin[:several], until[:several])


@nb.njit(nb.void(_I64, _I64), cache=True, nogil=True)
def _sort_rows(rows, start):  # type: ignore[no-untyped-def]
    """Sort some rows by their start, in place."""
    if len(rows) > _FEW:
        rows[:] = rows[np.argsort(start[rows], kind="mergesort")]
        return
    for at in range(1, len(rows)):
        row, back = rows[at], at
        while back > 0 and start[rows[back - 1]] > start[row]:
            rows[back] = rows[back - 1]
            back -= 1
        rows[back] = row


@nb.njit(
    nb.types.Tuple((nb.int64, _I64, _I64, _I64, _I64, nb.int64, nb.int64))(_I64, _I64, _I64),
    cache=True,
    nogil=True,
)
def _scan(keys, start, end):  # type: ignore[no-untyped-def]
    """Walk key by key; a session is kept only when a second row joins it."""
    order = np.arange(len(keys))
    kept = np.empty(len(keys), np.int64)
    place = np.empty(len(keys), np.int64)
    begin = np.empty(len(keys), np.int64)
    until = np.empty(len(keys), np.int64)
    count = rows = several = 0
    at = 0
    while at < len(keys):
        stop = at + 1
        while stop < len(keys) and keys[stop] == keys[at]:
            stop += 1
        if stop - at > 1:
            _sort_rows(order[at:stop], start)
        while at < stop:
            first, latest = at, end[order[at]]
            at += 1
            while at < stop and start[order[at]] <= latest:
                latest = max(latest, end[order[at]])
                at += 1
            count += 1
            if at - first > 1:
                place[several], begin[several], until[several] = rows, start[order[first]], latest
                kept[rows : rows + at - first] = order[first:at]
                rows += at - first
                several += 1
    return count, kept, place, begin, until, rows, several
