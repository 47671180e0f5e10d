"""The moment a query runs, put in where its plan asks for it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import types as t

from workbench.engine.functions.kernels import moments, zones
from workbench.engine.plan.operators import Operator
from workbench.engine.plan.typed import Literal, Now, Typed
from workbench.engine.plan.walk import map_parts, operators_of, parts

if TYPE_CHECKING:
    from collections.abc import Callable


def now_us() -> int:
    """Return the present moment, microseconds since 1970 UTC."""
    return time.time_ns() // 1000


def asks_for_moment(operator: Operator) -> bool:
    """Whether a plan, or a subquery in it, gives something else at another moment."""
    return any(
        _asks(expression) for one in operators_of(operator) for expression in parts(one, Typed)
    )


def at_moment(operator: Operator, moment_us: int) -> Operator:
    """Return a plan as it is at a moment, microseconds since 1970 UTC; itself where no moment is asked for."""
    if not asks_for_moment(operator):
        return operator
    return _at(operator, moment_us)


def at(now: Now, moment_us: int) -> Literal:
    """Return the literal that a moment is."""
    return Literal(_AS[type(now.type)](moment_us, now.zone), now.type)


def _asks(expression: Typed) -> bool:
    plan = getattr(expression, "plan", None)
    if isinstance(expression, Now) or (isinstance(plan, Operator) and asks_for_moment(plan)):
        return True
    return any(map(_asks, parts(expression, Typed)))


def _at(node: Operator | Typed, moment_us: int) -> Operator | Typed:
    """Return an operator or an expression with every moment inside it, subqueries' too, made a literal."""
    if isinstance(node, Now):
        return at(node, moment_us)
    for kind in (Operator, Typed):
        node = map_parts(node, kind, lambda part: _at(part, moment_us))
    return node


def _wall_clock_us(moment_us: int, zone: str) -> int:
    instant = pa.array([moment_us], pa.int64()).cast(moments.UTC)
    return zones.local_time(instant, zone).cast(pa.int64())[0].as_py()


_AS: dict[type[t.DataType], Callable[[int, str], int]] = {
    t.TimestampType: lambda moment_us, zone: moment_us,
    t.TimestampNTZType: _wall_clock_us,
    t.DateType: lambda moment_us, zone: _wall_clock_us(moment_us, zone) // zones.DAY_US,
    t.LongType: lambda moment_us, zone: moment_us // 1_000_000,
}
"""How each type tells a moment: the value of a literal of the type."""
