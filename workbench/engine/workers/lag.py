"""Which workers fall behind: a decision from figures, without clocks or processes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import median

SLOW, RECOVERED = 2.0, 1.25
"""A worker lags when a row costs it twice what it costs the others; until that is nearly the same again, it stays so."""
STREAK = 3
"""As many batches in a row must say the same before anything changes, so that one slow batch moves no partition."""
_NOISE_SECONDS = 0.02
_WEIGHT = 0.5


@dataclass(frozen=True, slots=True)
class Pace:
    """How a worker keeps up. ``cost``: seconds a row, smoothed; ``streak``: batches in a row that contradict ``lags``."""

    cost: float = 0.0
    streak: int = 0
    lags: bool = False


def judge(paces: Mapping[str, Pace], batch: Mapping[str, tuple[int, float]]) -> dict[str, Pace]:
    """Return the paces after a batch.

    Parameters
    ----------
    paces : mapping of str to Pace
        Those before; workers that are not in it are new.
    batch : mapping of str to (rows, seconds)
        What each worker there is now had to do, and how long it took. One with next to nothing to do keeps its pace.

    Examples
    --------
    >>> paces = {}
    >>> for _ in range(3):
    ...     paces = judge(paces, {"a": (100, 0.1), "b": (100, 0.5)})
    >>> [name for name, pace in paces.items() if pace.lags]
    ['b']
    """
    smoothed = {
        name: _smoothed(paces.get(name, Pace()), *figures) for name, figures in batch.items()
    }
    return {name: _judged(name, smoothed, *batch[name]) for name in smoothed}


def _measures(rows: int, seconds: float) -> bool:
    return rows > 0 and seconds >= _NOISE_SECONDS


def _smoothed(pace: Pace, rows: int, seconds: float) -> Pace:
    if not _measures(rows, seconds):
        return pace
    cost = seconds / rows
    return replace(pace, cost=cost if not pace.cost else _WEIGHT * cost + (1 - _WEIGHT) * pace.cost)


def _judged(name: str, paces: Mapping[str, Pace], rows: int, seconds: float) -> Pace:
    pace = paces[name]
    others = [one.cost for other, one in paces.items() if other != name and one.cost]
    if not others or not _measures(rows, seconds):
        return pace
    ratio = pace.cost / median(others)
    contradicts = ratio < RECOVERED if pace.lags else ratio > SLOW
    streak = pace.streak + 1 if contradicts else 0
    return (
        replace(pace, streak=0, lags=not pace.lags)
        if streak == STREAK
        else replace(pace, streak=streak)
    )
