"""Casts the catalogue adds by itself."""

from __future__ import annotations

from decimal import Decimal

from pyspark.sql import types as t

from workbench.engine.functions import coercion
from workbench.engine.plan import typed

_RANGES = {
    t.ByteType: 7,
    t.ShortType: 15,
    t.IntegerType: 31,
    t.LongType: 63,
}


def _fold(literal: typed.Literal, kind: t.DataType) -> typed.Literal | None:
    """Return the constant in its new type where that is plain, so kernels see constants as constants."""
    value = literal.value
    if value is None:
        return typed.Literal(None, kind)
    if coercion.is_integral(literal.type):
        return _fold_whole(value, kind)
    if isinstance(literal.type, t.FloatType) and isinstance(kind, t.DoubleType):
        return typed.Literal(value, kind)
    if isinstance(literal.type, t.DecimalType) and isinstance(kind, t.DoubleType):
        return typed.Literal(float(value), kind)
    return None


def _fold_whole(value: int, kind: t.DataType) -> typed.Literal | None:
    bits = _RANGES.get(type(kind))
    if bits is not None:
        return typed.Literal(value, kind) if -(2**bits) <= value < 2**bits else None
    if isinstance(kind, t.DoubleType):
        return typed.Literal(float(value), kind)
    if isinstance(kind, t.DecimalType) and len(str(abs(value))) <= kind.precision - kind.scale:
        return typed.Literal(Decimal(value).quantize(Decimal(1).scaleb(-kind.scale)), kind)
    return typed.Literal(str(value), kind) if isinstance(kind, t.StringType) else None


def cast_to(
    expression: typed.Typed, kind: t.DataType, zone: str = "UTC", mode: str = "ansi"
) -> typed.Typed:
    """Return the expression in a type: itself, a constant of that type, or a Cast."""
    if coercion.same_type(expression.type, kind):
        return expression
    if isinstance(expression, typed.Literal):
        folded = _fold(expression, kind)
        if folded is not None:
            return folded
    return typed.Cast(expression, kind, mode, zone)
