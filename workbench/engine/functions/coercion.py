"""Which type two values meet in, and which cast a function may add by itself: Spark's ANSI rules.

Behaviour notes: ``AnsiTypeCoercion`` and ``DecimalPrecisionTypeCoercion`` of Apache Spark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce

from pyspark.sql import types as t

MAX_PRECISION = 38
LEAST_SCALE = 6

INTEGRAL_ORDER = (t.ByteType, t.ShortType, t.IntegerType, t.LongType)
NUMERIC_ORDER = (*INTEGRAL_ORDER, t.FloatType, t.DoubleType)
INTEGRAL_DECIMAL = {
    t.ByteType: t.DecimalType(3, 0),
    t.ShortType: t.DecimalType(5, 0),
    t.IntegerType: t.DecimalType(10, 0),
    t.LongType: t.DecimalType(20, 0),
    t.FloatType: t.DecimalType(14, 7),
    t.DoubleType: t.DecimalType(30, 15),
}
DATETIMES = (t.DateType, t.TimestampType, t.TimestampNTZType)
Meet = Callable[[t.DataType, t.DataType], "t.DataType | None"]


def is_integral(kind: t.DataType) -> bool:
    """Return whether this is a whole-number type."""
    return isinstance(kind, t.IntegralType)


def is_numeric(kind: t.DataType) -> bool:
    """Return whether this is a number type, decimals among them."""
    return isinstance(kind, t.NumericType)


def is_exact(kind: t.DataType) -> bool:
    """Return whether this is a whole-number or decimal type."""
    return is_integral(kind) or isinstance(kind, t.DecimalType)


def is_fractional(kind: t.DataType) -> bool:
    """Return whether this is float, double or decimal."""
    return isinstance(kind, t.FractionalType)


def is_string(kind: t.DataType) -> bool:
    """Return whether this is a text type."""
    return isinstance(kind, (t.StringType, t.CharType, t.VarcharType))


def is_atomic(kind: t.DataType) -> bool:
    """Return whether this is a single value, not a container."""
    return isinstance(kind, t.AtomicType)


def is_interval(kind: t.DataType) -> bool:
    """Return whether this is an ANSI interval."""
    return isinstance(kind, (t.DayTimeIntervalType, t.YearMonthIntervalType))


def same_type(left: t.DataType, right: t.DataType) -> bool:
    """Return whether two types differ at most in whether their parts may be NULL."""
    if isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType):
        return same_type(left.elementType, right.elementType)
    if isinstance(left, t.MapType) and isinstance(right, t.MapType):
        return same_type(left.keyType, right.keyType) and same_type(left.valueType, right.valueType)
    if isinstance(left, t.StructType) and isinstance(right, t.StructType):
        return len(left) == len(right) and all(
            one.name == other.name and same_type(one.dataType, other.dataType)
            for one, other in zip(left.fields, right.fields, strict=True)
        )
    return left == right


def bounded_decimal(precision: int, scale: int) -> t.DecimalType:
    """Return the decimal of a precision and scale, both cut at 38 digits."""
    return t.DecimalType(min(precision, MAX_PRECISION), min(scale, MAX_PRECISION))


def adjusted_decimal(precision: int, scale: int) -> t.DecimalType:
    """Return the decimal for a result of arithmetic: digits are taken from the scale, of which six stay.

    Spark: ``DecimalType.adjustPrecisionScale``.
    """
    if precision <= MAX_PRECISION:
        return t.DecimalType(precision, scale)
    whole = precision - scale
    return t.DecimalType(MAX_PRECISION, max(MAX_PRECISION - whole, min(scale, LEAST_SCALE)))


def decimal_for(kind: t.DataType) -> t.DecimalType:
    """Return the decimal that holds every value of a number type (an approximation for floats)."""
    return kind if isinstance(kind, t.DecimalType) else INTEGRAL_DECIMAL[type(kind)]


def decimal_is_wider(kind: t.DecimalType, integral: t.DataType) -> bool:
    """Return whether every value of the integral type fits the decimal."""
    other = INTEGRAL_DECIMAL[type(integral)]
    return kind.precision - kind.scale >= other.precision and kind.scale >= 0


def wider_decimal(left: t.DecimalType, right: t.DecimalType) -> t.DecimalType:
    """Return the decimal both fit, as for ``coalesce``, ``CASE``, ``UNION``."""
    scale = max(left.scale, right.scale)
    whole = max(left.precision - left.scale, right.precision - right.scale)
    if whole + scale > MAX_PRECISION:
        return t.DecimalType(MAX_PRECISION, max(MAX_PRECISION - whole, 0))
    return t.DecimalType(whole + scale, scale)


def tightest(left: t.DataType, right: t.DataType) -> t.DataType | None:
    """Return the narrowest type both can be without a guess, or None."""
    if left == right:
        return left
    if isinstance(left, t.NullType):
        return right
    if isinstance(right, t.NullType):
        return left
    return _tight_number(left, right) or _tight_time(left, right) or _nested(left, right, tightest)


def _tight_number(left: t.DataType, right: t.DataType) -> t.DataType | None:
    for one, other in ((left, right), (right, left)):
        if isinstance(one, t.DecimalType) and is_integral(other) and decimal_is_wider(one, other):
            return one
    if type(left) not in NUMERIC_ORDER or type(right) not in NUMERIC_ORDER:
        return None
    wider = max(type(left), type(right), key=NUMERIC_ORDER.index)
    return t.DoubleType() if wider is t.FloatType else wider()


def _tight_time(left: t.DataType, right: t.DataType) -> t.DataType | None:
    if isinstance(left, DATETIMES) and isinstance(right, DATETIMES):
        if t.TimestampType in (type(left), type(right)):
            return t.TimestampType()
        return t.TimestampNTZType()
    for kind in (t.DayTimeIntervalType, t.YearMonthIntervalType):
        if isinstance(left, kind) and isinstance(right, kind):
            return kind(min(left.startField, right.startField), max(left.endField, right.endField))
    return None


def _nested(left: t.DataType, right: t.DataType, meet: Meet) -> t.DataType | None:
    if isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType):
        element = meet(left.elementType, right.elementType)
        nullable = left.containsNull or right.containsNull
        return None if element is None else t.ArrayType(element, nullable)
    if isinstance(left, t.MapType) and isinstance(right, t.MapType):
        key, value = meet(left.keyType, right.keyType), meet(left.valueType, right.valueType)
        nullable = left.valueContainsNull or right.valueContainsNull
        return None if key is None or value is None else t.MapType(key, value, nullable)
    if isinstance(left, t.StructType) and isinstance(right, t.StructType):
        return _nested_struct(left, right, meet)
    return None


def _nested_struct(left: t.StructType, right: t.StructType, meet: Meet) -> t.StructType | None:
    if [name.lower() for name in left.names] != [name.lower() for name in right.names]:
        return None
    fields = []
    for one, other in zip(left.fields, right.fields, strict=True):
        kind = meet(one.dataType, other.dataType)
        if kind is None:
            return None
        fields.append(t.StructField(one.name, kind, one.nullable or other.nullable))
    return t.StructType(fields)


def _decimal_meeting(left: t.DataType, right: t.DataType) -> t.DataType | None:
    if isinstance(left, t.DecimalType) and isinstance(right, t.DecimalType):
        return wider_decimal(left, right)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, t.DecimalType) and is_integral(other):
            return wider_decimal(one, decimal_for(other))
        if isinstance(one, t.DecimalType) and isinstance(other, (t.FloatType, t.DoubleType)):
            return t.DoubleType()
    return None


def string_meeting(left: t.DataType, right: t.DataType) -> t.DataType | None:
    """Return what text becomes beside another type, or None."""
    if not is_string(left):
        left, right = right, left
    if not is_string(left) or is_interval(right) or not is_atomic(right):
        return None
    if is_integral(right):
        return t.LongType()
    return t.DoubleType() if is_fractional(right) else right


def wider(left: t.DataType, right: t.DataType) -> t.DataType | None:
    """Return the type two values meet in, or None."""
    return (
        tightest(left, right)
        or _decimal_meeting(left, right)
        or string_meeting(left, right)
        or _nested(left, right, wider)
    )


def common_type(types: Iterable[t.DataType]) -> t.DataType | None:
    """Return the type all values meet in, or None."""
    return reduce(
        lambda found, kind: None if found is None else wider(found, kind), types, t.NullType()
    )


def can_store(source: t.DataType, target: t.DataType) -> bool:
    """Return whether a value may be given where ``target`` is asked for (Spark: ``Cast.canANSIStoreAssign``)."""
    if isinstance(source, t.ArrayType) and isinstance(target, t.ArrayType):
        return can_store(source.elementType, target.elementType)
    return (
        same_type(source, target)
        or isinstance(source, t.NullType)
        or (is_string(target) and (is_atomic(source) or isinstance(source, t.CalendarIntervalType)))
        or (is_numeric(source) and is_numeric(target))
        or (isinstance(source, DATETIMES) and isinstance(target, DATETIMES))
        or (is_interval(source) and type(source) is type(target))
    )
