"""``spark.catalog`` about tables and views."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.engine.catalog import show
from workbench.engine.catalog.entries import TableEntry, ViewEntry
from workbench.engine.catalog.forms import NAMES, done, parts, value
from workbench.engine.catalog.names import CATALOG, GLOBAL_TEMP, parse_name

if TYPE_CHECKING:
    from workbench.engine.catalog.answers import Answers

TABLES = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("catalog", pa.string()),
        ("namespace", NAMES),
        ("description", pa.string()),
        ("tableType", pa.string()),
        pa.field("isTemporary", pa.bool_(), False),
    ]
)
COLUMNS = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("description", pa.string()),
        pa.field("dataType", pa.string(), False),
        pa.field("nullable", pa.bool_(), False),
        pa.field("isPartition", pa.bool_(), False),
        pa.field("isBucket", pa.bool_(), False),
        pa.field("isCluster", pa.bool_(), False),
    ]
)


def _table_row(entry: TableEntry | ViewEntry) -> dict[str, Any]:
    if isinstance(entry, ViewEntry):
        space = [GLOBAL_TEMP] if entry.is_global else []
        shown = (None, space, None, "TEMPORARY", True)
    else:
        shown = (CATALOG, [entry.database], entry.comment, entry.kind, False)
    return dict(zip(TABLES.names, (entry.name, *shown), strict=True))


def _list_tables(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = self.catalog.listed(given.get("db_name"), given.get("pattern"))
    return pa.Table.from_pylist([_table_row(entry) for entry in found], TABLES)


def _list_views(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = self.catalog.listed(given.get("db_name"), given.get("pattern"))
    return pa.Table.from_pylist([_table_row(e) for e in found if isinstance(e, ViewEntry)], TABLES)


def _get_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([_table_row(self.catalog.find(parts(given)))], TABLES)


def _table_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(self.catalog.lookup(parts(given)) is not None)


def _list_columns(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    entry = self.catalog.find(parts(given))
    is_view = isinstance(entry, ViewEntry)
    schema = self.schema_of(entry.relation) if is_view else entry.schema
    folders = set() if is_view else {name.lower() for name in entry.partition_by}
    rows = [
        (
            f.name,
            f.metadata.get("comment"),
            f.dataType.simpleString(),
            f.nullable,
            f.name.lower() in folders,
            False,
            False,
        )
        for f in schema.fields
    ]
    return pa.Table.from_pylist(
        [dict(zip(COLUMNS.names, row, strict=True)) for row in rows], COLUMNS
    )


def _create_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    options = dict(given.get("options") or {})
    path = given.get("path") or options.get("path")
    provider = given.get("source") or self.storage.conf("spark.sql.sources.default") or "parquet"
    schema = given.get("schema")
    if not schema:
        schema = self.storage.infer(provider, {**options, **({"path": path} if path else {})})
    parts = parse_name(given["table_name"])
    table = self.catalog.new_table(
        parts, provider, schema, (), path, options, given.get("description") or None
    )
    self.storage.create(table)
    rows = self.storage.reader(table).schema
    return pa.table({field.name: pa.array([]) for field in rows.fields})


def _drop_temp_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(self.catalog.drop_view(given["view_name"], is_global=False))


def _drop_global_temp_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(self.catalog.drop_view(given["view_name"], is_global=True))


def _drop_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop(
        parse_name(given["table_name"]), is_view=False, if_exists=bool(given.get("if_exists"))
    )
    return done()


def _drop_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop(
        parse_name(given["view_name"]), is_view=True, if_exists=bool(given.get("if_exists"))
    )
    return done()


def _list_partitions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return show.partitions(self.catalog.table(parts(given)), self.storage.conf)


def _recover_partitions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    show.refuse_unpartitioned(self.catalog.table(parts(given)), "ALTER TABLE RECOVER PARTITIONS")
    return done()


def _table_properties(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    table = self.catalog.table(parts(given))
    return pa.table(
        {"key": list(table.properties), "value": list(table.properties.values())}, show.PROPERTIES
    )


def _create_text(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return pa.table({"createtab_stmt": [show.create_statement(self.catalog.table(parts(given)))]})


def _truncate(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    table = self.catalog.table(parts(given))
    empty = pa.table({f.name: pa.array([]) for f in table.schema.fields})
    self.storage.insert(empty, table.schema, table, overwrite=True)
    return done()


CALLS = {
    "list_tables": _list_tables,
    "list_views": _list_views,
    "get_table": _get_table,
    "table_exists": _table_exists,
    "list_columns": _list_columns,
    "create_table": _create_table,
    "create_external_table": _create_table,
    "drop_temp_view": _drop_temp_view,
    "drop_global_temp_view": _drop_global_temp_view,
    "drop_table": _drop_table,
    "drop_view": _drop_view,
    "list_partitions": _list_partitions,
    "recover_partitions": _recover_partitions,
    "get_table_properties": _table_properties,
    "get_create_table_string": _create_text,
    "truncate_table": _truncate,
}
