"""Typed expressions as the SQL text that error messages show."""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.plan import typed

INFIX = frozenset(
    "+ - * / % div == <=> < <= > >= != and or & | ^ || << >> >>>".split()
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


def text(expression: typed.Typed) -> str:
    """Return an expression as SQL text."""
    if isinstance(expression, typed.Attribute):
        return expression.name
    if isinstance(expression, typed.Literal):
        return _literal(expression)
    if isinstance(expression, typed.Cast):
        return f"CAST({text(expression.child)} AS {expression.type.simpleString().upper()})"
    if isinstance(expression, (typed.Call, typed.AggregateCall, typed.GeneratorCall)):
        return call_text(expression.function, expression.arguments)
    if isinstance(expression, typed.GetField):
        return f"{text(expression.child)}.{expression.field}"
    if isinstance(expression, (typed.Named, typed.SortKey)):
        return text(expression.child)
    if isinstance(expression, typed.Lambda):
        names = ", ".join(parameter.name for parameter in expression.parameters)
        return f"lambdafunction({text(expression.body)}, {names})"
    return type(expression).__name__.lower()


def call_text(name: str, arguments: tuple[typed.Typed, ...]) -> str:
    """Return a call as SQL text, operators between their operands."""
    parts = [text(argument) for argument in arguments]
    if name in INFIX and len(parts) == 2:
        return f"({parts[0]} {_SHOWN.get(name, name)} {parts[1]})"
    return f"{name}({', '.join(parts)})"


def quoted(name: str, arguments: tuple[typed.Typed, ...]) -> str:
    """Return a call as messages quote it."""
    return f'"{call_text(name, arguments)}"'
