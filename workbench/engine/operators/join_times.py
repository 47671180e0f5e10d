"""The plain conditions on two event times of a join, checked as numbers.

``rt >= lt AND rt <= lt + INTERVAL 5 SECONDS`` says ``0 <= rt - lt <= 5 s``: two comparisons a pair, where the kernel would
first put all columns of both rows side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.operators.join_bounds import distance
from workbench.engine.plan.typed import Attribute, Call, Literal, Typed
from workbench.engine.plan.walk import every
from workbench.engine.state import arrays

_COMPARISONS = {"<", "<=", ">", ">="}
_SHIFTS = {"moment_plus_span", "moment_minus_span"}
_DAY_US = 86_400_000_000
_FAR_US = 2**61


@dataclass(frozen=True, slots=True)
class TimeBounds:
    """``lowest <= right - left <= highest``, in microseconds."""

    left: Attribute
    right: Attribute
    lowest: int
    highest: int

    def hold(self, left: pa.Array, right: pa.Array) -> np.ndarray | None:
        """Return which pairs are within the bounds; None where times are so far away that a difference may not fit."""
        lefts, rights = (arrays.filled(one) for one in (left, right))
        if _is_far(lefts) or _is_far(rights):
            return None
        apart = rights - lefts
        holds = (apart >= self.lowest) & (apart <= self.highest)
        for valid in (arrays.validity(left), arrays.validity(right)):
            if valid is not None:
                holds &= valid
        return holds


def time_bounds(
    condition: Iterable[Typed], left: Sequence[Attribute], right: Sequence[Attribute]
) -> TimeBounds | None:
    """Return what a condition's parts say when all are plain bounds on the same two times; None when any is more."""
    lefts, rights = ({one.id: one for one in side} for side in (left, right))
    lowest, highest, pairs = -_FAR_US * 2, _FAR_US * 2, set()
    for part in condition:
        found = distance(part) if _is_plain(part) else None
        if found is None:
            return None
        smaller, larger, gap = found
        if smaller in lefts and larger in rights:
            pairs.add((smaller, larger))
            lowest = max(lowest, gap)
        elif smaller in rights and larger in lefts:
            pairs.add((larger, smaller))
            highest = min(highest, -gap)
        else:
            return None
    if len(pairs) != 1:
        return None
    ((one, other),) = pairs
    return TimeBounds(lefts[one], rights[other], lowest, highest)


def _is_plain(part: Typed) -> bool:
    """Whether a comparison only moves times by less than a day: whole days go by the wall clock, which may jump."""
    inner = [one for one in every(part) if one is not part]
    return (
        isinstance(part, Call)
        and part.function in _COMPARISONS
        and all(_is_step(one) for one in inner)
        and len({type(one.type) for one in inner if isinstance(one, Attribute)}) == 1
    )


def _is_step(one: Typed) -> bool:
    if isinstance(one, Attribute):
        return isinstance(one.type, (t.TimestampType, t.TimestampNTZType))
    if isinstance(one, Literal):
        is_span = isinstance(one.type, t.DayTimeIntervalType) and one.value is not None
        return is_span and abs(int(one.value)) < _DAY_US
    return isinstance(one, Call) and one.function in _SHIFTS


def _is_far(times: np.ndarray) -> bool:
    return bool(len(times)) and max(int(times.max()), -int(times.min())) > _FAR_US
