"""Plans and expressions in short, for fixtures a person can read."""

from __future__ import annotations

from dataclasses import MISSING, fields
from functools import singledispatch

from pyspark.sql import types as t

from workbench.engine.plan import expressions as e


@singledispatch
def short(node) -> str:
    """``Class(required, …, optional=…)``; what has its default value, or tells no plan from another, is left out."""
    if not hasattr(node, "__dataclass_fields__"):
        return str(node)
    parts = []
    for field in (one for one in fields(node) if one.compare):
        value = getattr(node, field.name)
        if field.default is MISSING and field.default_factory is MISSING:
            parts.append(short(value))
        elif value != (field.default_factory() if field.default is MISSING else field.default):
            parts.append(f"{field.name}={short(value)}")
    return f"{type(node).__name__}({', '.join(parts)})"


@short.register
def _(node: tuple) -> str:
    return f"[{', '.join(map(short, node))}]"


@short.register
def _(node: t.DataType) -> str:
    return node.simpleString()


@short.register
def _(node: e.Literal) -> str:
    if isinstance(node.type, t.IntegerType | t.BooleanType | t.NullType | t.StringType):
        return repr(node.value)
    return f"{node.value!r}:{node.type.simpleString()}"


@short.register
def _(node: e.Name) -> str:
    return ".".join(f"`{part}`" if "." in part or " " in part else part for part in node.parts)


@short.register
def _(node: e.Star) -> str:
    target = "".join(f"{part}." for part in node.target)
    excepted = f" EXCEPT {short(node.excepted)}" if node.excepted else ""
    return f"{target}*{excepted}"


@short.register
def _(node: e.Function) -> str:
    inside = ", ".join(map(short, node.arguments))
    distinct = "DISTINCT " if node.distinct else ""
    order = f" ORDER {short(node.order)}" if node.order else ""
    nulls = " IGNORE NULLS" if node.ignore_nulls else ""
    only = f" FILTER {short(node.filter)}" if node.filter else ""
    return f"{node.name}({distinct}{inside}){order}{nulls}{only}"


@short.register
def _(node: e.Alias) -> str:
    return f"{short(node.child)} AS {'+'.join(node.names)}"


@short.register
def _(node: e.Cast) -> str:
    return f"{'TRY_' if node.is_try else ''}CAST({short(node.child)} AS {short(node.type)})"


@short.register
def _(node: e.SortOrder) -> str:
    nulls = {None: "", True: " NULLS FIRST", False: " NULLS LAST"}[node.nulls_first]
    return f"{short(node.child)} {'ASC' if node.ascending else 'DESC'}{nulls}"


@short.register
def _(node: e.Bound) -> str:
    return "unbounded" if node.offset is None else short(node.offset)


@short.register
def _(node: e.LambdaVariable) -> str:
    return f"λ{'.'.join(node.parts)}"
