"""Aggregates that gather values: lists, sets, joined text, histograms."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.aggregates.contract import (
    Aggregate,
    Buffer,
    Expr,
    Rows,
)
from workbench.engine.functions.kernels import segments
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed


def values_type(call: typed.AggregateCall) -> t.ArrayType:
    """Return the list of the first argument's values.

    DataFusion gathers into lists whose elements may be null, and cannot tell lists of structs that theirs are not.
    """
    kind = call.arguments[0].type
    return t.ArrayType(kind, containsNull=isinstance(kind, t.NullType) or has_struct(kind))


def has_struct(kind: t.DataType) -> bool:
    """Return whether a type is or holds a struct."""
    if isinstance(kind, t.MapType):
        return has_struct(kind.keyType) or has_struct(kind.valueType)
    return isinstance(kind, t.StructType) or (
        isinstance(kind, t.ArrayType) and has_struct(kind.elementType)
    )


def gathered(rows: Rows) -> Expr:
    """Return the list of the values that are not NULL, in order where the call has one."""
    order = list(rows.order) or None
    return rows.over(
        f.array_agg(rows.value, distinct=rows.call.distinct, filter=rows.present, order_by=order)
    )


def joined_lists(kind: pa.DataType, column: Expr, *, is_set: bool = False) -> Expr:
    """Return the aggregate that puts lists of type ``kind`` one after the other."""

    def join(lists: pa.Array) -> pa.Array:
        return segments.flatten(lists, kind)

    joined = register(join, [pa.list_(kind)], kind)(
        f.array_agg(column, filter=column.is_not_null())
    )
    return distinct_values(kind, joined) if is_set else joined


def distinct_values(kind: pa.DataType, column: Expr) -> Expr:
    """Return lists without what stands in them twice."""
    return register(segments.distinct, [kind], kind)(column.cast(kind))


def empty_when_null(source: pa.DataType, kind: pa.DataType, column: Expr) -> Expr:
    """Return the list, empty for a group without values."""
    fill = register(lambda lists: segments.fill_empty(lists, kind), [source], kind)
    return fill(column.cast(source))


def list_buffer(
    partial: Callable[[Rows], Expr] = gathered, kind: object = values_type, *, is_set: bool = False
) -> Buffer:
    """Return the buffer that holds a group's values."""

    def merge(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        made = kind(call) if callable(kind) else kind
        return joined_lists(to_arrow(made), columns[0], is_set=is_set)

    return Buffer("values", kind, partial, merge, None if is_set else "concat")


def _list_last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    return empty_when_null(to_arrow(values_type(call)), to_arrow(call.type), columns[0])


def _set_partial(rows: Rows) -> Expr:
    gathered_values = rows.over(f.array_agg(rows.value, filter=rows.present))
    return distinct_values(to_arrow(values_type(rows.call)), gathered_values)


LIST = Aggregate(lambda _call: (list_buffer(),), _list_last)
SET = Aggregate(lambda _call: (list_buffer(_set_partial, is_set=True),), _list_last)


def _delimiter(call: typed.AggregateCall) -> str:
    value = call.arguments[1].value if len(call.arguments) > 1 else None
    if value is None:
        return ""
    return value.decode() if isinstance(value, bytes) else value


def _joined_text(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    kind, delimiter = to_arrow(call.type), _delimiter(call)
    return register(
        lambda lists: segments.join_text(lists, delimiter, kind), [pa.list_(kind)], kind
    )(columns[0].cast(pa.list_(kind)))


JOINED = Aggregate(lambda _call: (list_buffer(),), _joined_text)


def _histogram(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    kind, bins = to_arrow(call.type), call.arguments[1].value
    source = pa.list_(to_arrow(call.arguments[0].type))
    return register(lambda lists: segments.histogram(lists, bins, kind), [source], kind)(
        columns[0].cast(source)
    )


TABLE = {
    "collect_list": LIST,
    "collect_set": SET,
    "listagg": JOINED,
    "histogram_numeric": Aggregate(lambda _call: (list_buffer(),), _histogram),
}
