"""Runs one function over a table through DataFusion, as the kernel does: the tests' only helper."""

from __future__ import annotations

from typing import Any

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema, to_arrow
from workbench.engine.functions import (
    aggregates,
    bodies,
    casts,
    catalog,
    faults,
    literals,
    moment,
    windows,
)
from workbench.engine.plan import typed

CONTEXT = datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))
CONF = {"spark.sql.session.timeZone": "UTC", "spark.sql.mapKeyDedupPolicy": "EXCEPTION"}


def conf(key: str) -> str:
    """Return a session setting."""
    return CONF.get(key, "")


class Frame:
    """A table whose columns are attributes."""

    def __init__(self, table: pa.Table) -> None:
        schema = spark_schema(table.schema)
        self.attributes = {f.name: typed.Attribute(f.name, f.dataType, f.nullable) for f in schema}
        self.table = table.rename_columns([a.column for a in self.attributes.values()])

    def __getitem__(self, name: str) -> typed.Attribute:
        return self.attributes[name]


def build(expression: typed.Typed, bound: dict[int, datafusion.Expr] | None = None) -> Any:  # noqa: PLR0911 - one a kind
    """Return the DataFusion expression of a typed one."""
    bound = bound or {}
    if isinstance(expression, typed.Attribute):
        return bound.get(expression.id, datafusion.col(expression.column))
    if isinstance(expression, typed.Literal):
        return literals.build(expression)
    if isinstance(expression, typed.Now):
        return literals.build(moment.at(expression, moment.now_us()))
    if isinstance(expression, typed.Cast):
        child = build(expression.child, bound)
        return casts.build_cast(
            child, expression.child.type, expression.type, expression.mode, expression.zone
        )
    if isinstance(expression, typed.Call):
        return catalog.build(expression, [build(a, bound) for a in expression.arguments])
    if isinstance(expression, typed.Case):
        (condition, value), *rest = expression.branches
        made = datafusion.functions.when(build(condition, bound), build(value, bound))
        for condition, value in rest:
            made = made.when(build(condition, bound), build(value, bound))
        return made.otherwise(build(expression.otherwise, bound))
    if isinstance(expression, typed.GetField):
        return datafusion.functions.get_field(build(expression.child, bound), expression.field)
    if isinstance(expression, typed.Lambda):
        kind = to_arrow(expression.type)
        return bodies.Body(
            expression.parameters, bodies.outer_of(expression), build(expression.body), kind
        )
    raise TypeError(type(expression))


def literal(value: object, kind: t.DataType | None = None) -> typed.Literal:
    """Return a constant, int and string by default as SQL has them."""
    kinds = {
        bool: t.BooleanType(),
        int: t.IntegerType(),
        str: t.StringType(),
        float: t.DoubleType(),
    }
    return typed.Literal(value, kind or kinds.get(type(value), t.NullType()))


def call(name: str, *arguments: object, **more: Any) -> typed.Typed:
    """Return a resolved call; plain values become constants."""
    made = tuple(a if isinstance(a, typed.Typed) else literal(a) for a in arguments)
    return catalog.resolve(name, made, conf=conf, **more)


def run(expression: typed.Typed, frame: Frame | None = None) -> list[Any]:
    """Return an expression's values over a frame (one row without columns by default)."""
    table = frame.table if frame else pa.table({"c0": [0]})
    return column(expression, table).to_pylist()


def column(expression: typed.Typed, table: pa.Table) -> pa.ChunkedArray:
    """Return an expression's column over a table whose columns are attributes' ids."""
    frame = CONTEXT.from_arrow(table)
    with recovered():
        return frame.select(build(expression).alias("x")).to_arrow_table().column(0)


def group(expression: typed.AggregateCall, frame: Frame, by: str | None = None) -> dict[Any, Any]:
    """Return an aggregate per group, computed three ways that must agree: whole, in parts, in merged parts."""
    keys = [datafusion.col(frame[by].column).alias("k")] if by else []
    found = aggregates.find(expression)
    arguments = [build(a) for a in expression.arguments]
    where = None if expression.filter is None else build(expression.filter)
    order = tuple(
        build(key.child).sort(ascending=key.ascending, nulls_first=key.nulls_first)
        for key in expression.order
    )
    source = CONTEXT.from_arrow(frame.table)
    with recovered():
        whole = source.aggregate(
            keys, [found.direct(arguments, expression, filter=where, order=order).alias("x")]
        )
        return {
            "whole": _answers(whole, by),
            "merged": _answers(
                _in_parts(found, expression, arguments, where, order, frame, keys), by
            ),
        }


def _in_parts(
    found: Any, expression: Any, arguments: Any, where: Any, order: Any, frame: Frame, keys: Any
) -> datafusion.DataFrame:
    """Compute partial results of three slices, merge them, finish."""
    names = [f"b{i}" for i in range(len(found.buffers(expression)))]
    third = -(-len(frame.table) // 3) or 1
    slices = [
        frame.table.slice(start, third) for start in range(0, max(len(frame.table), 1), third)
    ]
    made = found.partial(arguments, expression, filter=where, order=order)
    partials = [
        CONTEXT.from_arrow(part)
        .aggregate(keys, [one.alias(name) for one, name in zip(made, names, strict=True)])
        .to_arrow_table()
        for part in slices
    ]
    union = CONTEXT.from_arrow(pa.concat_tables(partials).combine_chunks())
    again = [datafusion.col("k")] if keys else []
    merged = union.aggregate(
        again,
        [
            one.alias(name)
            for one, name in zip(
                found.merge([datafusion.col(name) for name in names], expression),
                names,
                strict=True,
            )
        ],
    )
    last = found.finish([datafusion.col(name) for name in names], expression).alias("x")
    return merged.select(*again, last)


def _answers(frame: datafusion.DataFrame, by: str | None) -> Any:
    table = frame.to_arrow_table()
    if by is None:
        return table.column("x").to_pylist()[0]
    return dict(zip(table.column("k").to_pylist(), table.column("x").to_pylist(), strict=True))


class recovered:  # noqa: N801 - reads as a word
    """Turns what DataFusion raises back into the named error."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        if error is None:
            return False
        named = faults.recover(error)
        if named is not None and named is not error:
            raise named from None
        return False


def over(
    function: typed.Typed,
    frame: Frame,
    partition: str | None = None,
    order: str | None = None,
    bounds: tuple[str, Any, Any] | None = None,
) -> list[Any]:
    """Return a window function's values in the frame's row order."""
    keys = (typed.SortKey(frame[order], True, True),) if order else ()
    parts = (frame[partition],) if partition else ()
    window = typed.WindowCall(function, parts, keys, bounds, function.type)
    made = windows.build(
        window,
        [build(a) for a in function.arguments],
        [build(part) for part in parts],
        [build(key.child).sort(ascending=True, nulls_first=True) for key in keys],
    )
    numbered = frame.table.append_column("row", pa.array(range(len(frame.table))))
    source = CONTEXT.from_arrow(numbered)
    with recovered():
        table = source.select(datafusion.col("row"), made.alias("x")).to_arrow_table()
    return table.sort_by("row").column("x").to_pylist()
