"""groupBy, rollup, cube, grouping sets, pivot, and aggregates without groups.

Before::

    SELECT a + 1, sum(b) * 2 FROM t GROUP BY a + 1 HAVING count(*) > 1

After: ``Project(k1, s1 * 2) ← Filter(c1 > 1) ← Aggregate(keys: a + 1 AS k1; sum(b) AS s1, count(1) AS c1) ← t``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.analysis import time_windows, window_calls
from workbench.engine.analysis.generators import refuse_generators
from workbench.engine.analysis.pivot import implied_keys, pivoted
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Column, Grouped, Resolved, scope_of
from workbench.engine.analysis.subqueries import lower_values
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every, has, map_parts, transform

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.analysis.expressions import Resolver

_GID = "spark_grouping_id"


def global_aggregate(child: Resolved, columns: Sequence[typed.Named]) -> Resolved:
    """Return one group over all rows."""
    return assemble(Grouped(child, (), tuple(columns)))[0]


@understands(r.Aggregate)
def _aggregate(analyzer: Analyzer, relation: r.Aggregate) -> Resolved:
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    outputs = _outputs(resolver, relation)
    grouping, sets = _keys(analyzer, resolver, relation, outputs)
    if relation.pivot is not None and relation.from_sql:
        grouping = implied_keys(resolver, child, relation, outputs)
    if relation.pivot is not None:
        outputs = pivoted(analyzer, child, resolver, relation, outputs)
    if not relation.from_sql or relation.pivot is not None:
        outputs = [*(typed.Named(key.child, key.attribute) for key in grouping), *outputs]
    having = None if relation.having is None else _having(analyzer, child, outputs, relation.having)
    _check(grouping)
    grouped = Grouped(
        child, tuple(grouping), tuple(outputs), having, sets, relation.pivot is not None
    )
    return assemble(grouped)[0]


_SPANS = ("window", "session_window")


def _outputs(resolver: Resolver, relation: r.Aggregate) -> list[typed.Named]:
    """Return the select list; ``window`` in it means the time window the query groups by."""
    spans = [
        resolver.named(x)[0] for x in relation.grouping
        if relation.from_sql and isinstance(x, e.Function) and x.name.lower() in _SPANS
    ]  # fmt: skip
    if not spans:
        return select_list(resolver, relation.aggregates)
    meanings = {span.attribute.id: span.child for span in spans}
    wide = replace(
        resolver.scope,
        columns=(*resolver.scope.columns, *(Column(span.attribute) for span in spans)),
    )

    def spelled(part: typed.Typed) -> typed.Typed:
        return meanings.get(part.id, part) if isinstance(part, typed.Attribute) else part

    found = select_list(replace(resolver, scope=wide), relation.aggregates)
    return [_respelled(one, spelled) for one in found]


def _respelled(one: typed.Named, spelled: Callable[[typed.Typed], typed.Typed]) -> typed.Named:
    made = transform(one.child, spelled)
    if made is one.child:
        return one
    return typed.Named(made, replace(one.attribute, id=typed.next_id()))


def _having(
    analyzer: Analyzer, child: Resolved, outputs: list[typed.Named], having: e.Expression
) -> typed.Typed:
    """HAVING sees the input's columns first, then the select list's names."""
    aliases = {out.attribute.id: out.child for out in outputs}
    known = {c.attribute.name.lower() for c in child.scope.columns}
    more = tuple(
        Column(out.attribute) for out in outputs if out.attribute.name.lower() not in known
    )
    wide = replace(child.scope, columns=(*child.scope.columns, *more))
    made = analyzer.at(wide).condition(having, "having")
    return transform(
        made, lambda part: aliases.get(part.id, part) if isinstance(part, typed.Attribute) else part
    )


def _keys(
    analyzer: Analyzer, resolver: Resolver, relation: r.Aggregate, outputs: list[typed.Named]
) -> tuple[list[typed.Named], tuple[tuple[int, ...], ...] | None]:
    expressions = relation.grouping
    if relation.from_sql and is_word_all(expressions) and resolver.scope.find(("ALL",)) is None:
        return [out for out in outputs if not typed_has_aggregate(out.child)], None
    if relation.kind == "grouping_sets":
        listed = dict.fromkeys([*expressions, *(x for one in relation.grouping_sets for x in one)])
        expressions = tuple(listed)
    keys = [key for x in expressions for key in _key(analyzer, resolver, relation, x, outputs)]
    if relation.kind == "grouping_sets":
        places = {x: i for i, x in enumerate(expressions)}
        return keys, tuple(tuple(places[x] for x in one) for one in relation.grouping_sets)
    return keys, _sets(relation.kind, len(keys))


def is_word_all(expressions: tuple[e.Expression, ...]) -> bool:
    """Whether a clause is the lone word ALL (``GROUP BY ALL``, ``ORDER BY ALL``)."""
    return (
        len(expressions) == 1
        and isinstance(expressions[0], e.Name)
        and expressions[0].parts in (("ALL",), ("all",))
    )


def select_list(resolver: Resolver, items: tuple[e.Expression, ...]) -> list[typed.Named]:
    """Return the columns of a select list; an item may use the names of items before it (``id + 1 AS a, a * 2``)."""
    made: list[typed.Named] = []
    for item in items:
        try:
            made += resolver.named(item)
        except AnalysisError as error:
            if not error.condition.startswith("UNRESOLVED_COLUMN") or not made:
                raise
            made += _with_earlier(resolver, item, made)
    return made


def _with_earlier(
    resolver: Resolver, item: e.Expression, made: list[typed.Named]
) -> list[typed.Named]:
    # What a generator gives has no name before it stands in an operator of its own, so here nothing beside it can use it, as on Spark it may.
    earlier = [one for one in made if not isinstance(one.child, typed.GeneratorCall)]
    aliases = {one.attribute.id: one.child for one in earlier}
    columns = (*resolver.scope.columns, *(Column(one.attribute) for one in earlier))
    scope = replace(resolver.scope, columns=columns)

    def spelled(part: typed.Typed) -> typed.Typed:
        return aliases.get(part.id, part) if isinstance(part, typed.Attribute) else part

    found = replace(resolver, scope=scope).named(item)
    return [
        typed.Named(transform(one.child, spelled), replace(one.attribute, id=typed.next_id()))
        for one in found
    ]


def _sets(kind: str, width: int) -> tuple[tuple[int, ...], ...] | None:
    if kind == "rollup":
        return tuple(tuple(range(size)) for size in range(width, -1, -1))
    if kind == "cube":
        return tuple(c for size in range(width, -1, -1) for c in combinations(range(width), size))
    return None


def _key(
    analyzer: Analyzer,
    resolver: Resolver,
    relation: r.Aggregate,
    expression: e.Expression,
    outputs: list[typed.Named],
) -> list[typed.Named]:
    if relation.from_sql:
        found = _select_item(resolver, relation, expression, outputs)
        if found is not None:
            return found
    keys = resolver.named(expression)
    values = tuple(key.child for key in keys)
    refuse_generators(values, expression, in_select=False, clause="group by")
    return keys


def _select_item(
    resolver: Resolver, relation: r.Aggregate, expression: e.Expression, outputs: list[typed.Named]
) -> list[typed.Named] | None:
    """``GROUP BY 1`` and ``GROUP BY alias``."""
    if isinstance(expression, e.Literal) and isinstance(expression.value, int):
        if not 1 <= expression.value <= len(outputs):
            raise AnalysisError(
                "GROUP_BY_POS_OUT_OF_RANGE", index=expression.value, size=len(outputs)
            )
        item = outputs[expression.value - 1]
        if typed_has_aggregate(item.child):
            raise AnalysisError(
                "GROUP_BY_POS_AGGREGATE", index=expression.value, aggExpr=item.attribute.name
            )
        return [item]
    if (
        isinstance(expression, e.Name)
        and len(expression.parts) == 1
        and resolver.scope.find(expression.parts) is None
    ):
        found = [
            out for out in outputs if resolver.scope.same(out.attribute.name, expression.parts[0])
        ]
        return found[:1] or None
    return None


def typed_has_aggregate(expression: typed.Typed) -> bool:
    """Whether an aggregate function is inside an expression."""
    return any(isinstance(part, typed.AggregateCall) for part in every(expression))


def _check(keys: Sequence[typed.Named]) -> None:
    for key in keys:
        if has(key.child, typed.WindowCall):
            raise AnalysisError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", invalidExprSqls=f'"{key.attribute.name}"'
            )
        if typed_has_aggregate(key.child):
            raise AnalysisError("GROUP_BY_AGGREGATE", sqlExpr=key.attribute.name)
        if isinstance(key.child.type, (t.MapType, t.VariantType)):
            raise AnalysisError("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE", sqlExpr=f'"{key.attribute.name}"',
                                dataType=f'"{key.child.type.simpleString().upper()}"')  # fmt: skip


def assemble(
    grouped: Grouped, extra: tuple[typed.Typed, ...] = ()
) -> tuple[Resolved, tuple[typed.Typed, ...]]:
    """Split an aggregate into operators.

    Parameters
    ----------
    grouped : Grouped
        What to group and what to compute.
    extra : tuple of Typed, optional
        More expressions over the groups (ORDER BY's keys).

    Returns
    -------
    Resolved
        Its output is the select list, and behind it one column per expression of ``extra``.
    tuple of Typed
        What to read for each of ``extra``.
    """
    width, count = len(grouped.keys), len(grouped.outputs)
    having = (grouped.having,) if grouped.having is not None else ()
    parts = (*(k.child for k in grouped.keys), *(x.child for x in grouped.outputs), *having, *extra)
    operator, parts = time_windows.extract(grouped.child.operator, parts)
    operator, parts = lower_values(operator, parts)
    keys = tuple(_keyed(k, part) for k, part in zip(grouped.keys, parts[:width], strict=True))
    operator, keys, grouping_id = _expanded(operator, keys, grouped.sets)
    aggregates: dict[typed.AggregateCall, typed.Named] = {}
    over = tuple(
        _over_groups(part, parts[:width], keys, grouping_id, aggregates) for part in parts[width:]
    )
    _only_groups(over, keys, aggregates, grouping_id)
    more = () if grouping_id is None else (typed.Named(grouping_id, grouping_id),)
    operator = o.Aggregate(operator, (*keys, *more), tuple(aggregates.values()), grouped.is_pivot)
    return _finished(grouped, operator, over, count)


def _keyed(key: typed.Named, part: typed.Typed) -> typed.Named:
    """The column of a grouping key; it keeps the marks of what it renames."""
    if isinstance(part, typed.Attribute):
        return typed.Named(part, part)
    marks = {**time_windows.marks(part), **key.attribute.metadata}
    return typed.Named(part, replace(key.attribute, metadata=marks))


def _finished(
    grouped: Grouped, operator: o.Operator, over: tuple[typed.Typed, ...], count: int
) -> tuple[Resolved, tuple]:
    outputs, rest = over[:count], over[count:]
    if grouped.having is not None:
        operator, rest = o.Filter(operator, rest[0]), rest[1:]
    columns = tuple(
        _output(named, part) for named, part in zip(grouped.outputs, outputs, strict=True)
    )
    operator, made = window_calls.extract(operator, (*columns, *rest))
    columns, rest = made[:count], made[count:]
    behind = tuple(
        typed.Named(part, typed.Attribute("_o", part.type, part.nullable)) for part in rest
    )
    operator = o.Project(operator, (*columns, *behind))
    visible = tuple(column.attribute for column in columns)
    scope = scope_of(visible, grouped.child.scope)
    return Resolved(operator, scope, None, grouped), tuple(named.attribute for named in behind)


def _output(named: typed.Named, part: typed.Typed) -> typed.Named:
    if isinstance(part, typed.Attribute) and named.attribute.name == part.name:
        return typed.Named(part, part)
    marks = {**time_windows.marks(part), **named.attribute.metadata}
    return typed.Named(part, replace(named.attribute, metadata=marks))


def _over_groups(
    part: typed.Typed,
    originals: tuple[typed.Typed, ...],
    keys: tuple[typed.Named, ...],
    grouping_id: typed.Attribute | None,
    aggregates: dict[typed.AggregateCall, typed.Named],
) -> typed.Typed:
    """Return an expression that reads group columns and aggregate columns instead of computing them."""
    for original, key in zip(originals, keys, strict=True):
        if part == original:
            return key.attribute
    if isinstance(part, typed.AggregateCall):
        if has(part, typed.WindowCall):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1031")
        if part not in aggregates:
            attribute = typed.Attribute(part.function, part.type, part.nullable)
            aggregates[part] = typed.Named(part, attribute)
        return aggregates[part].attribute
    if isinstance(part, typed.Call) and part.function in ("grouping", "grouping_id"):
        return _grouping(part, originals, grouping_id)
    if isinstance(part, typed.WindowCall):
        inner = part.function
        arguments = tuple(
            _over_groups(x, originals, keys, grouping_id, aggregates) for x in inner.arguments
        )
        rest = replace(part, function=typed.Literal(None, t.NullType()))
        rest = map_parts(
            rest, typed.Typed, lambda x: _over_groups(x, originals, keys, grouping_id, aggregates)
        )
        return replace(rest, function=replace(inner, arguments=arguments))
    if isinstance(part, typed.Attribute):
        return part
    return map_parts(
        part, typed.Typed, lambda x: _over_groups(x, originals, keys, grouping_id, aggregates)
    )


def _grouping(
    call: typed.Call, originals: tuple[typed.Typed, ...], grouping_id: typed.Attribute | None
) -> typed.Typed:
    if grouping_id is None:
        raise AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")
    if call.function == "grouping_id":
        return grouping_id
    if call.arguments[0] not in originals:
        raise AnalysisError("GROUPING_COLUMN_MISMATCH", grouping='"grouping"', groupingColumns="")
    shift = len(originals) - 1 - originals.index(call.arguments[0])
    bit = typed.Call(
        "shiftright", (grouping_id, typed.Literal(shift, t.IntegerType())), t.LongType(), False
    )
    one = typed.Call("&", (bit, typed.Literal(1, t.LongType())), t.LongType(), False)
    return typed.Cast(one, t.ByteType())


def _expanded(
    operator: o.Operator, keys: tuple[typed.Named, ...], sets: tuple[tuple[int, ...], ...] | None
) -> tuple[o.Operator, tuple[typed.Named, ...], typed.Attribute | None]:
    """For grouping sets: a row per set, the keys outside the set NULL, and the set's number."""
    if sets is None:
        return operator, keys, None
    columns = tuple(
        typed.Attribute(k.attribute.name, k.type, True, metadata=k.attribute.metadata) for k in keys
    )
    grouping_id = typed.Attribute(_GID, t.LongType(), False)
    projections = tuple(
        (
            *operator.output,
            *(k.child if i in one else typed.Literal(None, k.type) for i, k in enumerate(keys)),
            typed.Literal(_number(one, len(keys)), t.LongType()),
        )
        for one in sets
    )
    made = o.Expand(operator, projections, (*operator.output, *columns, grouping_id))
    return made, tuple(typed.Named(c, c) for c in columns), grouping_id


def _number(one: tuple[int, ...], width: int) -> int:
    return sum(1 << (width - 1 - i) for i in range(width) if i not in one)


def sort_keys(
    analyzer: Analyzer, child: Resolved, order: tuple[e.SortOrder, ...]
) -> tuple[Resolved, tuple[typed.SortKey, ...]]:
    """Return an aggregate with the keys of ORDER BY computed over its groups, and the keys.

    A key sees the select list's names first, then the input's columns and aggregates over them.
    """
    grouped = child.grouped
    names = {c.attribute.name.lower() for c in child.scope.columns}
    more = tuple(
        c
        for c in grouped.child.scope.columns
        if c.attribute.name.lower() not in names or c.qualifier
    )
    tags = {**grouped.child.scope.tags, **child.scope.tags}
    resolver = analyzer.at(replace(child.scope, columns=(*child.scope.columns, *more), tags=tags))
    keys = [analyzer.sort_key(resolver, key) for key in order]
    items = {out.attribute.id: out.child for out in grouped.outputs}

    def spelled(part: typed.Typed) -> typed.Typed:
        return items.get(part.id, part) if isinstance(part, typed.Attribute) else part

    made, columns = assemble(grouped, tuple(transform(key.child, spelled) for key in keys))
    return made, tuple(
        replace(key, child=column) for key, column in zip(keys, columns, strict=True)
    )


def _only_groups(
    over: tuple[typed.Typed, ...],
    keys: tuple[typed.Named, ...],
    aggregates: dict[typed.AggregateCall, typed.Named],
    grouping_id: typed.Attribute | None,
) -> None:
    """Refuse a column that is neither grouped nor aggregated."""
    known = {k.attribute.id for k in (*keys, *aggregates.values())} | (
        {grouping_id.id} if grouping_id else set()
    )
    for part in over:
        for inner in every(part):
            if (
                isinstance(inner, typed.Attribute)
                and inner.id not in known
                and not _bound(inner, part)
            ):
                raise AnalysisError(
                    "MISSING_AGGREGATION",
                    expression=f'"{inner.name}"',
                    expressionAnyValue=f'"any_value({inner.name})"',
                )


def _bound(attribute: typed.Attribute, part: typed.Typed) -> bool:
    return any(isinstance(x, typed.Lambda) and attribute in x.parameters for x in every(part))
