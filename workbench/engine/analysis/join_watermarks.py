"""Whether watermarks bound what a stream-stream join must remember.

Source: Spark's ``StreamingJoinHelper``: a watermark on a join key bounds both sides; else a condition that puts one side's
time above the other side's event time bounds that one side.
"""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.analysis.subqueries import conjuncts
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WATERMARK_DELAY, Attribute, Call, Typed
from workbench.engine.plan.walk import every

_ABOVE = {">": (0, 1), ">=": (0, 1), "<": (1, 0), "<=": (1, 0)}
"""Comparison → which argument is the greater, which the smaller."""


def _attributes(expression: Typed) -> list[Attribute]:
    return [part for part in every(expression) if isinstance(part, Attribute)]


def _ids(operator: o.Operator) -> set[int]:
    return {a.id for a in operator.output}


def _marked(operator: o.Operator) -> set[int]:
    return {a.id for a in operator.output if WATERMARK_DELAY in a.metadata}


def equal_keys(join: o.Join) -> list[tuple[Typed, Typed]]:
    """Return the pairs of expressions, left and right, that a join's condition makes equal."""
    left, right = _ids(join.left), _ids(join.right)
    pairs = []
    for part in conjuncts(join.condition) if join.condition is not None else []:
        if not (isinstance(part, Call) and part.function in ("==", "=", "<=>")):
            continue
        first, second = part.arguments
        sides = [{a.id for a in _attributes(x)} for x in (first, second)]
        if sides[0] and sides[1] and sides[0] <= left and sides[1] <= right:
            pairs.append((first, second))
        elif sides[0] and sides[1] and sides[0] <= right and sides[1] <= left:
            pairs.append((second, first))
    return pairs


def has_watermark_key(join: o.Join) -> bool:
    """Whether a join key is an event-time column or a window over one."""
    marked = _marked(join.left) | _marked(join.right)
    return any(
        a.id in marked for pair in equal_keys(join) for side in pair for a in _attributes(side)
    )


def bounds_state(join: o.Join, side: str) -> bool:
    """Whether rows of ``side`` (left, right) can be forgotten as the other side's watermark moves."""
    own, other = (join.left, join.right) if side == "left" else (join.right, join.left)
    mine, marked = _ids(own), _marked(other)
    if join.condition is None or not marked:
        return False
    return any(_is_above(part, mine, marked) for part in conjuncts(join.condition))


def _is_above(part: Typed, mine: set[int], marked: set[int]) -> bool:
    """Whether a condition puts a time of mine above a marked time of the other side."""
    if not (isinstance(part, Call) and part.function in _ABOVE):
        return False
    greater, smaller = (part.arguments[i] for i in _ABOVE[part.function])
    times = [
        a for a in _attributes(greater) if isinstance(a.type, (t.TimestampType, t.TimestampNTZType))
    ]
    reads = {a.id for a in _attributes(greater)}
    return bool(times) and reads <= mine and bool({a.id for a in _attributes(smaller)} & marked)
