"""What the condition of a join says about the rows of one side alone.

Before::

    Join inner a.k = b.k AND a.x > 3      After:   Join inner a.k = b.k
      a                                              Filter a.k IS NOT NULL AND a.x > 3
      b                                                a
                                                     Filter b.k IS NOT NULL
                                                       b

A row that can match nothing and does not go on without a match is not kept as state, and below a watermark it does not move it.
Source: Spark's ``PushPredicateThroughJoin`` and ``InferFiltersFromConstraints``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pyspark.sql import types as t

from workbench.engine.operators.join_plan import conjunction, conjuncts
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Call, Cast, Typed
from workbench.engine.plan.walk import every

_FILTERED = {
    "inner": (True, True),
    "cross": (True, True),
    "semi": (True, True),
    "left": (False, True),
    "right": (True, False),
}
"""Of which side a row without a match goes nowhere: left, right."""

_NULL_IN_NULL_OUT = frozenset(
    {"==", "<", "<=", ">", ">=", "!=", "<>", "+", "-", "*", "moment_plus_span", "moment_minus_span"}
)


def side_filters(join: o.Join) -> o.Join:
    """Return a join with filters on the sides it drops rows of; what they check leaves the condition."""
    filtered = _FILTERED.get(join.kind, (False, False))
    if join.condition is None or not any(filtered):
        return join
    parts = list(conjuncts(join.condition))
    sides = []
    for side, is_filtered in zip((join.left, join.right), filtered, strict=True):
        mine = {attribute.id: attribute for attribute in side.output}
        own = [part for part in parts if is_filtered and _reads_only(part, mine)]
        parts = [part for part in parts if part not in own]
        wanted = [*own, *_present([*parts, *own], mine)] if is_filtered else []
        sides.append(o.Filter(side, conjunction(wanted)) if wanted else side)
    left, right = sides
    return replace(join, left=left, right=right, condition=conjunction(parts) if parts else None)


def _reads_only(part: Typed, mine: dict[int, Attribute]) -> bool:
    used = {one.id for one in every(part) if isinstance(one, Attribute)}
    return bool(used) and used <= mine.keys()


def _present(parts: list[Typed], mine: dict[int, Attribute]) -> list[Typed]:
    """Return that the columns without which no part holds are there."""
    found = {one.id for part in parts for one in _never_null(part)}
    return [
        Call("isnotnull", (attribute,), t.BooleanType(), False)
        for number, attribute in mine.items()
        if number in found
    ]


def _never_null(part: Typed) -> Iterator[Attribute]:
    """Yield the columns whose null makes a condition null."""
    if isinstance(part, Attribute):
        yield part
    elif isinstance(part, Cast):
        yield from _never_null(part.child)
    elif isinstance(part, Call) and part.function in _NULL_IN_NULL_OUT:
        for argument in part.arguments:
            yield from _never_null(argument)
