"""A struct as DDL text, the way Spark's ``StructType.toDDL`` writes it."""

from __future__ import annotations

import re

from pyspark.sql.types import StructField, StructType

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def to_ddl(schema: StructType) -> str:
    """Return ``name TYPE [NOT NULL] [COMMENT '…'],…``."""
    return ",".join(_field(field) for field in schema.fields)


def _field(field: StructField) -> str:
    is_plain = _PLAIN_NAME.fullmatch(field.name)
    name = field.name if is_plain else "`" + field.name.replace("`", "``") + "`"
    parts = [name, field.dataType.simpleString().upper()]
    if not field.nullable:
        parts.append("NOT NULL")
    comment = (field.metadata or {}).get("comment")
    if comment is not None:
        escaped = str(comment).replace("\\", "\\\\").replace("'", "\\'")
        parts.append(f"COMMENT '{escaped}'")
    return " ".join(parts)
