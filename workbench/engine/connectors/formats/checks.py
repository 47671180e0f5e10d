"""What file formats refuse alike."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError

CORRUPT_RECORD = "_corrupt_record"


def refuse_types(schema: t.StructType, title: str, holds: Callable[[t.DataType], bool]) -> None:
    """Raise ``UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE`` for the first column a format cannot hold."""
    for field in schema.fields:
        if not holds(field.dataType):
            raise AnalysisError(
                "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE",
                columnName=f"`{field.name}`",
                columnType=f'"{field.dataType.simpleString().upper()}"',
                format=title,
            )


def holds_nested(simple: Callable[[t.DataType], bool]) -> Callable[[t.DataType], bool]:
    """Return a test that looks into arrays, maps and structs."""

    def holds(kind: t.DataType) -> bool:
        if isinstance(kind, t.ArrayType):
            return holds(kind.elementType)
        if isinstance(kind, t.MapType):
            return holds(kind.keyType) and holds(kind.valueType)
        if isinstance(kind, t.StructType):
            return all(holds(field.dataType) for field in kind.fields)
        return simple(kind)

    return holds


def is_known(kind: t.DataType) -> bool:
    """Tell whether every file format can hold a simple type."""
    return not isinstance(kind, (t.CalendarIntervalType, t.UserDefinedType, t.VariantType))
