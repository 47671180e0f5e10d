"""select, where, order, limit, sample, alias and other row-wise relations."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.durations import parse_delay_ms
from workbench.base.errors import AnalysisError
from workbench.engine.analysis import time_windows, window_calls
from workbench.engine.analysis.analyzer import Analyzer, literal_int
from workbench.engine.analysis.generators import extract_generator
from workbench.engine.analysis.naming import name_of
from workbench.engine.analysis.relations.aggregate import (
    global_aggregate,
    is_word_all,
    select_list,
    sort_keys,
)
from workbench.engine.analysis.relations.inputs import one_row
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Column, Resolved, scope_of
from workbench.engine.analysis.subqueries import lower_filter, lower_values
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan.typed import (
    WATERMARK_DELAY,
    AggregateCall,
    Attribute,
    Named,
    Typed,
    WindowCall,
    next_id,
)
from workbench.engine.plan.walk import has, operators_of, parts

if TYPE_CHECKING:
    from collections.abc import Sequence


def project(child: Resolved, columns: Sequence[Named]) -> Resolved:
    """Return a projection; time windows, subqueries, generators and window functions go into operators of their own."""
    operator, made = time_windows.extract(child.operator, tuple(columns))
    operator, made = lower_values(operator, made)
    operator, made = window_calls.extract(operator, made)
    operator, made = extract_generator(operator, made)
    operator = o.Project(operator, made)
    return Resolved(operator, scope_of(operator.output, child.scope), child)


@understands(r.Project)
def _project(analyzer: Analyzer, relation: r.Project) -> Resolved:
    child = (
        analyzer.fresh(one_row()) if relation.child is None else analyzer.resolve(relation.child)
    )
    columns = select_list(analyzer.at(child.scope), relation.expressions)
    if any(_is_aggregate(column.child) for column in columns):
        return global_aggregate(child, columns)
    return project(child, columns)


def _is_aggregate(expression: Typed) -> bool:
    """Whether an aggregate stands outside any window call."""
    if isinstance(expression, AggregateCall):
        return True
    return any(isinstance(part, AggregateCall) for part in _outside_windows(expression))


def _outside_windows(expression: Typed) -> list[Typed]:
    if isinstance(expression, WindowCall):
        # What the function is applied to, and the window's own keys, may be aggregates of the groups.
        around = [*parts(expression.function), *expression.partition, *expression.order]
        return [part for one in around for part in _outside_windows(one)]
    inner = [part for one in parts(expression) for part in _outside_windows(one)]
    return [expression, *inner]


@understands(r.Filter)
def _filter(analyzer: Analyzer, relation: r.Filter) -> Resolved:
    child = analyzer.resolve(relation.child)
    condition = relation.condition
    if _needs_below(analyzer, child, condition):
        return _filter_below(analyzer, child, condition)
    made = analyzer.at(child.scope).condition(condition)
    if has(made, WindowCall):
        raise AnalysisError("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE", clauseName="WHERE")
    if has(made, AggregateCall):
        raise AnalysisError(
            "INVALID_WHERE_CONDITION",
            condition=f'"{name_of(condition)}"',
            expressionList=name_of(condition),
        )
    return Resolved(lower_filter(child.operator, made), child.scope, child.below)


def _needs_below(analyzer: Analyzer, child: Resolved, *expressions: e.Expression) -> bool:
    """Whether an expression reads columns the projection below dropped."""
    if child.below is None or not isinstance(child.operator, o.Project):
        return False
    try:
        analyzer.at(child.scope).resolve_all(expressions)
    except AnalysisError as error:
        return error.condition.startswith(("UNRESOLVED_COLUMN", "CANNOT_RESOLVE_DATAFRAME_COLUMN"))
    return False


def extended(child: Resolved) -> Resolved:
    """Return a projection with the columns of its input visible behind its own, for ORDER BY and WHERE."""
    below = child.below
    known = {a.id for a in child.operator.output}
    more = tuple(c for c in below.scope.columns if c.attribute.id not in known)
    kept = tuple(Named(c.attribute, c.attribute) for c in more)
    operator = replace(child.operator, expressions=(*child.operator.expressions, *kept))
    names = {c.attribute.name.lower() for c in child.scope.columns}
    visible = tuple(c for c in more if c.attribute.name.lower() not in names or c.qualifier)
    return Resolved(
        operator,
        replace(child.scope, columns=(*child.scope.columns, *visible), tags=below.scope.tags),
    )


def _named(attributes: tuple[Attribute, ...]) -> tuple[Named, ...]:
    return tuple(Named(a, a) for a in attributes)


def _dropped(operator: o.Operator, child: Resolved) -> Resolved:
    return Resolved(o.Project(operator, _named(child.operator.output)), child.scope)


def _filter_below(analyzer: Analyzer, child: Resolved, condition: e.Expression) -> Resolved:
    wide = extended(child)
    made = analyzer.at(wide.scope).condition(condition)
    return _dropped(lower_filter(wide.operator, made), child)


@understands(r.Sort)
def _sort(analyzer: Analyzer, relation: r.Sort) -> Resolved:
    child = analyzer.resolve(relation.child)
    order = tuple(key for one in relation.order for key in _ordinal(one, child))
    if child.grouped is not None and isinstance(child.operator, o.Project):
        wide, keys = sort_keys(analyzer, child, order)
        return _dropped(
            o.Sort(wide.operator, keys),
            Resolved(o.Project(wide.operator, _named(wide.scope.attributes)), wide.scope),
        )
    wide = child
    if _needs_below(analyzer, child, *(key.child for key in order)):
        wide = extended(child)
    resolver = analyzer.at(wide.scope)
    keys = tuple(analyzer.sort_key(resolver, key) for key in order)
    operator, keys = window_calls.extract(wide.operator, keys)
    made = o.Sort(operator, keys)
    if operator is child.operator:
        return Resolved(made, child.scope, child.below)
    return _dropped(made, child)


def _ordinal(key: e.SortOrder, child: Resolved) -> list[e.SortOrder]:
    """``ORDER BY 2``: the second column. ``ORDER BY *``: every column."""
    if not isinstance(key, e.SortOrder):
        key = e.SortOrder(key)
    literal = key.child
    if not (
        isinstance(literal, e.Literal)
        and isinstance(literal.value, int)
        and isinstance(literal.type, t.IntegerType)
    ):
        return _starred(key, child)
    columns = child.scope.columns
    if not 1 <= literal.value <= len(columns):
        raise AnalysisError("ORDER_BY_POS_OUT_OF_RANGE", index=literal.value, size=len(columns))
    return [replace(key, child=e.Name((columns[literal.value - 1].attribute.name,)))]


def _starred(key: e.SortOrder, child: Resolved) -> list[e.SortOrder]:
    is_all = is_word_all((key.child,)) and child.scope.find(("ALL",)) is None
    if not isinstance(key.child, e.Star) and not is_all:
        return [key]
    return [replace(key, child=e.Name((c.attribute.name,))) for c in child.scope.columns]


@understands(r.Limit)
def _limit(analyzer: Analyzer, relation: r.Limit) -> Resolved:
    child = analyzer.resolve(relation.child)
    count = literal_int(analyzer, relation.count, "limit")
    return Resolved(o.Limit(child.operator, count), child.scope)


@understands(r.Offset)
def _offset(analyzer: Analyzer, relation: r.Offset) -> Resolved:
    child = analyzer.resolve(relation.child)
    count = literal_int(analyzer, relation.count, "offset")
    return Resolved(o.Limit(child.operator, None, count), child.scope)


@understands(r.Tail)
def _tail(analyzer: Analyzer, relation: r.Tail) -> Resolved:
    child = analyzer.resolve(relation.child)
    return Resolved(o.Tail(child.operator, relation.count), child.scope)


@understands(r.Sample)
def _sample(analyzer: Analyzer, relation: r.Sample) -> Resolved:
    child = analyzer.resolve(relation.child)
    seed = relation.seed if relation.seed is not None else secrets.randbits(62)
    made = o.Sample(child.operator, relation.lower, relation.upper, relation.with_replacement, seed)
    return Resolved(made, child.scope)


@understands(r.SubqueryAlias)
def _alias(analyzer: Analyzer, relation: r.SubqueryAlias) -> Resolved:
    child = analyzer.resolve(relation.child)
    if relation.columns:
        child = rename(child, relation.columns)
    return Resolved(child.operator, child.scope.renamed(relation.parts))


def rename(child: Resolved, names: tuple[str, ...]) -> Resolved:
    """Return an input with all columns renamed, in order.

    Raises
    ------
    AnalysisError
        ``ASSIGNMENT_ARITY_MISMATCH`` when the number of names differs.
    """
    attributes = child.operator.output
    if len(names) != len(attributes):
        raise AnalysisError("NUM_COLUMNS_MISMATCH", operator="TODF", firstNumColumns=len(attributes),
                            invalidOrdinalNum="second", invalidNumColumns=len(names))  # fmt: skip
    columns = [_renamed(a, name) for a, name in zip(attributes, names, strict=True)]
    return project(child, columns)


def _renamed(attribute: Attribute, name: str) -> Named:
    if attribute.name == name:
        return Named(attribute, attribute)
    return Named(
        attribute, Attribute(name, attribute.type, attribute.nullable, metadata=attribute.metadata)
    )


@understands(r.ToDF)
def _to_df(analyzer: Analyzer, relation: r.ToDF) -> Resolved:
    return rename(analyzer.resolve(relation.child), relation.names)


@understands(r.RenameColumns)
def _rename_columns(analyzer: Analyzer, relation: r.RenameColumns) -> Resolved:
    child = analyzer.resolve(relation.child)
    columns = []
    for attribute in child.operator.output:
        name = attribute.name
        for old, new in relation.renames:
            name = new if child.scope.same(name, old) else name
        columns.append(_renamed(attribute, name))
    return project(child, columns)


@understands(r.WithColumns)
def _with_columns(analyzer: Analyzer, relation: r.WithColumns) -> Resolved:
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    new = {alias.names[0]: resolver.named(alias)[0] for alias in relation.aliases}
    columns = []
    for attribute in child.operator.output:
        name = next((n for n in new if child.scope.same(n, attribute.name)), None)
        columns.append(Named(attribute, attribute) if name is None else new[name])
    known = [a.name for a in child.operator.output]
    columns += [c for n, c in new.items() if not any(child.scope.same(n, k) for k in known)]
    return project(child, columns)


@understands(r.Drop)
def _drop(analyzer: Analyzer, relation: r.Drop) -> Resolved:
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    gone = {
        a.id
        for a in child.operator.output
        if any(child.scope.same(a.name, n) for n in relation.names)
    }
    for expression in relation.columns:
        try:
            made = resolver.resolve(expression)
        except AnalysisError as error:
            if not error.condition.startswith("UNRESOLVED_COLUMN"):
                raise
            continue
        gone |= {made.id} if isinstance(made, Attribute) else set()
    return project(child, [Named(a, a) for a in child.operator.output if a.id not in gone])


@understands(r.Deduplicate)
def _deduplicate(analyzer: Analyzer, relation: r.Deduplicate) -> Resolved:
    child = analyzer.resolve(relation.child)
    keys = tuple(a for name in relation.columns for a in _columns_named(child, name))
    if relation.within_watermark and relation.all_columns:
        keys = child.operator.output
    if relation.is_grouping and _reads_stream(child):
        groups = tuple(Named(one, one) for one in child.operator.output)
        return Resolved(o.Aggregate(child.operator, groups, ()), child.scope)
    return Resolved(o.Distinct(child.operator, keys, relation.within_watermark), child.scope)


def _reads_stream(child: Resolved) -> bool:
    return any(isinstance(one, o.StreamScan) for one in operators_of(child.operator))


def _columns_named(child: Resolved, name: str) -> tuple[Attribute, ...]:
    found = tuple(a for a in child.operator.output if child.scope.same(a.name, name))
    return found or (child.scope.require((name,)),)


@understands(r.Repartition)
def _repartition(analyzer: Analyzer, relation: r.Repartition) -> Resolved:
    child = analyzer.resolve(relation.child)
    analyzer.at(child.scope).resolve_all(tuple(_plain(x) for x in relation.expressions))
    return child


def _plain(expression: e.Expression) -> e.Expression:
    return expression.child if isinstance(expression, e.SortOrder) else expression


@understands(r.Hint)
def _hint(analyzer: Analyzer, relation: r.Hint) -> Resolved:
    return analyzer.resolve(relation.child)


@understands(r.Watermark)
def _watermark(analyzer: Analyzer, relation: r.Watermark) -> Resolved:
    child = analyzer.resolve(relation.child)
    column = child.scope.require(tuple(relation.column.replace("`", "").split(".")))
    if not isinstance(column, Attribute):
        raise AnalysisError(
            "EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE",
            eventName=f'"{relation.column}"',
            eventType='"STRUCT"',
        )
    kind = column.type
    is_window = isinstance(kind, t.StructType) and kind.fieldNames() == ["start", "end"]
    if not isinstance(kind, (t.TimestampType, t.TimestampNTZType)) and not is_window:
        raise AnalysisError("EVENT_TIME_IS_NOT_ON_TIMESTAMP_TYPE", eventName=f'"{column.name}"',
                            eventType=f'"{kind.simpleString().upper()}"')  # fmt: skip
    delay_ms = parse_delay_ms(relation.delay)
    if not _reads_stream(child):
        return (
            child  # A bounded query has nothing to wait for (Spark: EliminateEventTimeWatermark).
        )
    marked = replace(column, id=next_id(), metadata={**column.metadata, WATERMARK_DELAY: delay_ms})
    output = tuple(marked if a.id == column.id else _unmarked(a) for a in child.operator.output)
    operator = o.Watermark(child.operator, column, delay_ms, output, relation.mark)
    new = dict(zip((a.id for a in child.operator.output), output, strict=True))
    return Resolved(operator, _remapped(child, new))


def _unmarked(attribute: Attribute) -> Attribute:
    """Only the newest watermark of an input counts (Spark: EventTimeWatermark.output)."""
    if WATERMARK_DELAY not in attribute.metadata:
        return attribute
    metadata = {k: v for k, v in attribute.metadata.items() if k != WATERMARK_DELAY}
    return replace(attribute, id=next_id(), metadata=metadata)


def _remapped(child: Resolved, new: dict[int, Attribute]) -> object:
    def moved(columns: tuple[Column, ...]) -> tuple[Column, ...]:
        return tuple(Column(new.get(c.attribute.id, c.attribute), c.qualifier) for c in columns)

    tags = {key: moved(columns) for key, columns in child.scope.tags.items()}
    return replace(child.scope, columns=moved(child.scope.columns), tags=tags)


@understands(r.Observe)
def _observe(analyzer: Analyzer, relation: r.Observe) -> Resolved:
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    columns = [one for item in relation.metrics for one in resolver.named(item)]
    rows = o.Placeholder(relation.name, child.operator.output)
    metrics = global_aggregate(Resolved(rows, child.scope), columns)
    return Resolved(o.Observe(child.operator, relation.name, metrics.operator), child.scope)
