"""Pipe steps: ``FROM t |> WHERE a > 1 |> AGGREGATE sum(b) GROUP BY c``."""

from __future__ import annotations

from collections.abc import Callable

from workbench.engine.plan.expressions import Alias, Expression, Literal, SortOrder, Star
from workbench.engine.plan.relations import (
    Aggregate,
    Drop,
    Filter,
    Limit,
    Offset,
    Project,
    Relation,
    SetOperation,
    Sort,
    SubqueryAlias,
    WithColumns,
)
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.pivots import pivot, unpivot
from workbench.engine.sql.sources import join, lateral_view, sample

Rule = Callable[[Cursor], Relation]

_SET_OPERATIONS = {
    "union": "union",
    "except": "except",
    "minus": "except",
    "setminus": "except",
    "intersect": "intersect",
}


def pipe(cursor: Cursor, child: Relation, operand: Rule) -> Relation:
    """Read one step after ``|>``; ``operand`` reads the right side of a set operation."""
    word = cursor.peek().text.lower()
    if word in _SET_OPERATIONS:
        cursor.take()
        is_all = cursor.skip("all")
        if not is_all:
            cursor.skip("distinct")
        return SetOperation(child, operand(cursor), _SET_OPERATIONS[word], is_all)
    if word in _STEPS:
        return _STEPS[word](cursor, child)
    joined = join(cursor, child)
    if joined is None:
        raise cursor.unexpected()
    return joined


def _select(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("select")
    if cursor.skip("distinct"):
        raise unsupported("|> SELECT DISTINCT; write |> AGGREGATE GROUP BY")
    return Project(child, cursor.many(Cursor.named_expression))


def _extend(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("extend")
    return Project(child, (Star(), *cursor.many(Cursor.named_expression)))


def _set(cursor: Cursor, child: Relation) -> Relation:
    """Later settings see earlier ones, so each is a step of its own."""
    cursor.expect("set")
    for setting in cursor.many(_setting):
        child = WithColumns(child, (setting,))
    return child


def _setting(cursor: Cursor) -> Alias:
    name = cursor.identifier()
    cursor.expect("=")
    return Alias(cursor.expression(), (name,))


def _drop(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("drop")
    return Drop(child, names=cursor.many(Cursor.identifier))


def _as(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("as")
    return SubqueryAlias(child, (cursor.identifier(),))


def _where(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("where")
    return Filter(child, cursor.expression())


def _aggregate(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("aggregate")
    aggregates: tuple[Expression, ...] = ()
    if not cursor.at("group", "by"):
        aggregates = cursor.many(Cursor.named_expression)
    grouping: tuple[Expression, ...] = ()
    if cursor.skip("group", "by"):
        grouping = cursor.many(Cursor.named_expression)
    return Aggregate(child, "groupby", grouping, aggregates)


def _order(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("order", "by")
    keys: tuple[SortOrder, ...] = cursor.many(Cursor.sort_order)
    return Sort(child, keys)


def _limit(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("limit")
    limit = cursor.expression()
    if cursor.skip("offset"):
        child = Offset(child, _count(cursor.expression()))
    return Limit(child, _count(limit))


def _offset(cursor: Cursor, child: Relation) -> Relation:
    cursor.expect("offset")
    return Offset(child, _count(cursor.expression()))


def _count(expression: Expression) -> Expression | int:
    return expression.value if isinstance(expression, Literal) else expression


_STEPS: dict[str, Callable[[Cursor, Relation], Relation]] = {
    "aggregate": _aggregate,
    "as": _as,
    "drop": _drop,
    "extend": _extend,
    "lateral": lateral_view,
    "limit": _limit,
    "offset": _offset,
    "order": _order,
    "pivot": pivot,
    "select": _select,
    "set": _set,
    "tablesample": sample,
    "unpivot": unpivot,
    "where": _where,
}
