"""Constants as Arrow scalars and DataFusion literals, of exactly the type the plan says."""

from __future__ import annotations

from typing import Any

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.plan import typed

_AS_INTEGER = {
    t.DateType: pa.int32(),
    t.TimestampType: pa.int64(),
    t.TimestampNTZType: pa.int64(),
    t.DayTimeIntervalType: pa.int64(),
}


def _plain(value: Any, kind: t.DataType) -> Any:
    """Return the value in the form ``pa.array`` takes for the type."""
    if value is None:
        return None
    if isinstance(kind, t.ArrayType):
        return [_plain(item, kind.elementType) for item in value]
    if isinstance(kind, t.MapType):
        pairs = value.items() if isinstance(value, dict) else value
        return [(_plain(k, kind.keyType), _plain(v, kind.valueType)) for k, v in pairs]
    if isinstance(kind, t.StructType):
        return {f.name: _plain(v, f.dataType) for f, v in zip(kind.fields, value, strict=True)}
    if type(kind) in _AS_INTEGER:
        return pa.scalar(value, _AS_INTEGER[type(kind)]).cast(to_arrow(kind)).as_py()
    return value


def to_scalar(literal: typed.Literal) -> pa.Scalar:
    """Return the constant as an Arrow scalar."""
    kind = to_arrow(literal.type)
    whole = _AS_INTEGER.get(type(literal.type))
    if whole is not None and literal.value is not None:
        return pa.array([literal.value], whole).cast(kind)[0]
    if isinstance(literal.type, t.CalendarIntervalType) and literal.value is not None:
        return pa.array([tuple(literal.value)], kind)[0]
    return pa.array([_plain(literal.value, literal.type)], kind)[0]


def build(literal: typed.Literal) -> datafusion.Expr:
    """Return the constant as a DataFusion expression."""
    if isinstance(literal.type, t.NullType):
        return datafusion.literal(None)
    if literal.value is None and isinstance(literal.type, (t.ArrayType, t.MapType)):
        return datafusion.literal(None).cast(to_arrow(literal.type))
    return datafusion.literal(to_scalar(literal))
