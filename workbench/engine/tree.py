"""A schema and a plan as text: ``printSchema`` and ``explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.engine.kept import Kept
from workbench.engine.plan.operators import Operator, Scan
from workbench.engine.plan.walk import parts

if TYPE_CHECKING:
    from collections.abc import Iterator


def schema_tree(schema: t.StructType, level: int | None = None) -> str:
    """Return ``printSchema``'s text, nested ``level`` deep (source: Spark's ``StructType.treeString``)."""
    lines = ["root"]
    for field in schema.fields:
        lines += _field(field.name, field.dataType, field.nullable, " |", 1, level or 2**31)
    return "\n".join(lines) + "\n"


def _field(
    name: str, kind: t.DataType, nullable: bool, prefix: str, depth: int, level: int
) -> Iterator[str]:
    if depth > level:
        return
    null = f"nullable = {str(nullable).lower()}"
    yield f"{prefix}-- {name}: {kind.typeName()} ({null})"
    yield from _inside(kind, prefix + "    |", depth + 1, level)


def _inside(kind: t.DataType, prefix: str, depth: int, level: int) -> Iterator[str]:
    if depth > level:
        return
    if isinstance(kind, t.StructType):
        for field in kind.fields:
            yield from _field(field.name, field.dataType, field.nullable, prefix, depth, level)
    elif isinstance(kind, t.ArrayType):
        yield f"{prefix}-- element: {kind.elementType.typeName()} (containsNull = {str(kind.containsNull).lower()})"
        yield from _inside(kind.elementType, prefix + "    |", depth + 1, level)
    elif isinstance(kind, t.MapType):
        yield f"{prefix}-- key: {kind.keyType.typeName()}"
        yield from _inside(kind.keyType, prefix + "    |", depth + 1, level)
        null = str(kind.valueContainsNull).lower()
        yield f"{prefix}-- value: {kind.valueType.typeName()} (valueContainsNull = {null})"
        yield from _inside(kind.valueType, prefix + "    |", depth + 1, level)


def plan_tree(operator: Operator, depth: int = 0) -> str:
    """Return an operator tree, one line each: its name and its columns."""
    mark = "   " * (depth - 1) + "+- " if depth else ""
    columns = ", ".join(f"{a.name}#{a.id}" for a in operator.output)
    is_kept = isinstance(operator, Scan) and isinstance(operator.reader, Kept)
    name = "InMemoryTableScan" if is_kept else type(operator).__name__
    line = f"{mark}{name} [{columns}]\n"
    return line + "".join(plan_tree(child, depth + 1) for child in parts(operator, Operator))
