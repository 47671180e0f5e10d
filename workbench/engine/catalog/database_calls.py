"""``spark.catalog`` about databases and catalogues."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.base.errors import AnalysisError
from workbench.engine.catalog.entries import DatabaseEntry
from workbench.engine.catalog.forms import done, value
from workbench.engine.catalog.names import CATALOG, matches, parse_name, quoted
from workbench.engine.connectors.files.status import display

if TYPE_CHECKING:
    from workbench.engine.catalog.answers import Answers

DATABASES = pa.schema(
    [
        pa.field("name", pa.string(), False),
        ("catalog", pa.string()),
        ("description", pa.string()),
        ("locationUri", pa.string()),
    ]
)
CATALOGS = pa.schema([pa.field("name", pa.string(), False), ("description", pa.string())])


def _current_database(self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return value(self.catalog.database)


def _set_current_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.use(given["db_name"])
    return done()


def _database_rows(entries: Iterable[DatabaseEntry]) -> pa.Table:
    rows = [
        {
            "name": e.name,
            "catalog": CATALOG,
            "description": e.comment,
            "locationUri": display(e.location),
        }
        for e in entries
    ]
    return pa.Table.from_pylist(rows, DATABASES)


def _list_databases(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    found = self.catalog.warehouse.databases()
    return _database_rows(entry for entry in found if matches(entry.name, given.get("pattern")))


def _get_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return _database_rows([self.catalog.warehouse.database(parse_name(given["db_name"])[-1])])


def _database_exists(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(self.catalog.warehouse.has_database(parse_name(given["db_name"])[-1]))


def _create_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.create_database(
        given["db_name"], bool(given.get("if_not_exists")), properties=given.get("properties")
    )
    return done()


def _drop_database(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.drop_database(
        given["db_name"], bool(given.get("if_exists")), bool(given.get("cascade"))
    )
    return done()


def _current_catalog(_self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return value(CATALOG)


def _set_current_catalog(_self: Answers, given: Mapping[str, Any]) -> pa.Table:
    if given["catalog_name"] != CATALOG:
        raise AnalysisError(
            "CATALOG_NOT_FOUND",
            catalogName=quoted(given["catalog_name"]),
            config="spark.sql.catalog",
        )
    return done()


def _list_catalogs(_self: Answers, given: Mapping[str, Any]) -> pa.Table:
    names = [CATALOG] if matches(CATALOG, given.get("pattern")) else []
    return pa.Table.from_pylist([{"name": name, "description": None} for name in names], CATALOGS)


CALLS = {
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
}
