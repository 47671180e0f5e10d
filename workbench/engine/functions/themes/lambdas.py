"""Higher-order functions: the ones that take a lambda. The analysis has bound and typed the lambdas' parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datafusion
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.bodies import call_body
from workbench.engine.functions.kernels import higher_order as kernels
from workbench.engine.functions.row import Request, Row, alias
from workbench.engine.functions.themes.structures import map_options
from workbench.engine.plan import typed

Returns = Callable[[tools.Arguments], t.DataType]


def _body(kernel: Any) -> Callable[[list[Any], typed.Call], datafusion.Expr]:
    def build(arguments: list[Any], call: typed.Call) -> datafusion.Expr:
        options = dict(call.options)
        named = {"last_wins": options["lastWins"]} if "lastWins" in options else {}
        return call_body(kernel, arguments, call, **named)

    return build


def _higher(
    name: str, count: int, returns: Returns, kernel: Any, body: t.DataType | None = None
) -> Row:
    """Return the row of a function of ``count`` values and one lambda; ``body``: the type the lambda must give."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, count + 1)
        *values, function = request.arguments
        if body is not None:
            function = returning(request, function, body)
        made = (*values, function)
        options = map_options(request) if name == "transform_keys" else ()
        nullable = any(one.nullable for one in values) or name in ("exists", "forall")
        return typed.Call(name, made, returns(made), nullable, options)

    return Row(name, rewrite=resolve, kernel=_body(kernel), exact=True)


def returning(request: Request, function: typed.Typed, wanted: t.DataType) -> typed.Lambda:
    """Return the lambda if its body has the type wanted.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE``.
    """
    if isinstance(function, typed.Lambda):
        if coercion.same_type(function.type, wanted):
            return function
        if isinstance(function.type, t.NullType) and isinstance(wanted, t.BooleanType):
            return typed.Lambda(function.parameters, tools.cast_to(function.body, wanted))
    if request.name != "array_sort_by":
        raise tools.unexpected(
            request, len(request.arguments) - 1, render.type_text(wanted).strip('"')
        )
    raise AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
        sqlExpr=render.quoted(request.name, request.arguments),
        functionName="`lambdafunction`",
        expectedType=render.type_text(wanted),
        actualType=render.type_text(function.type),
    )


def _aggregate(request: Request) -> typed.Typed:
    tools.need(request, 3, 4)
    array, zero, merge, *finish = request.arguments
    returns = finish[0].type if finish else merge.type
    return typed.Call("aggregate", (array, zero, merge, *finish), returns, nullable=True)


def _pair(arguments: tools.Arguments) -> t.DataType:
    return t.ArrayType(arguments[2].type, arguments[2].nullable)


def _of_body(arguments: tools.Arguments) -> t.DataType:
    return t.ArrayType(arguments[1].type, arguments[1].nullable)


def _new_values(arguments: tools.Arguments) -> t.DataType:
    return t.MapType(arguments[0].type.keyType, arguments[1].type, arguments[1].nullable)


def _new_keys(arguments: tools.Arguments) -> t.DataType:
    return t.MapType(
        arguments[1].type, arguments[0].type.valueType, arguments[0].type.valueContainsNull
    )


def _zipped_map(arguments: tools.Arguments) -> t.DataType:
    return t.MapType(arguments[0].type.keyType, arguments[2].type, arguments[2].nullable)


BOOL, INT = t.BooleanType(), t.IntegerType()

ROWS: tuple[Row, ...] = (
    _higher("transform", 1, _of_body, kernels.transform),
    _higher("filter", 1, tools.same(0), kernels.filtered, BOOL),
    _higher("exists", 1, lambda _a: BOOL, kernels.exists, BOOL),
    _higher("forall", 1, lambda _a: BOOL, kernels.forall, BOOL),
    Row("aggregate", rewrite=_aggregate, kernel=_body(kernels.aggregate)),
    alias("reduce", "aggregate"),
    _higher("zip_with", 2, _pair, kernels.zip_with),
    _higher("array_sort_by", 1, tools.same(0), kernels.sorted_by, INT),
    _higher("map_filter", 1, tools.same(0), kernels.map_filter, BOOL),
    _higher("transform_keys", 1, _new_keys, kernels.transform_keys),
    _higher("transform_values", 1, _new_values, kernels.transform_values),
    _higher("map_zip_with", 2, _zipped_map, kernels.map_zip_with),
)
