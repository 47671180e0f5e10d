"""Spans of time that touch, made one; many keys at a time."""

# ruff: noqa: ANN001, ANN202 - the types of a compiled loop are those it is called with

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

_FEW = 16
"""Up to so many rows of one key, sorting by insertion is the fastest."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """Which session each row is in.

    Attributes
    ----------
    number : array
        Per row, its session; sessions are numbered from 0, by key and then by time.
    order : array
        The rows session by session.
    place : array
        Per session, where its rows begin in ``order``.
    start, end : array
        Per session, its span.
    """

    number: np.ndarray
    order: np.ndarray
    place: np.ndarray
    start: np.ndarray
    end: np.ndarray

    @property
    def first(self) -> np.ndarray:
        """Per session, one of its rows."""
        return self.order[self.place]

    @property
    def size(self) -> np.ndarray:
        """Per session, how many rows it is made of."""
        return np.diff(self.place, append=len(self.order))


def find_sessions(keys: np.ndarray, start: np.ndarray, end: np.ndarray) -> Sessions:
    """Return the sessions of rows with a key's number, small and dense, and a span each.

    Within a key, a span that starts at or before the latest end so far continues the session (Spark:
    MergingSessionsIterator).
    """
    groups = int(keys.max(initial=-1)) + 1
    number, order, place, begin, until, count = _scan(keys, start, end, groups)
    return Sessions(number, order, place[:count], begin[:count], until[:count])


@njit(cache=True, nogil=True)
def _by_key(keys, groups):  # type: ignore[no-untyped-def]
    """Return the rows key by key, and where each key's rows begin."""
    begins = np.zeros(groups + 1, np.int64)
    for key in keys:
        begins[key + 1] += 1
    for group in range(groups):
        begins[group + 1] += begins[group]
    free = begins[:-1].copy()
    order = np.empty(len(keys), np.int64)
    for row in range(len(keys)):
        order[free[keys[row]]] = row
        free[keys[row]] += 1
    return order, begins


@njit(cache=True, nogil=True)
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


@njit(cache=True, nogil=True)
def _scan(keys, start, end, groups):  # type: ignore[no-untyped-def]
    order, begins = _by_key(keys, groups)
    number = np.empty(len(keys), np.int64)
    place = np.empty(len(keys), np.int64)
    begin = np.empty(len(keys), np.int64)
    until = np.empty(len(keys), np.int64)
    session = -1
    for group in range(groups):
        _sort_rows(order[begins[group] : begins[group + 1]], start)
        for at in range(begins[group], begins[group + 1]):
            row = order[at]
            if at == begins[group] or start[row] > until[session]:
                session += 1
                place[session], begin[session], until[session] = at, start[row], end[row]
            until[session] = max(until[session], end[row])
            number[row] = session
    return number, order, place, begin, until, session + 1
