"""Databases and tables that outlive the session: one small file each."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.base.errors import AnalysisError, IllegalState
from workbench.engine.catalog.entries import DatabaseEntry, TableEntry
from workbench.engine.catalog.names import CATALOG, DEFAULT, quoted
from workbench.engine.connectors.files import durable

VERSION = "v1"


class Warehouse:
    """The catalogue on disk; shared by all sessions, from any thread.

    ::

        <warehouse>/<table>/…                          rows of managed tables of the default database
        <warehouse>/<database>.db/<table>/…            and of the others
        <warehouse>/_workbench/<database>/_database    v1 newline {name, location, comment, properties}
        <warehouse>/_workbench/<database>/<table>      v1 newline {database, name, provider, schema, location, …}

    Every change replaces or removes one file, so it is there whole or not at all.

    Parameters
    ----------
    folder : Path
        ``spark.sql.warehouse.dir``; made when something is first stored.
    now_ms : Callable
        The clock.
    """

    def __init__(self, folder: Path, now_ms: Callable[[], int]) -> None:
        self.folder = folder.absolute()
        self.now_ms = now_ms
        self.lock = threading.RLock()
        self._notes = self.folder / "_workbench"

    # ------------------------------------------------------------------ databases

    def databases(self) -> list[DatabaseEntry]:
        """Return all databases by name."""
        found = [DatabaseEntry(DEFAULT, str(self.folder), "default database")]
        stored = sorted(self._notes.glob("*/_database"))
        found.extend(DatabaseEntry.from_json(_read(path)) for path in stored)
        return sorted(found, key=lambda entry: entry.name)

    def database(self, name: str) -> DatabaseEntry:
        """Return a database.

        Raises
        ------
        AnalysisError
            ``SCHEMA_NOT_FOUND``.
        """
        for entry in self.databases():
            if entry.name == name.lower():
                return entry
        raise AnalysisError("SCHEMA_NOT_FOUND", schemaName=quoted(CATALOG, name))

    def has_database(self, name: str) -> bool:
        """Tell whether a database is there."""
        return any(entry.name == name.lower() for entry in self.databases())

    def add_database(self, entry: DatabaseEntry) -> None:
        """Store a new database.

        Raises
        ------
        AnalysisError
            ``SCHEMA_ALREADY_EXISTS``.
        """
        with self.lock:
            if self.has_database(entry.name):
                raise AnalysisError("SCHEMA_ALREADY_EXISTS", schemaName=quoted(entry.name))
            _write(self._notes / entry.name / "_database", entry.to_json())

    def remove_database(self, name: str, cascade: bool) -> None:
        """Remove a database; with ``cascade`` its tables too.

        Raises
        ------
        AnalysisError
            ``SCHEMA_NOT_FOUND``, ``SCHEMA_NOT_EMPTY``.
        """
        with self.lock:
            entry = self.database(name)
            tables = self.tables(entry.name)
            if tables and not cascade:
                raise AnalysisError("SCHEMA_NOT_EMPTY", schemaName=quoted(entry.name))
            for table in tables:
                self.remove_table(table)
            shutil.rmtree(self._notes / entry.name, ignore_errors=True)
            shutil.rmtree(entry.location, ignore_errors=True)

    # ------------------------------------------------------------------ tables

    def tables(self, database: str) -> list[TableEntry]:
        """Return a database's tables by name."""
        folder = self._notes / database.lower()
        if not folder.is_dir():
            return []
        names = sorted(path for path in folder.iterdir() if not path.name.startswith(("_", ".")))
        return [TableEntry.from_json(_read(path)) for path in names]

    def table(self, database: str, name: str) -> TableEntry | None:
        """Return a table, None when there is none of that name."""
        path = self._notes / database.lower() / name.lower()
        return TableEntry.from_json(_read(path)) if path.is_file() else None

    def add_table(self, entry: TableEntry, replace: bool = False) -> None:
        """Store a table.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_ALREADY_EXISTS`` unless ``replace``; ``SCHEMA_NOT_FOUND``.
        """
        with self.lock:
            self.database(entry.database)
            if not replace and self.table(entry.database, entry.name) is not None:
                raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=entry.full_name)
            _write(self._notes / entry.database / entry.name, entry.to_json())

    def remove_table(self, entry: TableEntry) -> None:
        """Remove a table, and the rows of a managed one."""
        with self.lock:
            (self._notes / entry.database / entry.name).unlink(missing_ok=True)
            if entry.is_managed:
                shutil.rmtree(entry.location, ignore_errors=True)

    def rename_table(self, entry: TableEntry, name: str) -> None:
        """Give a table another name; a managed one's folder moves too.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_ALREADY_EXISTS``.
        """
        with self.lock:
            target = self.location(entry.database, name) if entry.is_managed else entry.location
            renamed = entry.renamed(name.lower(), target)
            if self.table(entry.database, name) is not None:
                raise AnalysisError("TABLE_OR_VIEW_ALREADY_EXISTS", relationName=renamed.full_name)
            if entry.is_managed and Path(entry.location).exists():
                Path(entry.location).rename(target)
            self.add_table(renamed)
            (self._notes / entry.database / entry.name).unlink(missing_ok=True)

    def location(self, database: str, name: str) -> str:
        """Return the folder of a managed table."""
        return str(Path(self.database(database).location) / name.lower())


def _write(path: Path, content: dict[str, Any]) -> None:
    durable.replace(path, f"{VERSION}\n{json.dumps(content)}".encode())


def _read(path: Path) -> dict[str, Any]:
    version, _, rest = path.read_text("utf-8").partition("\n")
    if version != VERSION:
        raise IllegalState("MALFORMED_LOG_FILE", path=path, text=version[:40])
    return json.loads(rest)
