"""Windows: ``OVER (…)``, frames, and windows named by ``WINDOW w AS (…)``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from decimal import Decimal
from typing import Any, TypeVar

from workbench.engine.plan.expressions import (
    Bound,
    Expression,
    Frame,
    Function,
    Literal,
    SortOrder,
    Window,
)
from workbench.engine.plan.relations import Relation
from workbench.engine.sql.cursor import Cursor

E = TypeVar("E", bound=Expression)


@dataclass(frozen=True, slots=True)
class WindowReference(Expression):
    """``OVER name``, until the query's WINDOW clause is read. It never leaves this package."""

    function: Function
    name: str


@dataclass(frozen=True, slots=True)
class WindowSpec:
    """What stands in the parentheses of a window."""

    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    frame: Frame | None = None


def over(cursor: Cursor, function: Function) -> Expression:
    """Read ``OVER name``, ``OVER (name)`` or ``OVER (…)``."""
    cursor.expect("over")
    if not cursor.at("("):
        return WindowReference(function, cursor.identifier())
    if cursor.at_identifier(1) and cursor.at(")", ahead=2):
        return WindowReference(function, cursor.identifiers()[0])
    spec = window_spec(cursor)
    return Window(function, spec.partition, spec.order, spec.frame)


def window_spec(cursor: Cursor) -> WindowSpec:
    """Read ``([PARTITION BY …] [ORDER BY …] [frame])``; CLUSTER, DISTRIBUTE and SORT BY are Hive's words for them."""
    cursor.expect("(")
    partition: tuple[Expression, ...] = ()
    order: tuple[SortOrder, ...] = ()
    if cursor.skip("cluster", "by"):
        partition = cursor.many(Cursor.expression)
    else:
        if cursor.skip("partition", "by") or cursor.skip("distribute", "by"):
            partition = cursor.many(Cursor.expression)
        if cursor.skip("order", "by") or cursor.skip("sort", "by"):
            order = cursor.many(Cursor.sort_order)
    frame = _frame(cursor) if cursor.at("rows") or cursor.at("range") else None
    cursor.expect(")")
    return WindowSpec(partition, order, frame)


def _frame(cursor: Cursor) -> Frame:
    unit = cursor.identifier().lower()
    if not cursor.skip("between"):
        return Frame(unit, _bound(cursor, unit), Bound(0))
    lower = _bound(cursor, unit)
    cursor.expect("and")
    return Frame(unit, lower, _bound(cursor, unit))


def _bound(cursor: Cursor, unit: str) -> Bound:
    if cursor.skip("current", "row"):
        return Bound(0)
    if cursor.skip("unbounded", "preceding") or cursor.skip("unbounded", "following"):
        return Bound(None)
    offset = cursor.expression()
    is_before = cursor.skip("preceding")
    if not is_before:
        cursor.expect("following")
    if not (isinstance(offset, Literal) and isinstance(offset.value, (int, float, Decimal))):
        return Bound(Function("negative", (offset,)) if is_before else offset)
    signed = replace(offset, value=-offset.value if is_before else offset.value)
    return Bound(signed.value if unit == "rows" and isinstance(signed.value, int) else signed)


def named_windows(cursor: Cursor) -> dict[str, WindowSpec]:
    """Read ``name AS (…), …`` after WINDOW."""

    def one(inner: Cursor) -> tuple[str, WindowSpec]:
        name = inner.identifier()
        inner.expect("as")
        return name.lower(), window_spec(inner)

    return dict(cursor.many(one))


def resolve_windows(expressions: tuple[E, ...], cursor: Cursor) -> tuple[E, ...]:
    """Put the named windows of the select read last in the place of their names."""

    def put(node: Expression) -> Expression:
        if not isinstance(node, WindowReference):
            return node
        spec = cursor.windows.get(node.name.lower())
        if spec is None:
            raise cursor.fault("MISSING_WINDOW_SPECIFICATION", windowName=node.name)
        return Window(node.function, spec.partition, spec.order, spec.frame)

    found: tuple[E, ...] = rewrite(expressions, put)
    return found


def rewrite(node: Any, change: Callable[[Expression], Expression]) -> Any:
    """Apply a change to an expression from the leaves up; queries inside it are left alone."""
    if isinstance(node, tuple):
        return tuple(rewrite(item, change) for item in node)
    if isinstance(node, Relation) or not is_dataclass(node) or isinstance(node, type):
        return node
    old = {field.name: getattr(node, field.name) for field in fields(node)}
    new = {name: rewrite(part, change) for name, part in old.items()}
    if new != old:
        node = replace(node, **new)
    return change(node) if isinstance(node, Expression) else node
