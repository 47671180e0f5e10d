"""Queries: ``WITH``, ``SELECT``, set operations, ordering and limits."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

from workbench.engine.plan.expressions import Alias, Expression, Literal, Name, SortOrder, Window
from workbench.engine.plan.relations import (
    Aggregate,
    Deduplicate,
    Drop,
    Filter,
    Hint,
    Limit,
    Offset,
    OneRow,
    Project,
    ReadTable,
    Recursive,
    Relation,
    Repartition,
    SetOperation,
    Sort,
    SubqueryAlias,
    WithNames,
)
from workbench.engine.sql.cursor import Cursor, unsupported
from workbench.engine.sql.grouping import Grouping, group_by
from workbench.engine.sql.lexer import tokenize
from workbench.engine.sql.pipes import pipe
from workbench.engine.sql.sources import from_clause, lateral_view, values
from workbench.engine.sql.windows import named_windows, resolve_windows, rewrite

_SET_OPERATIONS = {"union": "union", "except": "except", "minus": "except", "setminus": "except"}


def query(cursor: Cursor) -> Relation:
    """Read ``[WITH …] terms [ORDER BY … LIMIT …]``."""
    names = with_names(cursor)
    found = organized(cursor, term(cursor))
    return WithNames(found, names) if names else found


def with_names(cursor: Cursor) -> tuple[tuple[str, Relation], ...]:
    """Read ``WITH name [(columns)] AS (query), …`` when it is there."""
    if not cursor.skip("with"):
        return ()
    is_recursive = cursor.at("recursive") and cursor.at_identifier(1) and bool(cursor.take())
    found = cursor.many(partial(_named_query, is_recursive=is_recursive))
    lowered = [name.lower() for name, _ in found]
    doubled = sorted({name for name in lowered if lowered.count(name) > 1})
    if doubled:
        shown = ", ".join(f"`{name}`" for name in doubled)
        raise cursor.fault("DUPLICATED_CTE_NAMES", duplicateNames=shown)
    return found


def _named_query(cursor: Cursor, is_recursive: bool = False) -> tuple[str, Relation]:
    name = cursor.identifier()
    columns = cursor.identifiers() if cursor.at("(") and not cursor.at("select", ahead=1) else ()
    level = cursor.integer() if cursor.skip("max", "recursion", "level") else None
    cursor.skip("as")
    cursor.expect("(")
    plan = cursor.query()
    cursor.expect(")")
    if is_recursive:
        return name, Recursive(name, plan, columns, level)
    return name, SubqueryAlias(plan, (name,), columns) if columns else plan


def term(cursor: Cursor) -> Relation:
    """Read queries joined by ``UNION``, ``EXCEPT``, ``INTERSECT``, and pipes after them; INTERSECT binds tighter."""
    found = _intersection(cursor)
    while True:
        if cursor.operator() == "|>":
            cursor.index += 2
            found = pipe(cursor, found, _intersection)
        elif cursor.at_any(_SET_OPERATIONS):
            kind = _SET_OPERATIONS[cursor.take().text.lower()]
            found = set_operation(cursor, found, kind, _intersection)
        else:
            return found


def _intersection(cursor: Cursor) -> Relation:
    found = _primary(cursor)
    while cursor.skip("intersect"):
        found = set_operation(cursor, found, "intersect", _primary)
    return found


def set_operation(cursor: Cursor, left: Relation, kind: str, operand: object) -> SetOperation:
    """Read ``[ALL | DISTINCT] operand``."""
    is_all = cursor.skip("all")
    if not is_all:
        cursor.skip("distinct")
    return SetOperation(left, operand(cursor), kind, is_all)  # type: ignore[operator]


def _primary(cursor: Cursor) -> Relation:
    if cursor.skip("("):
        found = query(cursor)
        cursor.expect(")")
        return found
    if cursor.at("from"):
        return _from_first(cursor)
    if cursor.at("table") and cursor.at_identifier(1):
        cursor.take()
        return ReadTable(cursor.dotted())
    if cursor.at("values"):
        return values(cursor)
    return select(cursor, None)


def _from_first(cursor: Cursor) -> Relation:
    """``FROM t``, ``FROM t SELECT a``."""
    cursor.expect("from")
    source = from_clause(cursor)
    if cursor.at("insert"):
        raise unsupported("FROM … INSERT; write INSERT INTO … SELECT")
    if cursor.at("map") or cursor.at("reduce"):
        raise unsupported("SELECT TRANSFORM, MAP and REDUCE with a script")
    return select(cursor, source) if cursor.at("select") else source


@dataclass(slots=True)
class _Clauses:
    """What follows a select list and its source."""

    where: Expression | None = None
    grouping: Grouping | None = None
    having: Expression | None = None
    qualify: Expression | None = None


def select(cursor: Cursor, source: Relation | None) -> Relation:
    """Read ``SELECT [hints] [DISTINCT] list [FROM …] [WHERE …] [GROUP BY …] [HAVING …] [WINDOW …] [QUALIFY …]``."""
    cursor.expect("select")
    hints = _hints(cursor)
    if cursor.at("transform", "(") and _is_script(cursor):
        raise unsupported("SELECT TRANSFORM, MAP and REDUCE with a script")
    distinct = cursor.skip("distinct")
    if not distinct and not cursor.at(",", ahead=1):
        cursor.skip("all")
    items = cursor.many(Cursor.named_expression)
    if source is None and cursor.skip("from"):
        source = from_clause(cursor)
    while cursor.at("lateral", "view"):
        source = lateral_view(cursor, source or OneRow())
    found = _selected(cursor, source or OneRow(), items, _clauses(cursor))
    if distinct:
        found = Deduplicate(found, all_columns=True, is_grouping=True)
    for name, parameters in reversed(hints):
        found = Hint(found, name, parameters)
    return found


def _clauses(cursor: Cursor) -> _Clauses:
    found = _Clauses()
    if cursor.skip("where"):
        found.where = cursor.expression()
    if cursor.skip("group", "by"):
        found.grouping = group_by(cursor)
    if cursor.skip("having"):
        found.having = cursor.expression()
    if cursor.skip("qualify"):
        found.qualify = cursor.expression()
    windows = named_windows(cursor) if cursor.skip("window") else {}
    if found.qualify is None and cursor.skip("qualify"):
        found.qualify = cursor.expression()
    cursor.windows = windows
    return found


def _selected(
    cursor: Cursor, source: Relation, items: tuple[Expression, ...], clauses: _Clauses
) -> Relation:
    if clauses.where is not None:
        source = Filter(source, *resolve_windows((clauses.where,), cursor))
    items = resolve_windows(items, cursor)
    if clauses.qualify is None:
        return _projected(source, items, clauses)
    hidden, condition = _hidden_windows(*resolve_windows((clauses.qualify,), cursor))
    found = Filter(_projected(source, (*items, *hidden), clauses), condition)
    return Drop(found, names=tuple(alias.names[0] for alias in hidden)) if hidden else found


def _projected(source: Relation, items: tuple[Expression, ...], clauses: _Clauses) -> Relation:
    grouping = clauses.grouping
    if grouping is None and clauses.having is None:
        return Project(source, items)
    grouping = grouping or Grouping("groupby", ())
    return Aggregate(
        source,
        grouping.kind,
        grouping.expressions,
        items,
        grouping_sets=grouping.sets,
        having=clauses.having,
        from_sql=True,
    )


def _hidden_windows(condition: Expression) -> tuple[tuple[Alias, ...], Expression]:
    """Name the windows in a QUALIFY condition, so that they are computed beside the select list.

    Before: ``QUALIFY row_number() OVER (…) = 1``; after: a column ``__qualify_0`` and ``__qualify_0 = 1``.
    """
    hidden: list[Alias] = []

    def name(node: Expression) -> Expression:
        if not isinstance(node, Window):
            return node
        hidden.append(Alias(node, (f"__qualify_{len(hidden)}",)))
        return Name(hidden[-1].names)

    condition = rewrite(condition, name)
    return tuple(hidden), condition


def _hints(cursor: Cursor) -> list[tuple[str, tuple[Expression, ...]]]:
    """Read ``/*+ BROADCAST(t), REPARTITION(3) */`` comments."""
    found: list[tuple[str, tuple[Expression, ...]]] = []
    while cursor.peek().kind == "hint":
        text = cursor.take().text[3:-2]
        inner = replace(cursor, text=text, tokens=tokenize(text), index=0)
        while inner.at_identifier():
            name = inner.identifier()
            parameters = inner.wrapped(Cursor.expression) if inner.at("(") else ()
            found.append((name, parameters))
            inner.skip(",")
        inner.finish()
    return found


def _is_script(cursor: Cursor) -> bool:
    """Whether ``TRANSFORM(…)`` is followed by USING."""
    depth, ahead = 0, 1
    while cursor.peek(ahead).kind != "end":
        depth += {"(": 1, ")": -1}.get(cursor.peek(ahead).text, 0)
        ahead += 1
        if depth == 0:
            break
    return cursor.at("using", ahead=ahead) or cursor.at("row", ahead=ahead)


def organized(cursor: Cursor, found: Relation) -> Relation:
    """Read ``ORDER BY``, ``SORT BY``, ``CLUSTER BY``, ``DISTRIBUTE BY``, ``LIMIT`` and ``OFFSET``."""
    found = ordered(cursor, found)
    limit: Expression | None = None
    if cursor.skip("limit"):
        limit = None if cursor.skip("all") else cursor.expression()
    if cursor.skip("offset"):
        found = Offset(found, _count(cursor.expression()))
    return found if limit is None else Limit(found, _count(limit))


def ordered(cursor: Cursor, found: Relation) -> Relation:
    """Read the clauses about order and layout."""
    order = cursor.many(Cursor.sort_order) if cursor.skip("order", "by") else ()
    cluster = cursor.many(Cursor.expression) if cursor.skip("cluster", "by") else ()
    distribute = cursor.many(Cursor.expression) if cursor.skip("distribute", "by") else ()
    sort = cursor.many(Cursor.sort_order) if cursor.skip("sort", "by") else ()
    if bool(order) + bool(cluster) + bool(distribute or sort) > 1:
        raise cursor.fault("UNSUPPORTED_FEATURE.COMBINATION_QUERY_RESULT_CLAUSES")
    if cursor.skip("window"):
        cursor.windows = named_windows(cursor)
    order = resolve_windows(order, cursor)
    if cluster or distribute:
        found = Repartition(found, expressions=cluster or distribute)
    local = sort or tuple(SortOrder(key) for key in cluster)
    if local:
        found = Sort(found, local, is_global=False)
    return Sort(found, order) if order else found


def _count(expression: Expression) -> Expression | int:
    is_whole = isinstance(expression, Literal) and type(expression.value) is int
    return expression.value if is_whole and isinstance(expression, Literal) else expression
