"""Predicates after a value: ``BETWEEN``, ``IN``, ``IS``, ``LIKE`` and their kin."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pyspark.sql import types as t

from workbench.engine.plan.expressions import Expression, Function, InSubquery, Literal
from workbench.engine.sql.cursor import Cursor
from workbench.engine.sql.literals import text_literal

Rule = Callable[[Cursor, Expression, bool], Expression]
"""Reads what follows the predicate's word; takes the value before it and whether NOT stood between."""

_NO_PATTERNS = "Expected something between '(' and ')'."
_TRUTH = {"true": Literal(True, t.BooleanType()), "false": Literal(False, t.BooleanType())}


def function(name: str, *arguments: Expression) -> Function:
    """A call."""
    return Function(name, arguments)


def negated(expression: Expression, negate: bool) -> Expression:
    """The expression, under ``not`` when asked."""
    return function("not", expression) if negate else expression


def predicate(cursor: Cursor, left: Expression) -> Expression:
    """Read at most one predicate after a value: Spark's do not chain."""
    negate = cursor.at("not") and cursor.at_any(_PREDICATES, ahead=1)
    word = cursor.peek(1 if negate else 0).text.lower()
    if not (negate or cursor.at_any(_PREDICATES)):
        return left
    cursor.index += 2 if negate else 1
    return _PREDICATES[word](cursor, left, negate)


def _between(cursor: Cursor, left: Expression, negate: bool) -> Expression:
    low = cursor.value()
    cursor.expect("and")
    return negated(function("between", left, low, cursor.value()), negate)


def _row(value: Expression) -> tuple[Expression, ...]:
    is_row = isinstance(value, Function) and value.name == "struct"
    return value.arguments if is_row and isinstance(value, Function) else (value,)


def _in(cursor: Cursor, left: Expression, negate: bool) -> Expression:
    if cursor.at("(") and cursor.at_query(1):
        cursor.expect("(")
        plan = cursor.query()
        cursor.expect(")")
        return negated(InSubquery(_row(left), plan), negate)
    if cursor.at("(", ")"):
        raise cursor.fault("INVALID_SQL_SYNTAX.EMPTY_IN_PREDICATE")
    return negated(function("in", left, *cursor.wrapped(Cursor.expression)), negate)


def _is(cursor: Cursor, left: Expression, negate: bool) -> Expression:
    if negate:
        raise cursor.unexpected()
    negate = cursor.skip("not")
    if cursor.skip("null"):
        return function("isnotnull" if negate else "isnull", left)
    if cursor.skip("unknown"):
        return function("isnotnull" if negate else "isnull", left)
    if cursor.skip("distinct"):
        cursor.expect("from")
        return negated(function("<=>", left, cursor.value()), not negate)
    for word in ("true", "false"):
        if cursor.skip(word):
            return negated(function("<=>", left, _TRUTH[word]), negate)
    raise cursor.unexpected()


def _like(name: str) -> Rule:
    def read(cursor: Cursor, left: Expression, negate: bool) -> Expression:
        for word, joiner in (("any", "or"), ("some", "or"), ("all", "and")):
            if cursor.at(word, "("):
                cursor.take()
                if cursor.at("(", ")"):
                    raise cursor.fault("_LEGACY_ERROR_TEMP_0064", msg=_NO_PATTERNS)
                patterns = cursor.wrapped(Cursor.expression)
                tests = (negated(function(name, left, pattern), negate) for pattern in patterns)
                return reduce(lambda one, other: function(joiner, one, other), tests)
        arguments = [left, cursor.value()]
        if cursor.skip("escape"):
            arguments.append(text_literal(cursor.string()))
        return negated(Function(name, tuple(arguments)), negate)

    return read


def _rlike(cursor: Cursor, left: Expression, negate: bool) -> Expression:
    return negated(function("rlike", left, cursor.value()), negate)


_PREDICATES: dict[str, Rule] = {
    "between": _between,
    "ilike": _like("ilike"),
    "in": _in,
    "is": _is,
    "like": _like("like"),
    "regexp": _rlike,
    "rlike": _rlike,
}
