"""An aggregate's buffers of single rows, for rows that are merged into state without being aggregated first.

Where keys are many, aggregating a batch before it meets the state looks every key up twice and makes the batch hardly
smaller. These are the aggregates whose buffers of one row are plain expressions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from datafusion import functions as f
from datafusion import lit
from pyspark.sql import types as t

from workbench.base.arrow_types import NUMBERS, to_arrow
from workbench.engine.kernel.expressions import build, build_all
from workbench.engine.plan.typed import AggregateCall, Named, Typed

if TYPE_CHECKING:
    from datafusion import Expr

    from workbench.engine.operators.buffers import Partial

_PLAIN = (*NUMBERS, t.TimestampType, t.TimestampNTZType, t.DateType)


@dataclass(frozen=True, slots=True)
class Lift(Typed):
    """Buffer ``place`` of an aggregate over one row."""

    call: AggregateCall
    place: int
    type: t.DataType
    nullable: bool = True


def lifted(partials: Sequence[Partial]) -> tuple[Named, ...] | None:
    """Return the columns that hold the buffers of single rows; None where an aggregate needs all rows of a group."""
    if not partials or not all(_is_liftable(partial) for partial in partials):
        return None
    return tuple(
        Named(Lift(p.fill.call, p.fill.place, p.attribute.type), p.attribute) for p in partials
    )


def _is_liftable(partial: Partial) -> bool:
    call = partial.fill.call
    return (
        call.function in _LIFTS
        and not call.distinct
        and isinstance(partial.attribute.type, _PLAIN)
        and (call.function == "count" or isinstance(call.arguments[0].type, _PLAIN))
    )


def _value(call: AggregateCall, arguments: list[Expr]) -> Expr:
    """Return the first argument, null where the row does not count."""
    if call.filter is None:
        return arguments[0]
    return f.when(build(call.filter), arguments[0]).end()


def _one(call: AggregateCall, arguments: list[Expr]) -> Expr:
    """Return 1 where every argument is there and the row counts, else 0."""
    pairs = zip(arguments, call.arguments, strict=True)
    checks = [built.is_not_null() for built, source in pairs if source.nullable]
    checks += [] if call.filter is None else [build(call.filter)]
    if not checks:
        return lit(1)
    return f.when(reduce(lambda left, right: left & right, checks), lit(1)).otherwise(lit(0))


_LIFTS: dict[str, tuple[Callable[[AggregateCall, list[Expr]], Expr], ...]] = {
    "count": (_one,),
    "sum": (_value,),
    "avg": (_value, _one),
    "min": (_value,),
    "max": (_value,),
}
"""Per aggregate, how each of its buffers follows from a row."""


@build.register(Lift)
def _lift(expression: Lift) -> Expr:
    call = expression.call
    made = _LIFTS[call.function][expression.place](call, build_all(call.arguments))
    return made.cast(to_arrow(expression.type))
