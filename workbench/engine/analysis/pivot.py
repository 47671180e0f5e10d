"""``pivot``: one column per value of a column and aggregate.

Before::

    df.groupBy("dept").pivot("age", [19, 36]).sum("id")

After: an aggregate whose ``sum(id)`` is filtered by ``age <=> 19``, and another by ``age <=> 36``; a cell without rows is NULL.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.scope import Resolved, Scope
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every, transform

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.analysis.expressions import Resolver


def pivoted(
    analyzer: Analyzer,
    child: Resolved,
    resolver: Resolver,
    relation: r.Aggregate,
    outputs: list[typed.Named],
) -> list[typed.Named]:
    """One column per pivot value and aggregate; a cell without rows is NULL."""
    column = resolver.resolve(relation.pivot)
    values = [resolver.named(value)[0] for value in relation.pivot_values]
    if not values:
        values = _pivot_values(analyzer, child, column)
    made = []
    for value in values:
        same = resolver.call("<=>", column, catalog.cast_to(value.child, column.type))
        for out in outputs:
            name = (
                value.attribute.name
                if len(outputs) == 1
                else f"{value.attribute.name}_{out.attribute.name}"
            )
            made.append(resolver.name(_cell(out.child, same), name))
    return made


def implied_keys(
    resolver: Resolver, child: Resolved, relation: r.Aggregate, outputs: list[typed.Named]
) -> list[typed.Named]:
    """SQL's PIVOT groups by every column that is neither pivoted nor aggregated."""
    used = [*outputs, resolver.resolve(relation.pivot)]
    read = {a.id for one in used for a in every(one) if isinstance(a, typed.Attribute)}
    return [typed.Named(a, a) for a in child.operator.output if a.id not in read]


def _cell(aggregate: typed.Typed, same: typed.Typed) -> typed.Typed:
    def only(part: typed.Typed) -> typed.Typed:
        if not isinstance(part, typed.AggregateCall):
            return part
        condition = (
            same if part.filter is None else typed.Call("and", (same, part.filter), t.BooleanType())
        )
        return replace(part, filter=condition)

    one = typed.Literal(1, t.IntegerType())
    rows = typed.AggregateCall("count", (one,), t.LongType(), False, filter=same)
    has_rows = typed.Call(">", (rows, typed.Literal(0, t.LongType())), t.BooleanType(), False)
    made = transform(aggregate, only)
    return typed.Case(((has_rows, made),), typed.Literal(None, made.type), made.type)


def _pivot_values(analyzer: Analyzer, child: Resolved, column: typed.Typed) -> list[typed.Named]:
    name = typed.Named(column, typed.Attribute("v", column.type, True))
    limit = int(analyzer.context.conf("spark.sql.pivotMaxValues"))
    distinct = o.Distinct(o.Project(child.operator, (name,)), ())
    key = typed.SortKey(name.attribute, True, True)
    ordered = o.Limit(o.Sort(distinct, (key,)), limit + 1)
    table = analyzer.context.rows(Resolved(ordered, Scope(())))
    if table.num_rows > limit:
        raise AnalysisError("_LEGACY_ERROR_TEMP_1324", pivotColumn=column, maxValues=limit)
    kind = column.type
    numeric = isinstance(kind, (t.DateType, t.TimestampType, t.TimestampNTZType))
    found = table.column(0)
    shown = ["null" if v is None else _shown(v) for v in found.to_pylist()]
    stored = (
        found.cast("int32" if isinstance(kind, t.DateType) else "int64").to_pylist()
        if numeric
        else found.to_pylist()
    )
    return [
        typed.Named(typed.Literal(v, kind), typed.Attribute(n, kind, True))
        for v, n in zip(stored, shown, strict=True)
    ]


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
