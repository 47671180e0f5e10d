"""The types of the two sides of an operator, and of its result."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import coercion, render
from workbench.engine.functions.casting import cast_to
from workbench.engine.functions.row import Request
from workbench.engine.plan import typed

DIVISION_SCALE = 6


@dataclass(frozen=True, slots=True)
class Sides:
    """The operands, cast, and the result's type."""

    left: typed.Typed
    right: typed.Typed
    type: t.DataType


def mismatch(request: Request) -> AnalysisError:
    """Return the error of two sides whose types do not meet."""
    left, right = request.arguments
    return AnalysisError(
        "DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
        sqlExpr=render.quoted(request.name, request.arguments),
        left=render.type_text(left.type),
        right=render.type_text(right.type),
    )


def wrong_type(request: Request, wanted: str, found: t.DataType) -> AnalysisError:
    """Return the error of an operator that does not take a type."""
    return AnalysisError(
        "DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE",
        sqlExpr=render.quoted(request.name, request.arguments),
        inputType=f'"{wanted}"',
        actualDataType=render.type_text(found),
    )


def literal_decimal(expression: typed.Typed) -> t.DecimalType:
    """Return the decimal an operand becomes beside a decimal; a constant needs only its own digits."""
    if isinstance(expression, typed.Literal) and isinstance(expression.value, int):
        return t.DecimalType(len(str(abs(expression.value))), 0)
    return coercion.decimal_for(expression.type)


def _decimal_result(operator: str, left: t.DecimalType, right: t.DecimalType) -> t.DataType:
    whole_left, whole_right = left.precision - left.scale, right.precision - right.scale
    scale = max(left.scale, right.scale)
    if operator == "*":
        return coercion.adjusted_decimal(
            left.precision + right.precision + 1, left.scale + right.scale
        )
    if operator == "/":
        quotient = max(DIVISION_SCALE, left.scale + right.precision + 1)
        return coercion.adjusted_decimal(whole_left + right.scale + quotient, quotient)
    if operator == "%":
        return coercion.adjusted_decimal(min(whole_left, whole_right) + scale, scale)
    if operator == "pmod":
        return coercion.adjusted_decimal(min(whole_left, whole_right) + scale, scale)
    if operator == "div":
        return t.LongType()
    return coercion.adjusted_decimal(max(whole_left, whole_right) + scale + 1, scale)


def promote_strings(arguments: tuple[typed.Typed, ...]) -> tuple[typed.Typed, typed.Typed]:
    """Return the operands of arithmetic with text and NULL replaced by numbers."""
    left, right = arguments
    kinds = [_number_beside(left.type, right.type), _number_beside(right.type, left.type)]
    return cast_to(left, kinds[0]), cast_to(right, kinds[1])


def _number_beside(kind: t.DataType, other: t.DataType) -> t.DataType:
    if coercion.is_string(kind):
        return t.LongType() if coercion.is_integral(other) else t.DoubleType()
    if isinstance(kind, t.NullType):
        return other if coercion.is_numeric(other) else t.DoubleType()
    return kind


def arithmetic_sides(request: Request, operator: str) -> Sides:
    """Return the operands and the result's type of ``+ - * / % div`` over numbers.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES`` or ``.BINARY_OP_WRONG_TYPE``.
    """
    left, right = promote_strings(request.arguments)
    if not coercion.is_numeric(left.type) or not coercion.is_numeric(right.type):
        if coercion.same_type(left.type, right.type):
            raise wrong_type(request, "NUMERIC", left.type)
        raise mismatch(request)
    decimals = [isinstance(side.type, t.DecimalType) for side in (left, right)]
    doubles = [isinstance(side.type, (t.FloatType, t.DoubleType)) for side in (left, right)]
    if any(decimals) and not any(doubles):
        one, other = literal_decimal(left), literal_decimal(right)
        return Sides(
            cast_to(left, one), cast_to(right, other), _decimal_result(operator, one, other)
        )
    if operator == "/":
        common: t.DataType = t.DoubleType()
    elif operator == "div" and not any(doubles):
        common = t.LongType()
    else:
        common = coercion.wider(left.type, right.type)
    return Sides(cast_to(left, common), cast_to(right, common), common)


def common_sides(request: Request) -> Sides:
    """Return the operands of a comparison in the type they meet in.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES``.
    """
    left, right = request.arguments
    common = coercion.wider(left.type, right.type)
    if common is None:
        raise mismatch(request)
    zone = request.zone
    return Sides(cast_to(left, common, zone), cast_to(right, common, zone), t.BooleanType())


def different_types(request: Request) -> AnalysisError:
    """Return the error of arguments whose types do not meet."""
    kinds = ", ".join(render.type_text(argument.type) for argument in request.arguments)
    return AnalysisError(
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        sqlExpr=render.quoted(request.name, request.arguments),
        functionName=f"`{request.name}`",
        dataType=f"({kinds})",
    )


def unified(
    request: Request, arguments: tuple[typed.Typed, ...]
) -> tuple[tuple[typed.Typed, ...], t.DataType]:
    """Return arguments cast to the one type they meet in, and that type.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.DATA_DIFF_TYPES``.
    """
    common = coercion.common_type(argument.type for argument in arguments)
    if common is None:
        raise different_types(request)
    return tuple(cast_to(argument, common, request.zone) for argument in arguments), common
