"""``SHOW`` and ``DESCRIBE``: what the catalogue knows, as the tables Spark SQL answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError
from workbench.engine.catalog.entries import DatabaseEntry, TableEntry
from workbench.engine.catalog.names import CATALOG
from workbench.engine.connectors.files.listing import list_files
from workbench.engine.connectors.files.partitions import DEFAULT_NAME, discover, escape
from workbench.engine.connectors.files.status import display
from workbench.engine.connectors.options import Options

_TEXT = pa.string()
PROPERTIES = pa.schema([pa.field("key", _TEXT, False), pa.field("value", _TEXT, False)])
DESCRIPTION = pa.schema(
    [pa.field("col_name", _TEXT, False), pa.field("data_type", _TEXT, False), ("comment", _TEXT)]
)
TABLE_NAMES = pa.schema(
    [
        pa.field("namespace", _TEXT, False),
        pa.field("tableName", _TEXT, False),
        pa.field("isTemporary", pa.bool_(), False),
    ]
)


def table_names(entries: list[Any]) -> pa.Table:
    """``SHOW TABLES``."""
    rows = [
        {
            "namespace": getattr(entry, "database", ""),
            "tableName": entry.name,
            "isTemporary": not hasattr(entry, "database"),
        }
        for entry in entries
    ]
    return pa.Table.from_pylist(rows, TABLE_NAMES)


def column_names(schema: StructType) -> pa.Table:
    """``SHOW COLUMNS``."""
    return pa.table({"col_name": pa.array([field.name for field in schema.fields], _TEXT)})


def describe_columns(schema: StructType) -> list[tuple[str, str, str | None]]:
    """Return a line a column."""
    return [(f.name, f.dataType.simpleString(), f.metadata.get("comment")) for f in schema.fields]


def describe_table(table: TableEntry, extended: bool) -> pa.Table:
    """``DESCRIBE TABLE [EXTENDED]``."""
    lines = describe_columns(table.schema)
    if table.partition_by:
        named = {line[0].lower(): line for line in lines}
        lines += [("# Partition Information", "", ""), ("# col_name", "data_type", "comment")]
        lines += [named[name.lower()] for name in table.partition_by]
    if extended:
        lines += [("", "", ""), ("# Detailed Table Information", "", ""), *_details(table)]
    return description(lines)


def description(lines: list[tuple[str, str, str | None]]) -> pa.Table:
    """Return lines as the table of ``DESCRIBE``."""
    return pa.Table.from_pylist(
        [dict(zip(DESCRIPTION.names, line, strict=True)) for line in lines], DESCRIPTION
    )


def _details(table: TableEntry) -> list[tuple[str, str, str]]:
    created = datetime.fromtimestamp(table.created_ms / 1000, UTC).strftime(
        "%a %b %d %H:%M:%S UTC %Y"
    )
    facts: dict[str, str | None] = {
        "Catalog": CATALOG,
        "Database": table.database,
        "Table": table.name,
        "Created Time": created,
        "Last Access": "UNKNOWN",
        "Created By": "Spark 4.2.0",
        "Type": table.kind,
        "Provider": table.provider,
        "Comment": table.comment,
        "Location": display(table.location),
        "Partition Provider": "Catalog" if table.partition_by else None,
    }
    return [(name, value, "") for name, value in facts.items() if value is not None]


def describe_database(entry: DatabaseEntry) -> pa.Table:
    """``DESCRIBE DATABASE``."""
    facts = {
        "Catalog Name": CATALOG,
        "Namespace Name": entry.name,
        "Comment": entry.comment,
        "Location": display(entry.location),
        "Owner": "",
    }
    return pa.table({"info_name": list(facts), "info_value": list(facts.values())})


def partitions(table: TableEntry, conf: Callable[[str], str]) -> pa.Table:
    """``SHOW PARTITIONS``.

    Raises
    ------
    AnalysisError
        ``INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY``.
    """
    if not table.partition_by:
        raise AnalysisError(
            "INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", name=table.full_name
        )
    options = Options({"path": table.location})
    # The folders' own texts are what is shown, so no type is read into them.
    found = discover(list_files(options, must_exist=False), options, None, "UTC", infer=False)
    names = [field.name for field in found.schema.fields]
    shown = {
        "/".join(
            f"{name}={DEFAULT_NAME if value is None else escape(value)}"
            for name, value in zip(names, row, strict=True)
        )
        for row in found.values
    }
    return pa.table({"partition": pa.array(sorted(shown), _TEXT)})


def refuse_unpartitioned(table: TableEntry, operation: str) -> None:
    """Raise ``NOT_A_PARTITIONED_TABLE`` for a table without partition columns."""
    if not table.partition_by:
        raise AnalysisError(
            "NOT_A_PARTITIONED_TABLE", operation=operation, tableIdentWithDB=table.full_name
        )


def create_statement(table: TableEntry) -> str:
    """``SHOW CREATE TABLE``."""
    columns = ",\n  ".join(
        f"{f.name} {f.dataType.simpleString().upper()}" for f in table.schema.fields
    )
    lines = [f"CREATE TABLE {table.plain_name} (\n  {columns})", f"USING {table.provider}"]
    if table.options:
        lines.append(f"OPTIONS (\n  {_pairs(table.options)})")
    if table.partition_by:
        lines.append(f"PARTITIONED BY ({', '.join(table.partition_by)})")
    if not table.is_managed:
        lines.append(f"LOCATION '{display(table.location)}'")
    if table.comment:
        lines.append(f"COMMENT '{table.comment}'")
    if table.properties:
        lines.append(f"TBLPROPERTIES (\n  {_pairs(table.properties)})")
    return "\n".join(lines) + "\n"


def _pairs(values: Mapping[str, str]) -> str:
    return ",\n  ".join(f"'{name}' = '{value}'" for name, value in sorted(values.items()))
