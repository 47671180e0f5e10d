"""Expressions: the rules of Spark's ``booleanExpression``, ``valueExpression`` and ``primaryExpression``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.plan.expressions import (
    Alias,
    Cast,
    Exists,
    Expression,
    Extract,
    Function,
    Lambda,
    LambdaVariable,
    Literal,
    Name,
    ScalarSubquery,
    SortOrder,
    Star,
)
from workbench.engine.sql.calls import FORMS, call, identifier_clause
from workbench.engine.sql.cursor import unsupported
from workbench.engine.sql.intervals import at_interval, interval
from workbench.engine.sql.keywords import BINARY, NO_COLUMN, NO_PAREN_FUNCTIONS, UNARY
from workbench.engine.sql.literals import number, text_literal, typed_literal
from workbench.engine.sql.predicates import function, negated, predicate

if TYPE_CHECKING:
    from workbench.engine.plan.relations import Relation
    from workbench.engine.sql.cursor import Cursor

_CONSTANTS = {
    "null": Literal(None, t.NullType()),
    "true": Literal(True, t.BooleanType()),
    "false": Literal(False, t.BooleanType()),
}


def expression(cursor: Cursor) -> Expression:
    """Read an expression: ``or`` of ``and`` of predicates."""
    return _chain(cursor, "or", _conjunction)


def _conjunction(cursor: Cursor) -> Expression:
    return _chain(cursor, "and", _negation)


def _chain(cursor: Cursor, word: str, operand: Callable[[Cursor], Expression]) -> Expression:
    """Read ``a or b or c`` into a tree of low height, as Spark's ``visitLogicalBinary``: long chains are common."""
    parts = [operand(cursor)]
    while cursor.skip(word):
        parts.append(operand(cursor))

    def tree(low: int, high: int) -> Expression:
        if low == high:
            return parts[low]
        middle = low + (high - low) // 2
        return function(word, tree(low, middle), tree(middle + 1, high))

    return tree(0, len(parts) - 1)


def _negation(cursor: Cursor) -> Expression:
    if cursor.skip("not") or cursor.skip_operator("!"):
        return function("not", _negation(cursor))
    if cursor.at("exists", "(") and cursor.at_query(2):
        cursor.expect("exists", "(")
        plan = cursor.query()
        cursor.expect(")")
        return Exists(plan)
    return predicate(cursor, value(cursor))


def value(cursor: Cursor, weakest: int = 0) -> Expression:
    """Read operators that bind tighter than ``weakest``; all are left-associative."""
    left = _unary(cursor)
    while True:
        sign = "div" if cursor.at("div") else cursor.operator()
        power, name = BINARY.get(sign, (0, ""))
        if power <= weakest:
            return left
        cursor.index += 1 if sign == "div" else len(sign)
        right = value(cursor, power)
        equal = name == "!="
        left = negated(function("==" if equal else name, left, right), equal)


def _unary(cursor: Cursor) -> Expression:
    sign = cursor.operator()
    if sign not in UNARY:
        return _postfix(cursor, primary(cursor))
    cursor.take()
    if sign == "-" and cursor.peek().kind == "number":
        return _postfix(cursor, number(cursor, negative=True))
    return function(UNARY[sign], _unary(cursor))


def _postfix(cursor: Cursor, base: Expression) -> Expression:
    """Read ``[index]``, ``.field``, ``::type`` and ``COLLATE name`` after a value."""
    while True:
        sign = cursor.operator()
        if sign == "[":
            cursor.take()
            base = Extract(base, value(cursor))
            cursor.expect("]")
        elif sign == "." and cursor.at_identifier(1):
            cursor.take()
            base = Extract(base, text_literal(cursor.identifier()))
        elif sign == "::":
            cursor.index += 2
            base = Cast(base, cursor.cast_type())
        elif cursor.skip("collate"):
            base = function("collate", base, text_literal(".".join(cursor.dotted())))
        elif sign == ":" and cursor.at_identifier(1):
            raise unsupported("a path into a variant (`column:path`); use variant_get")
        else:
            return base


def primary(cursor: Cursor) -> Expression:
    """Read a value with no operator around it."""
    token = cursor.peek()
    if token.kind == "number":
        return number(cursor)
    if token.kind == "string":
        return text_literal(cursor.string())
    if token.kind == "quoted":
        return _named(cursor)
    if token.kind == "word":
        return _word(cursor)
    reader = _SYMBOLS.get(token.text)
    if reader is None:
        raise cursor.unexpected()
    return reader(cursor)


def _word(cursor: Cursor) -> Expression:
    for applies, read in _WORDS:
        if applies(cursor):
            return read(cursor)
    if cursor.at_any(NO_COLUMN) and not cursor.at("(", ahead=1):
        raise cursor.unexpected()
    return _named(cursor)


def _at_case(cursor: Cursor) -> bool:
    return cursor.at("case") and cursor.peek(1).text.lower() not in {",", ".", "from", ")", ""}


def _at_typed_literal(cursor: Cursor) -> bool:
    return cursor.peek(1).kind == "string" and not cursor.at_any(NO_COLUMN)


def _at_lambda(cursor: Cursor) -> bool:
    return cursor.at("-", ">", ahead=1) and cursor.peek(1).start + 1 == cursor.peek(2).start


def _at_form(cursor: Cursor) -> bool:
    return cursor.at_any(FORMS) and cursor.at("(", ahead=1)


def _at_constant(cursor: Cursor) -> bool:
    return cursor.at_any(_CONSTANTS) and not (cursor.at("(", ahead=1) or cursor.at(".", ahead=1))


def _at_no_paren_function(cursor: Cursor) -> bool:
    names = cursor.at_any(NO_PAREN_FUNCTIONS)
    return names and not (cursor.at("(", ahead=1) or cursor.at(".", ahead=1))


def _form(cursor: Cursor) -> Expression:
    return FORMS[cursor.peek().text.lower()](cursor)


def _constant(cursor: Cursor) -> Expression:
    return _CONSTANTS[cursor.take().text.lower()]


def _no_paren_function(cursor: Cursor) -> Expression:
    return function(NO_PAREN_FUNCTIONS[cursor.take().text.lower()])


def _lambda_or_fail(cursor: Cursor) -> Expression:
    found = _lambda(cursor)
    if found is None:
        raise cursor.unexpected()
    return found


def _named(cursor: Cursor) -> Expression:
    """Read a column, ``t.*`` or a call."""
    parts = cursor.dotted()
    if cursor.at("("):
        return call(cursor, parts)
    if cursor.at(".", "*"):
        cursor.index += 2
        return Star(parts, excepted=_excepted(cursor))
    return LambdaVariable(parts) if cursor.is_lambda_variable(parts[0]) else Name(parts)


def _star(cursor: Cursor) -> Expression:
    cursor.expect("*")
    return Star(excepted=_excepted(cursor))


def _excepted(cursor: Cursor) -> tuple[tuple[str, ...], ...]:
    if not cursor.at("except", "(") or cursor.at_query(2):
        return ()
    cursor.take()
    return cursor.wrapped(lambda inner: inner.dotted())


def _lambda(cursor: Cursor) -> Expression | None:
    """Read ``x -> body`` or ``(x, y) -> body``; None when it is none."""
    start = cursor.index
    names = _lambda_parameters(cursor)
    if not names or not cursor.skip_operator("->"):
        cursor.index = start
        return None
    with cursor.lambda_scope(names):
        return Lambda(names, expression(cursor))


def _lambda_parameters(cursor: Cursor) -> tuple[str, ...]:
    if cursor.at_identifier():
        return (cursor.identifier(),)
    names: list[str] = []
    while (cursor.skip("(") if not names else cursor.skip(",")) and cursor.at_identifier():
        names.append(cursor.identifier())
    return tuple(names) if cursor.skip(")") else ()


def _parenthesis(cursor: Cursor) -> Expression:
    """Read a lambda, a subquery, a row or an expression in parentheses."""
    found = _lambda(cursor)
    if found is not None:
        return found
    cursor.expect("(")
    if cursor.at_query(0):
        plan = cursor.attempt(_closed_query) if cursor.at("(") else _closed_query(cursor)
        if plan is not None:
            return ScalarSubquery(plan)
    parts = cursor.many(named_expression)
    cursor.expect(")")
    if len(parts) == 1:
        return parts[0]
    return Function("struct", parts)


def _closed_query(cursor: Cursor) -> Relation:
    plan = cursor.query()
    cursor.expect(")")
    return plan


def _case(cursor: Cursor) -> Expression:
    cursor.expect("case")
    subject = None if cursor.at("when") else expression(cursor)
    parts: list[Expression] = []
    while cursor.skip("when"):
        test = expression(cursor)
        parts.append(test if subject is None else function("==", subject, test))
        cursor.expect("then")
        parts.append(expression(cursor))
    if not parts:
        raise cursor.unexpected()
    if cursor.skip("else"):
        parts.append(expression(cursor))
    cursor.expect("end")
    return Function("when", tuple(parts))


def _named_marker(cursor: Cursor) -> Expression:
    cursor.expect(":")
    name = cursor.identifier()
    if name not in cursor.named:
        raise AnalysisError("UNBOUND_SQL_PARAMETER", name=name)
    return cursor.named[name]


def _positional_marker(cursor: Cursor) -> Expression:
    token = cursor.take()
    if cursor.markers >= len(cursor.positional):
        raise AnalysisError("UNBOUND_SQL_PARAMETER", name=f"_{token.start}")
    cursor.markers += 1
    return cursor.positional[cursor.markers - 1]


_WORDS = (
    (at_interval, interval),
    (_at_case, _case),
    (_at_typed_literal, typed_literal),
    (_at_lambda, _lambda_or_fail),
    (_at_form, _form),
    (_at_constant, _constant),
    (_at_no_paren_function, _no_paren_function),
)
"""What a word may start, first match first; else it is a column's or a function's name."""

_SYMBOLS = {
    "(": _parenthesis,
    "*": _star,
    ":": _named_marker,
    "?": _positional_marker,
}


def _identifier_column(cursor: Cursor) -> Expression:
    """``IDENTIFIER('a.b')`` as a column, or as a function's name before ``(``."""
    parts = identifier_clause(cursor)
    return call(cursor, parts) if cursor.at("(") else Name(parts)


FORMS["identifier"] = _identifier_column


def named_expression(cursor: Cursor) -> Expression:
    """Read ``expression [AS] name`` or ``expression AS (name, name)``."""
    found = expression(cursor)
    start = cursor.index
    has_as = cursor.skip("as")
    if cursor.at("(") and (has_as or cursor.at_identifier(1)):
        return Alias(found, cursor.identifiers())
    cursor.index = start
    name = cursor.alias(strict=False)
    return Alias(found, (name,)) if name else found


def sort_order(cursor: Cursor) -> SortOrder:
    """Read ``expression [ASC | DESC] [NULLS FIRST | LAST]``."""
    found = expression(cursor)
    ascending = cursor.skip("asc") or not cursor.skip("desc")
    nulls_first = None
    if cursor.skip("nulls"):
        nulls_first = cursor.skip("first")
        if not nulls_first:
            cursor.expect("last")
    return SortOrder(found, ascending, nulls_first)
