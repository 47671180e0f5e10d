"""Spans of time that touch, made one; many keys at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Sessions:
    """Which session each row is in.

    Attributes
    ----------
    number : array
        Per row, its session; sessions are numbered from 0.
    first : array
        Per session, one of its rows.
    start, end : array
        Per session, its span.
    size : array
        Per session, how many rows it is made of.
    """

    number: np.ndarray
    first: np.ndarray
    start: np.ndarray
    end: np.ndarray
    size: np.ndarray


def find_sessions(keys: np.ndarray, start: np.ndarray, end: np.ndarray) -> Sessions:
    """Return the sessions of rows with a key's number and a span each.

    Within a key, a span that starts at or before the latest end so far continues the session (Spark:
    MergingSessionsIterator).
    """
    order = np.lexsort((start, keys))
    key, begin, until = keys[order], start[order], end[order]
    latest = _running_latest(key, until)
    opens = np.ones(len(order), np.bool_)
    opens[1:] = (key[1:] != key[:-1]) | (begin[1:] > latest[:-1])
    places = np.flatnonzero(opens)
    number = np.empty(len(order), np.int64)
    number[order] = np.cumsum(opens) - 1
    last = np.append(places[1:], len(order))[: len(places)] - 1
    return Sessions(number, order[places], begin[places], latest[last], last - places + 1)


def _running_latest(key: np.ndarray, until: np.ndarray) -> np.ndarray:
    """Return the latest end so far within each key; ``key`` is ascending.

    Ends are compared by rank, with the key's number above it, so that one running maximum serves all keys.
    """
    if not len(key):
        return until
    values, rank = np.unique(until, return_inverse=True)
    width = len(values)
    return values[np.maximum.accumulate(key * width + rank) % width]
