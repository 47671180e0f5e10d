"""Aggregates that choose one of the values: least, greatest, first, last, by another's order."""

from __future__ import annotations

from collections.abc import Callable

import datafusion
import pyarrow as pa
from datafusion import functions as f
from datafusion.common import NullTreatment
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.aggregates.contract import (
    Aggregate,
    Buffer,
    Expr,
    Rows,
    argument_type,
    single,
)
from workbench.engine.functions.kernels import ranks, segments
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed

RESPECT, IGNORE = NullTreatment.RESPECT_NULLS, NullTreatment.IGNORE_NULLS


def _is_simple(call: typed.AggregateCall, place: int = 0) -> bool:
    """Return whether DataFusion has a fast minimum of this type; nested values are sorted instead."""
    return not isinstance(call.arguments[place].type, (t.ArrayType, t.StructType))


def _extreme(pick: Callable[..., Expr], ascending: bool) -> Aggregate:
    def choose(value: Expr, call: typed.AggregateCall, condition: Expr | None) -> Expr:
        if _is_simple(call):
            return pick(value, filter=condition)
        present = value.is_not_null() if condition is None else condition & value.is_not_null()
        order = [value.sort(ascending=ascending, nulls_first=False)]
        return f.first_value(value, filter=present, order_by=order)

    return single(
        Buffer(
            "value",
            argument_type(),
            lambda rows: rows.over(choose(rows.value, rows.call, rows.filter)),
            lambda columns, call: choose(columns[0], call, None),
            "min" if ascending else "max",
        )
    )


def _ignores(call: typed.AggregateCall) -> bool:
    flag = call.arguments[1] if len(call.arguments) > 1 else None
    return call.ignore_nulls or bool(isinstance(flag, typed.Literal) and flag.value)


def _edge(pick: Callable[..., Expr], scatter: str) -> Aggregate:
    """Return ``first`` or ``last``: the value, and whether there was a row to take it from."""

    def value(rows: Rows) -> Expr:
        treatment = IGNORE if _ignores(rows.call) else RESPECT
        condition = rows.present if _ignores(rows.call) else rows.filter
        order = list(rows.order) or None
        if rows.window is None:
            # Gathering all values and taking one is several times faster than DataFusion's first and last.
            kind = to_arrow(rows.call.arguments[0].type)
            take = register(lambda lists: segments.edge(lists, scatter), [pa.list_(kind)], kind)
            return take(f.array_agg(rows.value, filter=condition, order_by=order))
        return rows.over(
            pick(rows.value, filter=condition, order_by=order, null_treatment=treatment)
        )

    def is_set(rows: Rows) -> Expr:
        condition = rows.present if _ignores(rows.call) else rows.filter
        return rows.over(f.count(datafusion.literal(1), filter=condition)) > datafusion.literal(0)

    return Aggregate(
        lambda _call: (
            Buffer(
                scatter, argument_type(), value, lambda c, _call: pick(c[0], filter=c[1]), scatter
            ),
            Buffer("set", t.BooleanType(), is_set, lambda c, _call: f.bool_or(c[1]), "or"),
        ),
        lambda columns, _call: columns[0],
        value,
    )


def _by(ascending: bool) -> Aggregate:
    """Return ``min_by`` or ``max_by``: the value, and the key it was chosen by."""

    def choose(value: Expr, key: Expr, condition: Expr | None) -> Expr:
        present = key.is_not_null() if condition is None else condition & key.is_not_null()
        order = [key.sort(ascending=ascending, nulls_first=False)]
        return f.first_value(value, filter=present, order_by=order)

    def chosen(rows: Rows) -> Expr:
        if rows.window is not None:
            return _of_lists(rows, ascending)
        return rows.over(choose(rows.arguments[0], rows.arguments[1], rows.filter))

    def key(rows: Rows) -> Expr:
        return rows.over(choose(rows.arguments[1], rows.arguments[1], rows.filter))

    return Aggregate(
        lambda _call: (
            Buffer("value", argument_type(0), chosen, lambda c, _call: choose(c[0], c[1], None)),
            Buffer("key", argument_type(1), key, lambda c, _call: choose(c[1], c[1], None)),
        ),
        lambda columns, _call: columns[0],
        chosen,
    )


def _of_lists(rows: Rows, ascending: bool) -> Expr:
    """Return the value at the extreme key of a window; DataFusion orders no aggregates inside windows."""
    values, keys = (to_arrow(argument.type) for argument in rows.call.arguments)
    pick = register(
        lambda one, other: ranks.at_extreme(one, other, ascending=ascending),
        [pa.list_(values), pa.list_(keys)],
        values,
    )
    present = rows.where(rows.arguments[1].is_not_null())
    listed = [rows.over(f.array_agg(argument, filter=present)) for argument in rows.arguments]
    return pick(*listed)


FIRST, LAST = _edge(f.first_value, "first"), _edge(f.last_value, "last")

TABLE = {
    "min": _extreme(f.min, ascending=True),
    "max": _extreme(f.max, ascending=False),
    "first": FIRST,
    "last": LAST,
    "any_value": FIRST,
    "min_by": _by(ascending=True),
    "max_by": _by(ascending=False),
}
