"""``GROUP BY``: expressions, ``ROLLUP``, ``CUBE``, ``GROUPING SETS`` and any mix of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, product

from workbench.engine.plan.expressions import Expression, Function
from workbench.engine.sql.cursor import Cursor

Group = tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a GROUP BY says, in the terms of :class:`workbench.engine.plan.relations.Aggregate`."""

    kind: str
    expressions: Group
    sets: tuple[Group, ...] = ()


@dataclass(frozen=True, slots=True)
class _Item:
    """One item of the clause: ``groups`` are the parts in parentheses or the lone expression."""

    kind: str
    groups: tuple[Group, ...]


def group_by(cursor: Cursor) -> Grouping:
    """Read what follows ``GROUP BY``. ``GROUP BY ALL`` is the lone name ``ALL``; the analysis understands it."""
    items = cursor.many(_item)
    plain = tuple(item.groups[0][0] for item in items if item.kind == "groupby")
    if len(plain) < len(items):
        return _analytics(items)
    if cursor.at("with") and (cursor.at("rollup", ahead=1) or cursor.at("cube", ahead=1)):
        cursor.take()
        return Grouping(cursor.identifier().lower(), plain)
    if cursor.at("grouping", "sets"):
        sets = _item(cursor).groups
        return Grouping("grouping_sets", plain, sets)
    return Grouping("groupby", plain)


def _item(cursor: Cursor) -> _Item:
    for kind in ("rollup", "cube"):
        if cursor.at(kind, "("):
            cursor.take()
            return _Item(kind, cursor.wrapped(_group))
    if cursor.skip("grouping", "sets"):
        cursor.expect("(")
        nested = cursor.many(_grouping_set)
        cursor.expect(")")
        return _Item("grouping_sets", tuple(group for groups in nested for group in groups))
    return _Item("groupby", ((cursor.expression(),),))


def _grouping_set(cursor: Cursor) -> tuple[Group, ...]:
    if cursor.at("rollup", "(") or cursor.at("cube", "(") or cursor.at("grouping", "sets"):
        return _sets(_item(cursor))
    return (_group(cursor),)


def _group(cursor: Cursor) -> Group:
    """Read ``()``, ``(a, b)`` or an expression."""
    if cursor.skip("(", ")"):
        return ()
    found = cursor.expression()
    is_row = isinstance(found, Function) and found.name == "struct"
    return found.arguments if is_row and isinstance(found, Function) else (found,)


def _analytics(items: tuple[_Item, ...]) -> Grouping:
    if len(items) == 1 and items[0].kind != "grouping_sets":
        groups = items[0].groups
        if all(len(group) == 1 for group in groups):
            return Grouping(items[0].kind, tuple(group[0] for group in groups))
    sets = tuple(_joined(chosen) for chosen in product(*map(_sets, items)))
    named = _joined(tuple(group for item in items for group in item.groups))
    return Grouping("grouping_sets", named, sets)


def _sets(item: _Item) -> tuple[Group, ...]:
    """The grouping sets an item stands for.

    ``ROLLUP(a, b)`` is ``(a, b), (a), ()``; ``CUBE(a, b)`` is ``(a, b), (a), (b), ()``.
    """
    groups = item.groups
    if item.kind == "rollup":
        return tuple(_joined(groups[:size]) for size in range(len(groups), -1, -1))
    if item.kind == "cube":
        sizes = range(len(groups), -1, -1)
        return tuple(_joined(chosen) for size in sizes for chosen in combinations(groups, size))
    return groups


def _joined(groups: tuple[Group, ...]) -> Group:
    """All expressions of the groups, each once."""
    found: list[Expression] = []
    for group in groups:
        found.extend(part for part in group if part not in found)
    return tuple(found)
