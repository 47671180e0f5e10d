"""``spark.catalog``: each call answered as the table its client expects."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.catalog import show
from workbench.engine.catalog.entries import DatabaseEntry, TableEntry, ViewEntry
from workbench.engine.catalog.names import CATALOG, GLOBAL_TEMP, matches, parse_name, quoted
from workbench.engine.catalog.session_catalog import SessionCatalog
from workbench.engine.catalog.storage import Storage
from workbench.engine.connectors.files.status import display

_NAMES = pa.list_(pa.field("element", pa.string(), nullable=False))
DATABASES = pa.schema(
    [pa.field("name", pa.string(), False), ("catalog", pa.string()), ("description", pa.string()), ("locationUri", pa.string())]
)
TABLES = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("catalog", pa.string()),
        ("namespace", _NAMES),
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
FUNCTIONS = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("catalog", pa.string()),
        ("namespace", _NAMES),
        ("description", pa.string()),
        ("className", pa.string()),
        pa.field("isTemporary", pa.bool_(), False),
    ]
)
CATALOGS = pa.schema([pa.field("name", pa.string(), False), ("description", pa.string())])


@dataclass(frozen=True, slots=True)
class FunctionEntry:
    """A function as ``listFunctions`` shows it."""

    name: str
    description: str = ""
    class_name: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers catalogue calls.

    Attributes
    ----------
    catalog, storage
        The names and the rows of tables.
    schema_of : Callable
        ``schema_of(relation)``: the columns of a view.
    functions : Callable
        ``functions()``: every built-in and registered function.
    """

    catalog: SessionCatalog
    storage: Storage
    schema_of: Callable[[Any], StructType]
    functions: Callable[[], Iterable[FunctionEntry]]

    def call(self, kind: str, given: Mapping[str, Any]) -> pa.Table:
        """Answer a call named as Spark Connect's message names it.

        Raises
        ------
        Unsupported
            ``UNSUPPORTED_FEATURE.CATALOG_CALL`` for a call this catalogue cannot answer.
        """
        answer = CALLS.get(kind)
        if answer is None:
            raise Unsupported("UNSUPPORTED_FEATURE.CATALOG_CALL", call=kind)
        return answer(self, given)


Call = Callable[[Answers, Mapping[str, Any]], pa.Table]


def _value(value: Any, kind: pa.DataType | None = None) -> pa.Table:
    return pa.table({"value": pa.array([value], kind)})


def _done() -> pa.Table:
    return pa.table({})


def _parts(given: Mapping[str, Any], key: str = "table_name") -> tuple[str, ...]:
    database = given.get("db_name")
    return (database, given[key]) if database else parse_name(given[key])


# ---------------------------------------------------------------------- databases and catalogues


def _current_database(self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return _value(self.catalog.database)


def _set_current_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.use(given["db_name"])
    return _done()


def _database_rows(entries: Iterable[DatabaseEntry]) -> pa.Table:
    rows = [
        {"name": e.name, "catalog": CATALOG, "description": e.comment, "locationUri": display(e.location)}
        for e in entries
    ]
    return pa.Table.from_pylist(rows, DATABASES)


def _list_databases(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = self.catalog.warehouse.databases()
    return _database_rows(entry for entry in found if matches(entry.name, given.get("pattern")))


def _get_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _database_rows([self.catalog.warehouse.database(parse_name(given["db_name"])[-1])])


def _database_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _value(self.catalog.warehouse.has_database(parse_name(given["db_name"])[-1]))


def _create_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.create_database(
        given["db_name"], bool(given.get("if_not_exists")), properties=given.get("properties")
    )
    return _done()


def _drop_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop_database(given["db_name"], bool(given.get("if_exists")), bool(given.get("cascade")))
    return _done()


def _current_catalog(_self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return _value(CATALOG)


def _set_current_catalog(_self: Answers, given: Mapping[str, Any]) -> pa.Table:
    if given["catalog_name"] != CATALOG:
        raise AnalysisError("CATALOG_NOT_FOUND", catalogName=quoted(given["catalog_name"]), config="spark.sql.catalog")
    return _done()


def _list_catalogs(_self: Answers, given: Mapping[str, Any]) -> pa.Table:
    names = [CATALOG] if matches(CATALOG, given.get("pattern")) else []
    return pa.Table.from_pylist([{"name": name, "description": None} for name in names], CATALOGS)


# ---------------------------------------------------------------------- tables


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
    return pa.Table.from_pylist([_table_row(self.catalog.find(_parts(given)))], TABLES)


def _table_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _value(self.catalog.lookup(_parts(given)) is not None)


def _list_columns(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    entry = self.catalog.find(_parts(given))
    is_view = isinstance(entry, ViewEntry)
    schema = self.schema_of(entry.relation) if is_view else entry.schema
    folders = set() if is_view else {name.lower() for name in entry.partition_by}
    rows = [
        (f.name, f.metadata.get("comment"), f.dataType.simpleString(), f.nullable, f.name.lower() in folders, False, False)
        for f in schema.fields
    ]
    return pa.Table.from_pylist([dict(zip(COLUMNS.names, row, strict=True)) for row in rows], COLUMNS)


def _create_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    options = dict(given.get("options") or {})
    path = given.get("path") or options.get("path")
    provider = given.get("source") or self.storage.conf("spark.sql.sources.default") or "parquet"
    schema = given.get("schema")
    if not schema:
        schema = self.storage.infer(provider, {**options, **({"path": path} if path else {})})
    parts = parse_name(given["table_name"])
    table = self.catalog.new_table(parts, provider, schema, (), path, options, given.get("description") or None)
    self.storage.create(table)
    rows = self.storage.reader(table).schema
    return pa.table({field.name: pa.array([]) for field in rows.fields})


def _drop_temp_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _value(self.catalog.drop_view(given["view_name"], is_global=False))


def _drop_global_temp_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _value(self.catalog.drop_view(given["view_name"], is_global=True))


def _drop_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop(parse_name(given["table_name"]), is_view=False, if_exists=bool(given.get("if_exists")))
    return _done()


def _drop_view(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop(parse_name(given["view_name"]), is_view=True, if_exists=bool(given.get("if_exists")))
    return _done()


def _list_partitions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return show.partitions(self.catalog.table(_parts(given)), self.storage.conf)


def _recover_partitions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    show.refuse_unpartitioned(self.catalog.table(_parts(given)), "ALTER TABLE RECOVER PARTITIONS")
    return _done()


def _table_properties(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    table = self.catalog.table(_parts(given))
    return pa.table({"key": list(table.properties), "value": list(table.properties.values())}, show.PROPERTIES)


def _create_text(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return pa.table({"createtab_stmt": [show.create_statement(self.catalog.table(_parts(given)))]})


def _truncate(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    table = self.catalog.table(_parts(given))
    empty = pa.table({f.name: pa.array([]) for f in table.schema.fields})
    self.storage.insert(empty, table.schema, table, overwrite=True)
    return _done()


# ---------------------------------------------------------------------- caching, which changes nothing here


def _is_cached(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(_parts(given))
    return _value(given["table_name"].lower() in self.catalog.cached)


def _cache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(_parts(given))
    self.catalog.cached.add(given["table_name"].lower())
    return _done()


def _uncache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(_parts(given))
    self.catalog.cached.discard(given["table_name"].lower())
    return _done()


def _clear_cache(self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    self.catalog.cached.clear()
    return _done()


def _refresh_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(_parts(given))
    return _done()


def _nothing(_self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return _done()


# ---------------------------------------------------------------------- functions


def _function_rows(entries: Iterable[FunctionEntry]) -> pa.Table:
    rows = [(e.name, None, None, e.description, e.class_name, True) for e in entries]
    return pa.Table.from_pylist([dict(zip(FUNCTIONS.names, row, strict=True)) for row in rows], FUNCTIONS)


def _list_functions(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = (entry for entry in self.functions() if matches(entry.name, given.get("pattern")))
    return _function_rows(sorted(found, key=lambda entry: entry.name))


def _function(self: Answers, name: str) -> FunctionEntry | None:
    wanted = parse_name(name)[-1].lower()
    return next((entry for entry in self.functions() if entry.name.lower() == wanted), None)


def _get_function(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = _function(self, given["function_name"])
    if found is None:
        path = ", ".join(
            (quoted("system", "builtin"), quoted("system", "session"), quoted(CATALOG, self.catalog.database))
        )
        raise AnalysisError(
            "UNRESOLVED_ROUTINE", routineName=quoted(*parse_name(given["function_name"])), searchPath=f"[{path}]"
        )
    return _function_rows([found])


def _function_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _value(_function(self, given["function_name"]) is not None)


CALLS: dict[str, Call] = {
    "current_database": _current_database,
    "set_current_database": _set_current_database,
    "list_databases": _list_databases,
    "get_database": _get_database,
    "database_exists": _database_exists,
    "create_database": _create_database,
    "drop_database": _drop_database,
    "current_catalog": _current_catalog,
    "set_current_catalog": _set_current_catalog,
    "list_catalogs": _list_catalogs,
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
    "analyze_table": _refresh_table,
    "is_cached": _is_cached,
    "cache_table": _cache_table,
    "uncache_table": _uncache_table,
    "clear_cache": _clear_cache,
    "refresh_table": _refresh_table,
    "refresh_by_path": _nothing,
    "list_functions": _list_functions,
    "get_function": _get_function,
    "function_exists": _function_exists,
}
"""Every member of Spark Connect's ``Catalog`` message."""
