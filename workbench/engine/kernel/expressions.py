"""Typed expressions to DataFusion expressions, one small function per kind."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from datafusion import Expr, col
from datafusion import functions as f

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import Unsupported
from workbench.engine.functions import aggregates, bodies, casts, catalog, literals
from workbench.engine.kernel.python_functions import scalar_call
from workbench.engine.kernel.python_windows import window_call
from workbench.engine.kernel.time_windows import INTERNAL
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from datafusion.expr import SortExpr
    from pyspark.sql.types import DataType


@singledispatch
def build(expression: typed.Typed) -> Expr:
    """Return the DataFusion expression of a typed expression."""
    raise Unsupported("UNSUPPORTED_FEATURE.EXPRESSION", expression=type(expression).__name__)


def build_all(expressions: tuple[typed.Typed, ...]) -> list[Expr]:
    """Build several expressions."""
    return [build(expression) for expression in expressions]


def build_as(expression: typed.Typed, kind: DataType) -> Expr:
    """Return the expression in exactly a type; the analysis lets types differ in whether their parts may be NULL."""
    made, wanted = build(expression), to_arrow(kind)
    return made if to_arrow(expression.type) == wanted else made.cast(wanted)


def build_keys(keys: tuple[typed.SortKey, ...]) -> list[SortExpr]:
    """Build the keys of an ordering."""
    return [
        build(key.child).sort(ascending=key.ascending, nulls_first=key.nulls_first) for key in keys
    ]


@build.register
def _attribute(expression: typed.Attribute) -> Expr:
    return col(expression.column)


@build.register
def _literal(expression: typed.Literal) -> Expr:
    return literals.build(expression)


@build.register
def _call(expression: typed.Call) -> Expr:
    arguments = build_all(expression.arguments)
    internal = INTERNAL.get(expression.function)
    return internal(expression, arguments) if internal else catalog.build(expression, arguments)


@build.register
def _lambda(expression: typed.Lambda) -> bodies.Body:
    return bodies.Body(
        expression.parameters,
        bodies.outer_of(expression),
        build(expression.body),
        to_arrow(expression.type),
    )


@build.register
def _cast(expression: typed.Cast) -> Expr:
    child = expression.child
    return casts.build_cast(
        build(child), child.type, expression.type, expression.mode, expression.zone
    )


@build.register
def _named(expression: typed.Named) -> Expr:
    return build(expression.child).alias(expression.attribute.column)


@build.register
def _case(expression: typed.Case) -> Expr:
    (condition, value), *others = expression.branches
    made = f.when(build(condition), build_as(value, expression.type))
    for condition, value in others:
        made = made.when(build(condition), build_as(value, expression.type))
    return made.otherwise(build_as(expression.otherwise, expression.type))


@build.register
def _field(expression: typed.GetField) -> Expr:
    child = build(expression.child)
    value = f.get_field(child, expression.field)
    if not expression.child.nullable:
        return value
    # DataFusion looks past the struct's own nulls at whatever its fields hold there.
    return f.when(child.is_not_null(), value).end()


@build.register
def _aggregate(expression: typed.AggregateCall) -> Expr:
    condition = None if expression.filter is None else build(expression.filter)
    arguments, order = build_all(expression.arguments), build_keys(expression.order)
    return aggregates.find(expression).direct(arguments, expression, filter=condition, order=order)


@build.register
def _window(expression: typed.WindowCall) -> Expr:
    from workbench.engine.functions import windows

    make = window_call if isinstance(expression.function, typed.PythonCall) else windows.build
    return make(
        expression,
        build_all(expression.function.arguments),
        build_all(expression.partition),
        build_keys(expression.order),
    )


@build.register
def _python(expression: typed.PythonCall) -> Expr:
    return scalar_call(expression, build_all(expression.arguments))
