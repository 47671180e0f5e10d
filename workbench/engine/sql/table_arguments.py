"""Tables as arguments of table functions: ``f(TABLE(t) PARTITION BY k ORDER BY x, name => 1)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from workbench.engine.plan.expressions import (
    Expression,
    NamedArgument,
    SortOrder,
    TableArgument,
)
from workbench.engine.plan.relations import ReadTable, Relation
from workbench.engine.sql.calls import argument_name, at_argument_name
from workbench.engine.sql.cursor import Cursor

T = TypeVar("T")


def function_argument(cursor: Cursor) -> Expression:
    """Read an argument of a table function: a value or a table, with or without a name."""
    name = argument_name(cursor)
    value = _table(cursor) if _at_table(cursor) else cursor.expression()
    return NamedArgument(name, value) if name else value


def _at_table(cursor: Cursor, ahead: int = 0) -> bool:
    return cursor.at("table", ahead=ahead) and (
        cursor.at("(", ahead=ahead + 1) or cursor.at_identifier(ahead + 1)
    )


def _table(cursor: Cursor) -> TableArgument:
    """Read ``TABLE(name | query) [PARTITION BY … | WITH SINGLE PARTITION] [ORDER BY …]``."""
    cursor.expect("table")
    if not cursor.at("("):
        raise cursor.fault(
            "INVALID_SQL_SYNTAX.INVALID_TABLE_FUNCTION_IDENTIFIER_ARGUMENT_MISSING_PARENTHESES",
            argumentName=f"`{'.'.join(cursor.dotted())}`",
        )
    cursor.expect("(")
    plan: Relation = cursor.query() if cursor.at_query() else ReadTable(cursor.dotted())
    cursor.expect(")")
    found = TableArgument(plan)
    if cursor.skip("with", "single", "partition"):
        return replace(found, is_single=True, order=_order(cursor))
    if cursor.skip("partition", "by") or cursor.skip("distribute", "by"):
        partition = _keys(cursor, Cursor.expression, "PARTITION BY")
        return replace(found, partition=partition, order=_order(cursor))
    return found


def _order(cursor: Cursor) -> tuple[SortOrder, ...]:
    if cursor.skip("order", "by") or cursor.skip("sort", "by"):
        return _keys(cursor, Cursor.sort_order, "ORDER BY")
    return ()


def _keys(cursor: Cursor, rule: Callable[[Cursor], T], clause: str) -> tuple[T, ...]:
    """Read one key, or several in parentheses; a comma after one key starts the next argument."""

    def wrapped(inner: Cursor) -> tuple[T, ...]:
        found = inner.wrapped(rule)
        if not (inner.at_any({"order", "sort"}) or inner.at(",") or inner.at(")")):
            raise inner.unexpected()
        return found

    if cursor.at("("):
        found = cursor.attempt(wrapped)
        if found is not None:
            return found
    one = rule(cursor)
    if cursor.at(",") and not (at_argument_name(cursor, 1) or _at_table(cursor, 1)):
        raise cursor.fault(
            "_LEGACY_ERROR_TEMP_0064",
            msg=f"The table argument's {clause} has several keys: put them in parentheses",
        )
    return (one,)
