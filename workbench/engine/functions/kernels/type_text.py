"""Types as SQL writes them (Spark: ``DataType.sql``)."""

from __future__ import annotations

import re

from pyspark.sql import types as t

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def type_text(kind: t.DataType) -> str:
    """Return a type in SQL, with the names of its fields quoted where they need it."""
    if isinstance(kind, t.ArrayType):
        return f"ARRAY<{type_text(kind.elementType)}>"
    if isinstance(kind, t.MapType):
        return f"MAP<{type_text(kind.keyType)}, {type_text(kind.valueType)}>"
    if isinstance(kind, t.StructType):
        fields = (f"{_name(field.name)}: {type_text(field.dataType)}" for field in kind.fields)
        return f"STRUCT<{', '.join(fields)}>"
    return kind.simpleString().upper()


def _name(name: str) -> str:
    return name if _PLAIN.fullmatch(name) else "`" + name.replace("`", "``") + "`"
