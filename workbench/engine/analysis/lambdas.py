"""Higher-order functions: the types their lambdas' parameters take."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog
from workbench.engine.functions.coercion import same_type
from workbench.engine.plan import expressions as e
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.analysis.expressions import Resolver

Parameter = tuple[t.DataType, bool]


def _element(array: typed.Typed) -> Parameter:
    if not isinstance(array.type, t.ArrayType):
        raise _wrong(array, "ARRAY")
    return array.type.elementType, array.type.containsNull


def _entry(value: typed.Typed) -> tuple[Parameter, Parameter]:
    if not isinstance(value.type, t.MapType):
        raise _wrong(value, "MAP")
    return (value.type.keyType, False), (value.type.valueType, value.type.valueContainsNull)


def _wrong(value: typed.Typed, wanted: str) -> AnalysisError:
    kind = value.type.simpleString().upper()
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        sqlExpr='"lambda"', paramIndex="first", requiredType=f'"{wanted}"', inputSql='"argument"', inputType=f'"{kind}"',
    )  # fmt: skip


_INDEX: Parameter = (t.IntegerType(), False)

_PARAMETERS: dict[str, Callable[[tuple[typed.Typed, ...]], tuple[Parameter, ...]]] = {
    "transform": lambda a: (_element(a[0]), _INDEX),
    "filter": lambda a: (_element(a[0]), _INDEX),
    "exists": lambda a: (_element(a[0]),),
    "any": lambda a: (_element(a[0]),),
    "forall": lambda a: (_element(a[0]),),
    "all": lambda a: (_element(a[0]),),
    "array_sort": lambda a: (_element(a[0]), _element(a[0])),
    "zip_with": lambda a: ((_element(a[0])[0], True), (_element(a[1])[0], True)),
    "map_filter": lambda a: _entry(a[0]),
    "transform_keys": lambda a: _entry(a[0]),
    "transform_values": lambda a: _entry(a[0]),
    "map_zip_with": lambda a: (
        _entry(a[0])[0],
        (_entry(a[0])[1][0], True),
        (_entry(a[1])[1][0], True),
    ),
}


def resolve(r: Resolver, name: str, arguments: tuple[e.Expression, ...]) -> typed.Typed:
    """Return a typed call of a higher-order function, its lambdas' parameters bound to typed attributes."""
    values = tuple(None if isinstance(a, e.Lambda) else r.resolve(a) for a in arguments)
    plain = tuple(value for value in values if value is not None)
    if name in ("aggregate", "reduce"):
        return _aggregate(r, name, arguments, plain)
    if name not in _PARAMETERS:
        raise AnalysisError(
            "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION", **{"class": name}
        )
    parameters = _PARAMETERS[name](plain)
    made = tuple(
        _bind(r, argument, parameters) if value is None else value
        for argument, value in zip(arguments, values, strict=True)
    )
    return catalog.resolve(name, made, conf=r.analyzer.context.conf)


def _bind(r: Resolver, function: e.Lambda, parameters: tuple[Parameter, ...]) -> typed.Lambda:
    if len(function.parameters) > len(parameters):
        raise AnalysisError(
            "INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH",
            expectedNumArgs=len(function.parameters), actualNumArgs=len(parameters),
        )  # fmt: skip
    names = function.parameters
    attributes = tuple(
        typed.Attribute(name, kind, nullable)
        for name, (kind, nullable) in zip(names, parameters, strict=False)
    )
    return typed.Lambda(attributes, r.with_variables(names, attributes).resolve(function.body))


def _aggregate(
    r: Resolver, name: str, arguments: tuple[e.Expression, ...], plain: tuple[typed.Typed, ...]
) -> typed.Typed:
    array, zero = plain
    merge = _bind(r, arguments[2], ((zero.type, True), _element(array)))
    if not same_type(merge.type, zero.type):
        raise AnalysisError(
            "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
            sqlExpr=f'"{name}"', paramIndex="third", requiredType=f'"{zero.type.simpleString().upper()}"',
            inputSql='"merge"', inputType=f'"{merge.type.simpleString().upper()}"',
        )  # fmt: skip
    finish = (_bind(r, arguments[3], ((zero.type, True),)),) if len(arguments) > 3 else ()
    return catalog.resolve(name, (array, zero, merge, *finish), conf=r.analyzer.context.conf)
