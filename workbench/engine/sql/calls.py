"""Calls: ``name(arguments)`` with all that may follow, and the forms that look like calls but have a syntax of their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pyspark.sql import types as t

from workbench.engine.functions import catalog
from workbench.engine.plan.expressions import (
    Cast,
    Expression,
    Function,
    Literal,
    NamedArgument,
    Star,
)
from workbench.engine.sql.cursor import Cursor
from workbench.engine.sql.identifiers import parse_identifier
from workbench.engine.sql.literals import text_literal
from workbench.engine.sql.windows import over

_UNITS = frozenset(
    [
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "dayofyear",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
    ]
)


def routine_name(parts: tuple[str, ...]) -> str:
    """Return a called function's name: Spark's own and the session's are known by their last part alone."""
    *where, name = parts
    is_own = catalog.find(name) is not None or name.lower() in catalog.TABLE_FUNCTIONS
    place = ".".join(where).lower().removeprefix("system.")
    return name if place == ("builtin" if is_own else "session") else ".".join(parts)


def call(cursor: Cursor, parts: tuple[str, ...]) -> Expression:
    """Read a call from its ``(`` on."""
    cursor.expect("(")
    distinct = cursor.skip("distinct")
    if not distinct and not cursor.at(")", ahead=1) and not cursor.at(",", ahead=1):
        cursor.skip("all")
    arguments = () if cursor.at(")") else cursor.many(argument)
    ignore_nulls = _nulls_option(cursor)
    cursor.expect(")")
    found = Function(routine_name(parts), arguments, distinct=distinct, ignore_nulls=ignore_nulls)
    return suffixes(cursor, _counting(found))


def _counting(found: Function) -> Function:
    """``count(*)`` counts a constant, as in Spark's ``visitFunctionCall``."""
    if found.name.lower() == "count" and found.arguments == (Star(),) and not found.distinct:
        return replace(found, arguments=(Literal(1, t.IntegerType()),))
    return found


def suffixes(cursor: Cursor, found: Function) -> Expression:
    """Read ``WITHIN GROUP``, ``FILTER``, ``IGNORE NULLS`` and ``OVER`` after a call."""
    if cursor.skip("within", "group"):
        cursor.expect("(", "order", "by")
        found = replace(found, order=cursor.many(Cursor.sort_order))
        cursor.expect(")")
    if cursor.at("filter", "("):
        cursor.expect("filter", "(", "where")
        found = replace(found, filter=cursor.expression())
        cursor.expect(")")
    if _nulls_option(cursor):
        found = replace(found, ignore_nulls=True)
    return over(cursor, found) if cursor.at("over") and _is_window(cursor) else found


def _is_window(cursor: Cursor) -> bool:
    return cursor.at("(", ahead=1) or cursor.at_identifier(1)


def _nulls_option(cursor: Cursor) -> bool:
    """Read ``IGNORE NULLS`` or ``RESPECT NULLS``; answer whether nulls are ignored."""
    return cursor.skip("ignore", "nulls") or (cursor.skip("respect", "nulls") and False)


def argument(cursor: Cursor) -> Expression:
    """Read a call's argument: ``name => value`` or a value."""
    name = argument_name(cursor)
    value = cursor.expression()
    return NamedArgument(name, value) if name else value


def argument_name(cursor: Cursor) -> str:
    """Read ``name =>``; empty when none comes."""
    if not at_argument_name(cursor):
        return ""
    name = cursor.identifier()
    cursor.index += 2
    return name


def at_argument_name(cursor: Cursor, ahead: int = 0) -> bool:
    """Whether ``name =>`` comes next."""
    if not (cursor.at_identifier(ahead) and cursor.at("=", ">", ahead=ahead + 1)):
        return False
    return cursor.peek(ahead + 2).start == cursor.peek(ahead + 1).start + 1


def _cast(is_try: bool) -> Callable[[Cursor], Expression]:
    def read(cursor: Cursor) -> Expression:
        cursor.take()
        cursor.expect("(")
        child = cursor.expression()
        cursor.expect("as")
        kind = cursor.cast_type()
        cursor.expect(")")
        return Cast(child, kind, is_try)

    return read


def _struct(cursor: Cursor) -> Expression:
    cursor.take()
    cursor.expect("(")
    fields = () if cursor.at(")") else cursor.many(Cursor.named_expression)
    cursor.expect(")")
    return Function("struct", fields)


def _plain(cursor: Cursor) -> Expression:
    return call(cursor, (cursor.identifier(),))


def _position(cursor: Cursor) -> Expression:
    """``POSITION(text IN other)``; with commas it is the function."""
    start = cursor.index
    cursor.take()
    cursor.expect("(")
    part = cursor.attempt(Cursor.value)
    if part is None or not cursor.skip("in"):
        cursor.index = start
        return _plain(cursor)
    whole = cursor.value()
    cursor.expect(")")
    return Function("locate", (part, whole))


def _extract(cursor: Cursor) -> Expression:
    cursor.take()
    cursor.expect("(")
    field = cursor.identifier()
    cursor.expect("from")
    source = cursor.value()
    cursor.expect(")")
    return Function("extract", (text_literal(field), source))


def _substring(cursor: Cursor) -> Expression:
    """``SUBSTRING(text FROM start [FOR length])``; with commas it is the function."""
    start = cursor.index
    name = cursor.identifier()
    cursor.expect("(")
    parts = [] if cursor.at(")") else [cursor.value()]
    if not cursor.skip("from"):
        cursor.index = start
        return _plain(cursor)
    parts.append(cursor.value())
    if cursor.skip("for"):
        parts.append(cursor.value())
    cursor.expect(")")
    return Function(name, tuple(parts))


def _trim(cursor: Cursor) -> Expression:
    """``TRIM([BOTH | LEADING | TRAILING] [characters] FROM text)``; else it is the function."""
    start = cursor.index
    cursor.take()
    cursor.expect("(")
    name = next((_SIDES[side] for side in _SIDES if cursor.skip(side)), "trim")
    characters = () if cursor.at("from") or cursor.at(")") else (cursor.value(),)
    if not cursor.skip("from"):
        cursor.index = start
        return _plain(cursor)
    whole = cursor.value()
    cursor.expect(")")
    return Function(name, (*characters, whole))


_SIDES = {"both": "trim", "leading": "ltrim", "trailing": "rtrim"}


def _overlay(cursor: Cursor) -> Expression:
    """``OVERLAY(text PLACING other FROM start [FOR length])``; with commas it is the function."""
    start = cursor.index
    cursor.take()
    cursor.expect("(")
    parts = [] if cursor.at(")") else [cursor.value()]
    if not cursor.skip("placing"):
        cursor.index = start
        return _plain(cursor)
    parts.append(cursor.value())
    cursor.expect("from")
    parts.append(cursor.value())
    if cursor.skip("for"):
        parts.append(cursor.value())
    cursor.expect(")")
    return Function("overlay", tuple(parts))


def _with_unit(name: str) -> Callable[[Cursor], Expression]:
    """``DATEADD(HOUR, 1, ts)``: a unit, three arguments; with two it is the function."""

    def read(cursor: Cursor) -> Expression:
        unit = cursor.peek(2)
        if unit.text.lower() not in _UNITS or not cursor.at(",", ahead=3):
            return _plain(cursor)
        start = cursor.index
        cursor.index += 4
        arguments = cursor.many(argument)
        if len(arguments) != 2:
            cursor.index = start
            return _plain(cursor)
        cursor.expect(")")
        return Function(name, (text_literal(unit.text.upper()), *arguments))

    return read


def identifier_clause(cursor: Cursor) -> tuple[str, ...]:
    """Read ``IDENTIFIER('a.b')``; the text may be a parameter or joined of constants."""
    token = cursor.peek()
    cursor.expect("identifier", "(")
    text = _constant_text(cursor.expression())
    cursor.expect(")")
    if text is None:
        shown = cursor.text[token.start : cursor.peek().start].strip()
        raise cursor.fault(
            "NOT_A_CONSTANT_STRING.NOT_CONSTANT", token, name="IDENTIFIER", expr=shown
        )
    return parse_identifier(text)


def _constant_text(expression: Expression) -> str | None:
    if isinstance(expression, Literal) and isinstance(expression.value, str):
        return expression.value
    if isinstance(expression, Function) and expression.name == "concat":
        parts = [_constant_text(part) for part in expression.arguments]
        return None if None in parts else "".join(map(str, parts))
    return None


FORMS: dict[str, Callable[[Cursor], Expression]] = {
    "cast": _cast(is_try=False),
    "date_add": _with_unit("timestampadd"),
    "date_diff": _with_unit("timestampdiff"),
    "dateadd": _with_unit("timestampadd"),
    "datediff": _with_unit("timestampdiff"),
    "extract": _extract,
    "overlay": _overlay,
    "position": _position,
    "struct": _struct,
    "substr": _substring,
    "substring": _substring,
    "timediff": _with_unit("timestampdiff"),
    "timestampadd": _with_unit("timestampadd"),
    "timestampdiff": _with_unit("timestampdiff"),
    "trim": _trim,
    "try_cast": _cast(is_try=True),
}
"""Name → how to read it from the name on, when ``(`` follows."""
