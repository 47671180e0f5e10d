"""Aggregate functions: their arguments and result types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.kinds import (
    ANY,
    BINARY,
    BOOLEAN,
    DAY_TIME,
    DOUBLE,
    INT,
    INTEGRAL,
    LONG,
    NUMERIC,
    TEXT_OR_BYTES,
    YEAR_MONTH,
    Kind,
    OneOf,
    one_of,
)
from workbench.engine.functions.row import AGGREGATE, OMIT, Request, Row, alias
from workbench.engine.plan import typed

LONG_TYPE, DOUBLE_TYPE = t.LongType(), t.DoubleType()
SUMMABLE = one_of(NUMERIC, DAY_TIME, YEAR_MONTH)
ORDERED = Kind("ORDERABLE", tools.orderable)


def aggregate(name: str, parameters: tuple[Kind | OneOf, ...], returns: Any, **more: Any) -> Row:
    """Return the row of an aggregate function."""
    return Row(name, AGGREGATE, parameters, returns, **more)


def _sum_type(arguments: tools.Arguments) -> t.DataType:
    kind = arguments[0].type
    if isinstance(kind, t.DecimalType):
        return coercion.bounded_decimal(kind.precision + 10, kind.scale)
    if isinstance(kind, t.DayTimeIntervalType | t.YearMonthIntervalType):
        return kind
    return LONG_TYPE if coercion.is_integral(kind) else DOUBLE_TYPE


def _average_type(arguments: tools.Arguments) -> t.DataType:
    kind = arguments[0].type
    if isinstance(kind, t.DecimalType):
        return (
            coercion.adjusted_decimal(kind.precision + 4, kind.scale + 4)
            if (kind.precision + 4 <= coercion.MAX_PRECISION)
            else coercion.bounded_decimal(kind.precision + 4, kind.scale + 4)
        )
    return type(kind)() if coercion.is_interval(kind) else DOUBLE_TYPE


def _list_type(arguments: tools.Arguments) -> t.DataType:
    kind = arguments[0].type
    return t.ArrayType(kind, containsNull=isinstance(kind, t.NullType))


def _fractions(place: int) -> Callable[[Request, tools.Arguments], None]:
    def check(request: Request, arguments: tools.Arguments) -> None:
        for value in _numbers(request, arguments[place], place):
            if value is None or not 0.0 <= float(value) <= 1.0:
                raise AnalysisError(
                    "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                    sqlExpr=render.quoted(request.name, request.arguments),
                    exprName="percentage",
                    valueRange="[0.0, 1.0]",
                    currentValue=value,
                )

    return check


def _numbers(request: Request, argument: typed.Typed, place: int) -> list[Any]:
    """Return the constant percentages an argument holds."""
    while isinstance(argument, typed.Cast):
        argument = argument.child
    if isinstance(argument, typed.Literal):
        return (
            list(argument.value) if isinstance(argument.value, (list, tuple)) else [argument.value]
        )
    if isinstance(argument, typed.Call) and argument.function == "array":
        return [value for part in argument.arguments for value in _numbers(request, part, place)]
    raise AnalysisError(
        "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        sqlExpr=render.quoted(request.name, request.arguments),
        inputName="`percentage`",
        inputType='"DOUBLE"',
        inputExpr=f'"{render.text(argument)}"',
    )


def _percentile(element: Callable[[t.DataType], t.DataType], name: str, place: int = 1) -> Row:
    """Return the row of a percentile whose fractions, a constant or an array of constants, are at ``place``."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2, 3)
        value, fraction, *rest = request.arguments
        fractions = _numbers(request, fraction, place)
        is_list = isinstance(fraction.type, t.ArrayType)
        _fractions(1)(request, (value, fraction, *rest))
        target = SUMMABLE.target(value.type)
        if (
            name == "percentile_approx"
            and target is None
            and isinstance(value.type, coercion.DATETIMES)
        ):
            target = value.type
        if target is None:
            raise tools.unexpected(request, 0, "NUMERIC")
        made = element(target)
        numbers = [float(one) for one in fractions]
        constant = typed.Literal(
            tuple(numbers) if is_list else numbers[0],
            t.ArrayType(DOUBLE_TYPE, False) if is_list else DOUBLE_TYPE,
        )
        returns = t.ArrayType(made, False) if is_list else made
        arguments = (tools.cast_to(value, target), constant, *rest)
        return typed.AggregateCall(
            name, arguments, returns, True, request.distinct, request.filter, request.order
        )

    return Row(name, AGGREGATE, rewrite=resolve)


def _interpolated(kind: t.DataType) -> t.DataType:
    return type(kind)() if coercion.is_interval(kind) else DOUBLE_TYPE


def _within_group(name: str) -> Row:
    """Return the row of ``percentile_cont`` or ``percentile_disc``: the value is the ordering of the group."""

    def resolve(request: Request) -> typed.Typed:
        fraction = _numbers(request, request.arguments[-1], 0)[0]
        key = request.order[0]
        returns = _interpolated(key.type)
        share = (
            1.0 - float(fraction)
            if not key.ascending and name == "percentile_cont"
            else float(fraction)
        )
        kind = typed.Literal(share, DOUBLE_TYPE)
        return typed.AggregateCall(name, (key.child, kind), returns, True, False, request.filter)

    return Row(name, AGGREGATE, rewrite=resolve)


def _mode(request: Request) -> typed.Typed:
    tools.need(request, 0, 2)
    arguments = request.arguments
    if not arguments and request.order:
        (key,) = request.order
        flags = (True, not key.ascending)
        arguments = (key.child, *(typed.Literal(flag, t.BooleanType()) for flag in flags))
    return typed.AggregateCall(
        "mode", arguments, arguments[0].type, True, request.distinct, request.filter
    )


def _distinct(of: str) -> Callable[[Request], typed.Typed]:
    return lambda request: request.resolve(
        of,
        request.arguments,
        conf=request.conf,
        distinct=True,
        filter=request.filter,
        order=request.order,
    )


def _listagg_type(arguments: tools.Arguments) -> t.DataType:
    return arguments[0].type if isinstance(arguments[0].type, t.BinaryType) else t.StringType()


def _grouping_only(name: str) -> Row:
    """Return the row of ``grouping`` or ``grouping_id``, which the analysis answers itself under grouping sets."""

    def resolve(request: Request) -> typed.Typed:
        raise AnalysisError("UNSUPPORTED_GROUPING_EXPRESSION")

    return Row(name, AGGREGATE, rewrite=resolve)


def _two(name: str, returns: t.DataType = DOUBLE_TYPE, nullable: bool = True) -> Row:
    return aggregate(name, (DOUBLE, DOUBLE), returns, nullable=nullable)


_PAIRS = ("covar_pop", "covar_samp", "corr", "regr_avgx", "regr_avgy", "regr_sxx", "regr_syy",
          "regr_sxy", "regr_slope", "regr_intercept", "regr_r2")  # fmt: skip
_SINGLES = ("stddev_samp", "stddev_pop", "var_samp", "var_pop", "skewness", "kurtosis")
_ALIASES = {
    "mean": "avg", "std": "stddev_samp", "stddev": "stddev_samp", "variance": "var_samp",
    "every": "bool_and", "some": "bool_or", "any": "bool_or", "first_value": "first",
    "last_value": "last", "array_agg": "collect_list", "approx_percentile": "percentile_approx",
    "string_agg": "listagg",
}  # fmt: skip


def _histogram_type(arguments: tools.Arguments) -> t.DataType:
    x = t.StructField("x", arguments[0].type, nullable=True)
    y = t.StructField("y", DOUBLE_TYPE, nullable=True)
    return t.ArrayType(t.StructType([x, y]), containsNull=True)


ROWS: tuple[Row, ...] = (
    aggregate("count", (ANY,), LONG_TYPE, nullable=False, variadic=True),
    Row("count_distinct", AGGREGATE, rewrite=_distinct("count")),
    aggregate("count_if", (BOOLEAN,), LONG_TYPE, nullable=False),
    aggregate("approx_count_distinct", (ANY, DOUBLE), LONG_TYPE, nullable=False, defaults=(OMIT,)),
    aggregate("sum", (SUMMABLE,), _sum_type),
    aggregate("try_sum", (SUMMABLE,), _sum_type),
    Row("sum_distinct", AGGREGATE, rewrite=_distinct("sum")),
    aggregate("avg", (SUMMABLE,), _average_type),
    aggregate("try_avg", (SUMMABLE,), _average_type),
    aggregate("min", (ORDERED,), tools.same(0)),
    aggregate("max", (ORDERED,), tools.same(0)),
    aggregate("min_by", (ANY, ORDERED), tools.same(0)),
    aggregate("max_by", (ANY, ORDERED), tools.same(0)),
    aggregate("first", (ANY, BOOLEAN), tools.same(0), defaults=(OMIT,)),
    aggregate("last", (ANY, BOOLEAN), tools.same(0), defaults=(OMIT,)),
    aggregate("any_value", (ANY, BOOLEAN), tools.same(0), defaults=(OMIT,)),
    aggregate("bool_and", (BOOLEAN,), t.BooleanType()),
    aggregate("bool_or", (BOOLEAN,), t.BooleanType()),
    aggregate("bit_and", (INTEGRAL,), tools.same(0)),
    aggregate("bit_or", (INTEGRAL,), tools.same(0)),
    aggregate("bit_xor", (INTEGRAL,), tools.same(0)),
    aggregate("collect_list", (ANY,), _list_type, nullable=False),
    aggregate("collect_set", (ANY,), _list_type, nullable=False),
    aggregate("listagg", (TEXT_OR_BYTES, TEXT_OR_BYTES), _listagg_type, defaults=(OMIT,)),
    Row("listagg_distinct", AGGREGATE, rewrite=_distinct("listagg")),
    Row("string_agg_distinct", AGGREGATE, rewrite=_distinct("listagg")),
    aggregate("histogram_numeric", (SUMMABLE, INT), _histogram_type),
    _percentile(_interpolated, "percentile"),
    _percentile(lambda kind: kind, "percentile_approx"),
    _within_group("percentile_cont"),
    _within_group("percentile_disc"),
    aggregate("median", (SUMMABLE,), lambda arguments: _interpolated(arguments[0].type)),
    Row("mode", AGGREGATE, rewrite=_mode),
    *(aggregate(name, (DOUBLE,), DOUBLE_TYPE) for name in _SINGLES),
    *(_two(name) for name in _PAIRS),
    _two("regr_count", LONG_TYPE, nullable=False),
    aggregate("product", (DOUBLE,), DOUBLE_TYPE),
    aggregate("bitmap_construct_agg", (LONG,), t.BinaryType(), nullable=False),
    aggregate("bitmap_or_agg", (BINARY,), t.BinaryType(), nullable=False),
    aggregate("bitmap_and_agg", (BINARY,), t.BinaryType(), nullable=False),
    _grouping_only("grouping"),
    _grouping_only("grouping_id"),
    *(alias(name, of, AGGREGATE) for name, of in _ALIASES.items()),
)
