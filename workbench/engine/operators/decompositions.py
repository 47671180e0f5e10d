"""How each aggregate is kept in state: its partial results, how two merge, how they become the answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import Unsupported
from workbench.engine.plan.typed import AggregateCall, Attribute, Call, Case, Cast, Literal, Typed

if TYPE_CHECKING:
    from pyspark.sql.types import DataType

ADD, LEAST, GREATEST = "sum", "min", "max"
"""Names of the aggregates that merge two partial results into one."""


@dataclass(frozen=True, slots=True)
class Partial:
    """One column of state.

    Attributes
    ----------
    attribute : Attribute
        The column.
    call : AggregateCall
        Makes it from a batch's rows.
    merge : AggregateCall
        Makes one value from the column's values of several partial results.
    """

    attribute: Attribute
    call: AggregateCall
    merge: AggregateCall


@dataclass(frozen=True, slots=True)
class Decomposition:
    """An aggregate as columns of state; ``finish`` makes the answer from them."""

    partials: tuple[Partial, ...]
    finish: Typed


def decompose(call: AggregateCall) -> Decomposition:
    """Return how an aggregate over a stream is kept.

    Raises
    ------
    Unsupported
        ``UNSUPPORTED_FEATURE.STREAMING_AGGREGATE``: no way to merge it is known.
    """
    way = _WAYS.get(call.function)
    if way is None or call.distinct:
        raise Unsupported("UNSUPPORTED_FEATURE.STREAMING_AGGREGATE", function=call.function)
    return way(call)


def _partial(call: AggregateCall, kind: DataType, merge: str) -> Partial:
    attribute = Attribute(f"{call.function}_partial", kind, True)
    again = AggregateCall(merge, (attribute,), kind)
    return Partial(attribute, call, again)


def _simple(merge: str) -> Callable[[AggregateCall], Decomposition]:
    def way(call: AggregateCall) -> Decomposition:
        partial = _partial(call, call.type, merge)
        return Decomposition((partial,), partial.attribute)

    return way


def _avg(call: AggregateCall) -> Decomposition:
    total_type = _sum_type(call.arguments[0].type)
    total = _partial(replace(call, function="sum", type=total_type), total_type, ADD)
    count = _partial(replace(call, function="count", type=t.LongType()), t.LongType(), ADD)
    none = Call("==", (count.attribute, Literal(0, t.LongType())), t.BooleanType())
    quotient = _quotient(total.attribute, count.attribute, call.type)
    return Decomposition(
        (total, count), Case(((none, Literal(None, call.type)),), quotient, call.type)
    )


def _sum_type(kind: DataType) -> DataType:
    if isinstance(kind, t.DecimalType):
        return t.DecimalType(min(38, kind.precision + 10), kind.scale)
    return t.DoubleType()


def _quotient(total: Attribute, count: Attribute, kind: DataType) -> Typed:
    if isinstance(kind, t.DecimalType):
        divisor = Cast(count, t.DecimalType(20, 0))
        return Cast(Call("/", (total, divisor), kind), kind)
    return Call("/", (total, Cast(count, t.DoubleType())), t.DoubleType())


_WAYS: dict[str, Callable[[AggregateCall], Decomposition]] = {
    "count": _simple(ADD),
    "sum": _simple(ADD),
    "min": _simple(LEAST),
    "max": _simple(GREATEST),
    "avg": _avg,
    "bool_and": _simple("bool_and"),
    "bool_or": _simple("bool_or"),
    "bit_and": _simple("bit_and"),
    "bit_or": _simple("bit_or"),
    "bit_xor": _simple("bit_xor"),
    "first": _simple("first"),
    "last": _simple("last"),
    "any_value": _simple("any_value"),
}
