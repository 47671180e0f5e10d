"""The package's doors: text in, neutral plan out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from workbench.base.syntax import SyntaxFault
from workbench.engine.plan.commands import Command
from workbench.engine.sql.commands import statement
from workbench.engine.sql.cursor import Cursor, Grammar
from workbench.engine.sql.expressions import expression, named_expression, sort_order, value
from workbench.engine.sql.lexer import tokenize
from workbench.engine.sql.relations import query
from workbench.engine.sql.windows import WindowReference, rewrite

if TYPE_CHECKING:
    from workbench.engine.plan.expressions import Expression
    from workbench.engine.plan.relations import Relation

T = TypeVar("T")

_GRAMMAR = Grammar(query, expression, value, named_expression, sort_order)
_NOTHING: Mapping[str, Expression] = {}


def parse_statement(
    text: str,
    named: Mapping[str, Expression] = _NOTHING,
    positional: Sequence[Expression] = (),
    zone: str = "UTC",
) -> Relation | Command:
    """Return the plan of one SQL statement.

    Parameters
    ----------
    text : str
        The statement; a closing semicolon is allowed.
    named, positional : mapping, sequence of Expression
        The values of ``:name`` and ``?`` markers.
    zone : str
        The session's time zone, for timestamps written without one.

    Raises
    ------
    ParseError
        ``PARSE_SYNTAX_ERROR`` and its kin, with the place in the text.
    AnalysisError
        ``UNBOUND_SQL_PARAMETER`` for a marker without a value.
    Unsupported
        ``UNSUPPORTED_FEATURE.SQL`` for what Spark has and this engine has not.
    """
    return _whole(_cursor(text, named, positional, zone), statement)


def parse_query(
    text: str,
    named: Mapping[str, Expression] = _NOTHING,
    positional: Sequence[Expression] = (),
    zone: str = "UTC",
) -> Relation:
    """Return the plan of one query; a command is a syntax error. Parameters as in :func:`parse_statement`."""
    return _whole(_cursor(text, named, positional, zone), query)


def parse_expression(text: str, zone: str = "UTC") -> Expression:
    """Return the expression of ``expr("…")``, a ``selectExpr`` item or a filter's text; ``a AS b`` is an Alias."""
    cursor = _cursor(text, _NOTHING, (), zone)
    found = _whole(cursor, named_expression)

    def refuse(node: Expression) -> Expression:
        if isinstance(node, WindowReference):
            raise cursor.fault("MISSING_WINDOW_SPECIFICATION", windowName=node.name)
        return node

    rewrite(found, refuse)
    return found


def _cursor(
    text: str, named: Mapping[str, Expression], positional: Sequence[Expression], zone: str
) -> Cursor:
    return Cursor(text, tokenize(text), _GRAMMAR, named, positional, zone)


def _whole(cursor: Cursor, rule: Callable[[Cursor], T]) -> T:
    """Read the whole text by a rule."""
    try:
        found = rule(cursor)
    except RecursionError:
        raise SyntaxFault("FAILED_TO_PARSE_TOO_COMPLEX", cursor.text, 0) from None
    cursor.finish()
    return found
