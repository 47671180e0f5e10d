"""Literal messages to plan literals, and values back to Literal messages (observed metrics)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from pyspark.sql import types as t
from pyspark.sql.connect.proto import expressions_pb2

from workbench.base.errors import AnalysisError
from workbench.connect.convert import types
from workbench.engine.plan.expressions import Literal

Message = expressions_pb2.Expression.Literal
ParseDdl = Callable[[str], t.DataType]

# Fields whose value is the literal's value as it stands.
_PLAIN: dict[str, t.DataType] = {
    "binary": t.BinaryType(),
    "boolean": t.BooleanType(),
    "byte": t.ByteType(),
    "short": t.ShortType(),
    "integer": t.IntegerType(),
    "long": t.LongType(),
    "float": t.FloatType(),
    "double": t.DoubleType(),
    "string": t.StringType(),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),
    "timestamp_ntz": t.TimestampNTZType(),
    "year_month_interval": t.YearMonthIntervalType(),
    "day_time_interval": t.DayTimeIntervalType(),
}

_SPECIALIZED: dict[str, t.DataType] = {
    "bools": t.BooleanType(),
    "ints": t.IntegerType(),
    "longs": t.LongType(),
    "floats": t.FloatType(),
    "doubles": t.DoubleType(),
    "strings": t.StringType(),
}


def literal(message: Message, parse_ddl: ParseDdl) -> Literal:
    """Return the plan literal of a message."""
    kind = message.WhichOneof("literal_type")
    if kind in _PLAIN:
        return Literal(getattr(message, kind), _declared(message, parse_ddl) or _PLAIN[kind])
    if kind not in LITERALS:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Literal.literal_type")
    return LITERALS[kind](message, parse_ddl)


def _declared(message: Message, parse_ddl: ParseDdl) -> t.DataType | None:
    if not message.HasField("data_type"):
        return None
    return types.from_proto(message.data_type, parse_ddl)


def _null(message: Message, parse_ddl: ParseDdl) -> Literal:
    return Literal(None, types.from_proto(message.null, parse_ddl))


def _decimal(message: Message, parse_ddl: ParseDdl) -> Literal:
    given = message.decimal
    value = Decimal(given.value)
    _, digits, exponent = value.as_tuple()
    scale = given.scale if given.HasField("scale") else max(0, -int(exponent))
    precision = given.precision if given.HasField("precision") else max(len(digits), scale + 1)
    return Literal(value, t.DecimalType(precision, scale))


def _calendar_interval(message: Message, parse_ddl: ParseDdl) -> Literal:
    interval = message.calendar_interval
    value = (interval.months, interval.days, interval.microseconds)
    return Literal(value, t.CalendarIntervalType())


def _time(message: Message, parse_ddl: ParseDdl) -> Literal:
    precision = message.time.precision if message.time.HasField("precision") else 6
    return Literal(message.time.nano, t.TimeType(precision))


def _array(message: Message, parse_ddl: ParseDdl) -> Literal:
    elements = [literal(element, parse_ddl) for element in message.array.elements]
    kind = _declared(message, parse_ddl)
    if kind is None and message.array.HasField("element_type"):
        kind = t.ArrayType(types.from_proto(message.array.element_type, parse_ddl))
    if kind is None:
        kind = t.ArrayType(elements[0].type if elements else t.NullType())
    return Literal([element.value for element in elements], kind)


def _map(message: Message, parse_ddl: ParseDdl) -> Literal:
    keys = [literal(key, parse_ddl) for key in message.map.keys]
    values = [literal(value, parse_ddl) for value in message.map.values]
    kind = _declared(message, parse_ddl)
    if kind is None and message.map.HasField("key_type"):
        kind = t.MapType(
            types.from_proto(message.map.key_type, parse_ddl),
            types.from_proto(message.map.value_type, parse_ddl),
        )
    if kind is None:
        null = t.NullType()
        kind = t.MapType(keys[0].type if keys else null, values[0].type if values else null)
    pairs = zip((key.value for key in keys), (value.value for value in values), strict=True)
    return Literal(dict(pairs), kind)


def _struct(message: Message, parse_ddl: ParseDdl) -> Literal:
    elements = [literal(element, parse_ddl) for element in message.struct.elements]
    kind = _declared(message, parse_ddl)
    if kind is None:
        kind = types.from_proto(message.struct.struct_type, parse_ddl)
    return Literal(tuple(element.value for element in elements), kind)


def _specialized_array(message: Message, parse_ddl: ParseDdl) -> Literal:
    field = str(message.specialized_array.WhichOneof("value_type"))
    values = list(getattr(message.specialized_array, field).values)
    return Literal(values, t.ArrayType(_SPECIALIZED[field], containsNull=False))


LITERALS: dict[str, Callable[[Message, ParseDdl], Literal]] = {
    "null": _null,
    "decimal": _decimal,
    "calendar_interval": _calendar_interval,
    "time": _time,
    "array": _array,
    "map": _map,
    "struct": _struct,
    "specialized_array": _specialized_array,
}
HANDLED = frozenset({*_PLAIN, *LITERALS})

_FIELD_OF_TYPE: dict[type[t.DataType], str] = {type(kind): field for field, kind in _PLAIN.items()}


def to_proto(value: Any, kind: t.DataType) -> Message:
    """Return the message of a Python value (``Row``, ``datetime`` … as PySpark shows them) of a type."""
    message = Message()
    if value is None:
        message.null.CopyFrom(types.to_proto(kind))
    elif isinstance(kind, t.ArrayType):
        message.array.element_type.CopyFrom(types.to_proto(kind.elementType))
        message.array.elements.extend(to_proto(element, kind.elementType) for element in value)
    elif isinstance(kind, t.MapType):
        _fill_map(message, value, kind)
    elif isinstance(kind, t.StructType):
        message.struct.struct_type.CopyFrom(types.to_proto(kind))
        cells = value.values() if isinstance(value, dict) else value
        fields = zip(cells, kind.fields, strict=True)
        message.struct.elements.extend(to_proto(cell, field.dataType) for cell, field in fields)
    elif isinstance(kind, t.DecimalType):
        message.decimal.value = str(value)
        message.decimal.precision, message.decimal.scale = kind.precision, kind.scale
    else:
        setattr(message, _FIELD_OF_TYPE.get(type(kind), "string"), _internal(value, kind))
    return message


def _fill_map(message: Message, value: Any, kind: t.MapType) -> None:
    pairs = list(value.items() if isinstance(value, dict) else value)
    message.map.key_type.CopyFrom(types.to_proto(kind.keyType))
    message.map.value_type.CopyFrom(types.to_proto(kind.valueType))
    message.map.keys.extend(to_proto(key, kind.keyType) for key, _ in pairs)
    message.map.values.extend(to_proto(cell, kind.valueType) for _, cell in pairs)


def _internal(value: Any, kind: t.DataType) -> Any:
    return kind.toInternal(value) if kind.needConversion() else value
