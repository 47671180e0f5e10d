"""Spark types to Arrow types and back.

Source of the mapping: ``pyspark.sql.pandas.types`` (what the client expects on the wire), except that the engine keeps
intervals in forms DataFusion can compute with.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import Unsupported

UTC = "UTC"
SPARK_TYPE = b"spark.type"
NUMBERS = (t.ByteType, t.ShortType, t.IntegerType, t.LongType, t.FloatType, t.DoubleType)
"""Types whose values are the same in Arrow, NumPy, pandas and Python, narrowest first."""

_SIMPLE: dict[type[t.DataType], pa.DataType] = {
    t.NullType: pa.null(),
    t.BooleanType: pa.bool_(),
    t.ByteType: pa.int8(),
    t.ShortType: pa.int16(),
    t.IntegerType: pa.int32(),
    t.LongType: pa.int64(),
    t.FloatType: pa.float32(),
    t.DoubleType: pa.float64(),
    t.StringType: pa.string(),
    t.CharType: pa.string(),
    t.VarcharType: pa.string(),
    t.BinaryType: pa.binary(),
    t.DateType: pa.date32(),
    t.TimestampType: pa.timestamp("us", UTC),
    t.TimestampNTZType: pa.timestamp("us"),
    t.DayTimeIntervalType: pa.duration("us"),
    t.YearMonthIntervalType: pa.int32(),
    t.CalendarIntervalType: pa.month_day_nano_interval(),
}

_BACK: tuple[tuple[Callable[[pa.DataType], bool], t.DataType], ...] = (
    (pa.types.is_null, t.NullType()),
    (pa.types.is_boolean, t.BooleanType()),
    (pa.types.is_int8, t.ByteType()),
    (pa.types.is_int16, t.ShortType()),
    (pa.types.is_uint8, t.ShortType()),
    (pa.types.is_int32, t.IntegerType()),
    (pa.types.is_uint16, t.IntegerType()),
    (pa.types.is_int64, t.LongType()),
    (pa.types.is_uint32, t.LongType()),
    (pa.types.is_uint64, t.DecimalType(20, 0)),
    (pa.types.is_float16, t.FloatType()),
    (pa.types.is_float32, t.FloatType()),
    (pa.types.is_float64, t.DoubleType()),
    (pa.types.is_string, t.StringType()),
    (pa.types.is_large_string, t.StringType()),
    (pa.types.is_string_view, t.StringType()),
    (pa.types.is_binary, t.BinaryType()),
    (pa.types.is_large_binary, t.BinaryType()),
    (pa.types.is_binary_view, t.BinaryType()),
    (pa.types.is_fixed_size_binary, t.BinaryType()),
    (pa.types.is_date, t.DateType()),
    (pa.types.is_duration, t.DayTimeIntervalType()),
    (pa.types.is_interval, t.CalendarIntervalType()),
)


def to_arrow(kind: t.DataType) -> pa.DataType:
    """Return the Arrow type the engine computes with for a Spark type.

    Raises
    ------
    Unsupported
        ``UNSUPPORTED_DATATYPE`` for variant, geometry and user-defined types.
    """
    simple = _SIMPLE.get(type(kind))
    if simple is not None:
        return simple
    if isinstance(kind, t.DecimalType):
        return pa.decimal128(kind.precision, kind.scale)
    if isinstance(kind, t.ArrayType):
        return pa.list_(
            pa.field(
                "item",
                to_arrow(kind.elementType),
                _may_be_null(kind.elementType, kind.containsNull),
            )
        )
    if isinstance(kind, t.MapType):
        value = pa.field(
            "value", to_arrow(kind.valueType), _may_be_null(kind.valueType, kind.valueContainsNull)
        )
        return pa.map_(pa.field("key", to_arrow(kind.keyType), nullable=False), value)
    if isinstance(kind, t.StructType):
        return pa.struct([to_field(field) for field in kind.fields])
    raise Unsupported("UNSUPPORTED_DATATYPE", typeName=kind.simpleString())


def _may_be_null(kind: t.DataType, nullable: bool) -> bool:
    """Return whether Arrow must allow NULL: it always does where nothing but NULL can be."""
    return nullable or isinstance(kind, t.NullType)


def to_field(field: t.StructField) -> pa.Field:
    """Return the Arrow field of a Spark field; a year-month interval is marked, being an integer in Arrow."""
    marked = isinstance(field.dataType, t.YearMonthIntervalType)
    metadata = {SPARK_TYPE: field.dataType.simpleString().encode()} if marked else None
    nullable = _may_be_null(field.dataType, field.nullable)
    return pa.field(field.name, to_arrow(field.dataType), nullable, metadata)


def arrow_schema(schema: t.StructType) -> pa.Schema:
    """Return the Arrow schema of a Spark schema."""
    return pa.schema([to_field(field) for field in schema.fields])


def from_arrow(kind: pa.DataType) -> t.DataType:
    """Return the Spark type of an Arrow type.

    Raises
    ------
    Unsupported
        ``UNSUPPORTED_ARROWTYPE`` where Spark has no such type.
    """
    for matches, simple in _BACK:
        if matches(kind):
            return simple
    for matches, made in _BACK_MADE:
        if matches(kind):
            return made(kind)
    raise Unsupported("UNSUPPORTED_ARROWTYPE", typeName=kind)


def _is_list(kind: pa.DataType) -> bool:
    return hasattr(kind, "value_field")


_BACK_MADE: tuple[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType], t.DataType]], ...
] = (
    (pa.types.is_timestamp, lambda kind: t.TimestampType() if kind.tz else t.TimestampNTZType()),
    (pa.types.is_decimal, lambda kind: t.DecimalType(kind.precision, kind.scale)),
    (
        pa.types.is_map,
        lambda kind: t.MapType(
            from_arrow(kind.key_type), from_arrow(kind.item_type), kind.item_field.nullable
        ),
    ),
    (
        pa.types.is_struct,
        lambda kind: t.StructType([from_field(kind.field(i)) for i in range(kind.num_fields)]),
    ),
    (pa.types.is_dictionary, lambda kind: from_arrow(kind.value_type)),
    (_is_list, lambda kind: t.ArrayType(from_arrow(kind.value_type), kind.value_field.nullable)),
)
"""Arrow types with parts → the Spark type made of the parts' types; the order matters: a map is a list too."""


def from_field(field: pa.Field) -> t.StructField:
    """Return the Spark field of an Arrow field."""
    marked = SPARK_TYPE in (field.metadata or {})
    kind = t.YearMonthIntervalType() if marked else from_arrow(field.type)
    return t.StructField(field.name, kind, field.nullable)


def spark_schema(schema: pa.Schema) -> t.StructType:
    """Return the Spark schema of an Arrow schema."""
    return t.StructType([from_field(field) for field in schema])
