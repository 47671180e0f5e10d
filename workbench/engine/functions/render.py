"""Typed expressions as the SQL text that error messages show."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import types as t

from workbench.engine.plan import typed

INFIX = frozenset(
    [
        "+",
        "-",
        "*",
        "/",
        "%",
        "div",
        "==",
        "<=>",
        "<",
        "<=",
        ">",
        ">=",
        "!=",
        "and",
        "or",
        "&",
        "|",
        "^",
        "||",
        "<<",
        ">>",
        ">>>",
    ]
)
_SHOWN = {"==": "=", "and": "AND", "or": "OR"}


def type_text(kind: t.DataType) -> str:
    """Return a type as messages quote it."""
    return f'"{kind.simpleString().upper()}"'


def _literal(literal: typed.Literal) -> str:
    if literal.value is None:
        return "NULL"
    if isinstance(literal.value, bool):
        return str(literal.value).lower()
    return str(literal.value)


def _lambda(expression: typed.Lambda) -> str:
    names = ", ".join(parameter.name for parameter in expression.parameters)
    return f"lambdafunction({text(expression.body)}, {names})"


def _call(expression: typed.Call | typed.AggregateCall | typed.GeneratorCall) -> str:
    return call_text(expression.function, expression.arguments)


_WRITERS: dict[type, Callable[..., str]] = {
    typed.Attribute: lambda expression: expression.name,
    typed.Literal: _literal,
    typed.Cast: lambda e: f"CAST({text(e.child)} AS {e.type.simpleString().upper()})",
    typed.Call: _call,
    typed.AggregateCall: _call,
    typed.GeneratorCall: _call,
    typed.GetField: lambda expression: f"{text(expression.child)}.{expression.field}",
    typed.Named: lambda expression: text(expression.child),
    typed.SortKey: lambda expression: text(expression.child),
    typed.Lambda: _lambda,
}


def text(expression: typed.Typed) -> str:
    """Return an expression as SQL text."""
    writer = _WRITERS.get(type(expression))
    return writer(expression) if writer else type(expression).__name__.lower()


def call_text(name: str, arguments: tuple[typed.Typed, ...]) -> str:
    """Return a call as SQL text, operators between their operands."""
    parts = [text(argument) for argument in arguments]
    if name in INFIX and len(parts) == 2:
        return f"({parts[0]} {_SHOWN.get(name, name)} {parts[1]})"
    return f"{name}({', '.join(parts)})"


def quoted(name: str, arguments: tuple[typed.Typed, ...]) -> str:
    """Return a call as messages quote it."""
    return f'"{call_text(name, arguments)}"'
