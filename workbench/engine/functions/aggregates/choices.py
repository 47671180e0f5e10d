"""Aggregates that choose one of the values: least, greatest, first, last, by another's order."""

from __future__ import annotations

from collections.abc import Callable

import datafusion
import pyarrow as pa
from datafusion import functions as f
from datafusion.common import NullTreatment
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.aggregates.collections import has_struct
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

Kinds = tuple[t.DataType, t.DataType]
_NESTED = (t.ArrayType, t.StructType)
"""Types of which DataFusion has no fast minimum."""
RESPECT, IGNORE = NullTreatment.RESPECT_NULLS, NullTreatment.IGNORE_NULLS


def _is_compared(kind: t.DataType) -> bool:
    """Return whether DataFusion compares values of this type: no lists of structs, however deep."""
    if isinstance(kind, t.ArrayType):
        return not has_struct(kind)
    return not isinstance(kind, t.StructType) or all(_is_compared(f.dataType) for f in kind.fields)


def _extreme(pick: Callable[..., Expr], ascending: bool) -> Aggregate:
    choose = _choice(ascending)

    def partial(rows: Rows) -> Expr:
        if isinstance(rows.call.arguments[0].type, _NESTED):
            return choose((rows.value, rows.value), (rows.call.type, rows.call.type), rows)
        return rows.over(pick(rows.value, filter=rows.filter))

    def merge(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        if isinstance(call.arguments[0].type, _NESTED):
            return choose((columns[0], columns[0]), (call.type, call.type), Rows(columns, call))
        return pick(columns[0])

    return single(Buffer("value", argument_type(), partial, merge, "min" if ascending else "max"))


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
    choose = _choice(ascending)

    def chosen(rows: Rows) -> Expr:
        return choose(tuple(rows.arguments[:2]), _kinds(rows.call), rows)

    def key(rows: Rows) -> Expr:
        kind = _kinds(rows.call)[1]
        return choose((rows.arguments[1], rows.arguments[1]), (kind, kind), rows)

    def merged(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        return chosen(Rows(columns, call))

    def merged_key(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        return key(Rows(columns, call))

    return Aggregate(
        lambda _call: (
            Buffer("value", argument_type(0), chosen, merged),
            Buffer("key", argument_type(1), key, merged_key),
        ),
        lambda columns, _call: columns[0],
        chosen,
    )


def _kinds(call: typed.AggregateCall) -> Kinds:
    return call.arguments[0].type, call.arguments[1].type


def _choice(ascending: bool) -> Callable[[tuple[Expr, ...], Kinds, Rows], Expr]:
    """Return what takes, of values and keys, the value at the least or the greatest key."""

    def choose(pair: tuple[Expr, ...], kinds: Kinds, rows: Rows) -> Expr:
        value, key = pair
        present = rows.where(key.is_not_null())
        # DataFusion orders no aggregates inside windows.
        if rows.window is not None or not _is_compared(kinds[1]):
            return _of_lists(pair, kinds, rows, present)
        order = [key.sort(ascending=ascending, nulls_first=False)]
        return f.first_value(value, filter=present, order_by=order)

    def _of_lists(pair: tuple[Expr, ...], kinds: Kinds, rows: Rows, present: Expr) -> Expr:
        arrow = [to_arrow(kind) for kind in kinds]
        lists = [pa.list_(kind) for kind in arrow]
        pick = register(
            lambda one, other: ranks.at_extreme(one, other, ascending=ascending), lists, arrow[0]
        )
        gathered = [rows.over(f.array_agg(one, filter=present)) for one in pair]
        return pick(*(made.cast(kind) for made, kind in zip(gathered, lists, strict=True)))

    return choose


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
