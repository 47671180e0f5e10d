"""Casts a user wrote: which are allowed under ANSI rules.

Source: Spark's ``Cast.canAnsiCast`` and ``Cast.canTryCast``.
"""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.plan import typed

_TIMES = (t.TimestampType, t.TimestampNTZType)
_INTERVALS = (t.DayTimeIntervalType, t.YearMonthIntervalType)

_FROM: tuple[tuple[type | tuple[type, ...], tuple[type, ...]], ...] = (
    (t.StringType, (t.BinaryType, t.BooleanType, t.NumericType, t.DateType, *_TIMES, *_INTERVALS, t.CalendarIntervalType)),
    (t.BooleanType, (t.NumericType,)),
    (t.NumericType, (t.NumericType, t.BooleanType, t.TimestampType, *_INTERVALS)),
    (t.TimestampType, (t.NumericType, t.DateType, *_TIMES)),
    (t.TimestampNTZType, (t.DateType, *_TIMES)),
    (t.DateType, _TIMES),
    (_INTERVALS, (t.IntegralType, t.DecimalType, *_INTERVALS)),
    (t.IntegralType, (t.BinaryType,)),
)
"""Source types → the types they may become; equal types and anything to a string are always allowed."""


def is_allowed(source: t.DataType, target: t.DataType) -> bool:
    """Whether a value of one type can be cast to the other."""
    if source == target or isinstance(source, t.NullType):
        return True
    if isinstance(target, t.StringType):
        return True
    if isinstance(source, t.ArrayType) and isinstance(target, t.ArrayType):
        return is_allowed(source.elementType, target.elementType)
    if isinstance(source, t.MapType) and isinstance(target, t.MapType):
        return is_allowed(source.keyType, target.keyType) and is_allowed(source.valueType, target.valueType)
    if isinstance(source, t.StructType) and isinstance(target, t.StructType):
        pairs = zip(source.fields, target.fields, strict=False)
        same = len(source.fields) == len(target.fields)
        return same and all(is_allowed(a.dataType, b.dataType) for a, b in pairs)
    return any(isinstance(source, a) and isinstance(target, b) for a, b in _FROM)


def explicit(child: typed.Typed, kind: t.DataType, *, is_try: bool, zone: str) -> typed.Typed:
    """Return the cast a user wrote.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION`` when no value of the type can be cast.
    """
    if not is_allowed(child.type, kind):
        raise AnalysisError(
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            sqlExpr=f'"CAST({getattr(child, "name", "value")} AS {kind.simpleString().upper()})"',
            srcType=f'"{child.type.simpleString().upper()}"',
            targetType=f'"{kind.simpleString().upper()}"',
        )
    if child.type == kind:
        return child
    return typed.Cast(child, kind, "try" if is_try else "ansi", zone)
