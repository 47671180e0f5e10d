"""The schema that several files have together."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import types as t

from workbench.base.errors import ExecutionError

_NUMBERS = (t.ByteType, t.ShortType, t.IntegerType, t.LongType)
_FLOATS = (t.FloatType, t.DoubleType)


def merge_schemas(schemas: Sequence[t.StructType]) -> t.StructType:
    """Return all columns of all schemas; a column that is in several must have types that go together.

    Raises
    ------
    ExecutionError
        ``CANNOT_MERGE_SCHEMAS``.
    """
    merged = schemas[0]
    for other in schemas[1:]:
        try:
            merged = _structs(merged, other)
        except TypeError as cause:
            raise ExecutionError(
                "CANNOT_MERGE_SCHEMAS", left=merged.simpleString(), right=other.simpleString()
            ) from cause
    return merged


def _structs(left: t.StructType, right: t.StructType) -> t.StructType:
    others = {field.name.lower(): field for field in right.fields}
    fields = []
    for field in left.fields:
        other = others.pop(field.name.lower(), None)
        kind = _types(field.dataType, other.dataType) if other else field.dataType
        nullable = field.nullable or other is None or other.nullable
        fields.append(t.StructField(field.name, kind, nullable, field.metadata))
    return t.StructType([*fields, *others.values()])


def _types(left: t.DataType, right: t.DataType) -> t.DataType:
    if left == right:
        return left
    if isinstance(left, t.StructType) and isinstance(right, t.StructType):
        return _structs(left, right)
    if isinstance(left, t.ArrayType) and isinstance(right, t.ArrayType):
        return t.ArrayType(
            _types(left.elementType, right.elementType), left.containsNull or right.containsNull
        )
    if isinstance(left, t.MapType) and isinstance(right, t.MapType):
        return t.MapType(
            _types(left.keyType, right.keyType),
            _types(left.valueType, right.valueType),
            left.valueContainsNull or right.valueContainsNull,
        )
    for family in (_NUMBERS, _FLOATS):
        if isinstance(left, family) and isinstance(right, family):
            return max(left, right, key=lambda kind: family.index(type(kind)))
    if isinstance(left, t.NullType) or isinstance(right, t.NullType):
        return right if isinstance(left, t.NullType) else left
    raise TypeError(f"{left} and {right}")
