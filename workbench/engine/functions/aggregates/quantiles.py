"""Percentiles, median and mode, exact: a group's values are its buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.aggregates.collections import list_buffer, values_type
from workbench.engine.functions.aggregates.contract import Aggregate, Expr, Rows
from workbench.engine.functions.kernels import ranks
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed


def _constant(call: typed.AggregateCall, place: int, default: Any = None) -> Any:
    argument = call.arguments[place] if place < len(call.arguments) else None
    if isinstance(argument, typed.Call) and argument.function == "array":
        return [part.value for part in argument.arguments]
    return argument.value if isinstance(argument, typed.Literal) else default


def over_values(
    kernel: Callable[..., pa.Array], constants: Callable[[typed.AggregateCall], dict]
) -> Aggregate:
    """Return the aggregate that applies a list kernel to a group's values."""

    def last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        source, kind = to_arrow(values_type(call)), to_arrow(call.type)
        options = constants(call)
        made = register(lambda lists: kernel(lists, to=kind, **options), [source], kind)
        return made(columns[0].cast(source))

    return Aggregate(lambda _call: (list_buffer(),), last)


def pairs_type(call: typed.AggregateCall) -> t.ArrayType:
    """Return the list of values with their frequencies."""
    value = t.StructField("value", call.arguments[0].type, nullable=True)
    times = t.StructField("times", t.LongType(), nullable=True)
    return t.ArrayType(t.StructType([value, times]), containsNull=True)


def _pairs(rows: Rows) -> Expr:
    value, times = rows.arguments[0], rows.arguments[2]
    pair = f.named_struct([("value", value), ("times", times.cast(pa.int64()))])
    present = rows.where(value.is_not_null() & times.is_not_null())
    return rows.over(f.array_agg(pair, filter=present))


def _weighted_last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    source, kind = to_arrow(pairs_type(call)), to_arrow(call.type)
    fractions = _constant(call, 1)
    made = register(
        lambda lists: ranks.weighted_percentile(lists, to=kind, fractions=fractions), [source], kind
    )
    return made(columns[0].cast(source))


_PLAIN = over_values(ranks.percentile, lambda call: {"fractions": _constant(call, 1)})
_WEIGHTED = Aggregate(lambda _call: (list_buffer(_pairs, pairs_type),), _weighted_last)


def _percentile_parts(call: typed.AggregateCall) -> Any:
    return (_WEIGHTED if len(call.arguments) > 2 else _PLAIN).parts(call)


def _percentile_last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    return (_WEIGHTED if len(call.arguments) > 2 else _PLAIN).last(columns, call)


TABLE = {
    "percentile": Aggregate(_percentile_parts, _percentile_last),
    "percentile_approx": over_values(
        ranks.percentile_discrete, lambda call: {"fractions": _constant(call, 1)}
    ),
    "percentile_cont": over_values(
        ranks.percentile, lambda call: {"fractions": _constant(call, 1)}
    ),
    "percentile_disc": over_values(
        ranks.percentile_discrete, lambda call: {"fractions": _constant(call, 1)}
    ),
    "median": over_values(ranks.percentile, lambda _call: {"fractions": 0.5}),
    "mode": over_values(
        ranks.mode,
        lambda call: {
            "is_chosen": bool(_constant(call, 1, default=False)),
            "is_greatest": bool(_constant(call, 2, default=False)),
        },
    ),
}
