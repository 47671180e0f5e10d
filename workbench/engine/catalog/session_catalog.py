"""What names mean in one session: its temporary views, its current database, the tables of the warehouse."""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql.types import StructField, StructType

from workbench.base.errors import AnalysisError
from workbench.engine.catalog.entries import DatabaseEntry, TableEntry, ViewEntry
from workbench.engine.catalog.names import (
    CATALOG,
    DEFAULT,
    GLOBAL_TEMP,
    check_word,
    matches,
    parse_name,
    quoted,
)
from workbench.engine.catalog.warehouse import Warehouse

_VIEW_NAME = re.compile(r"[\w.]+")


@dataclass(slots=True)
class SessionCatalog:
    """The names of one session. From any thread.

    Attributes
    ----------
    warehouse : Warehouse
        The tables, shared with other sessions.
    global_views : dict
        ``global_temp``, shared with other sessions of the engine.
    views : dict
        This session's temporary views by lower-case name.
    database : str
        The current database.
    """

    warehouse: Warehouse
    global_views: dict[str, ViewEntry] = field(default_factory=dict)
    views: dict[str, ViewEntry] = field(default_factory=dict)
    database: str = DEFAULT
    lock: threading.RLock = field(default_factory=threading.RLock)

    # ------------------------------------------------------------------ finding

    def find(self, parts: tuple[str, ...]) -> ViewEntry | TableEntry:
        """Return what a name means: a temporary view first, then a table.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_NOT_FOUND``, ``REQUIRES_SINGLE_PART_NAMESPACE``.
        """
        found = self.lookup(parts)
        if found is None:
            raise self.not_found(parts)
        return found

    def lookup(self, parts: tuple[str, ...]) -> ViewEntry | TableEntry | None:
        """Return what a name means, None for nothing."""
        view = self.view(parts)
        if view is not None:
            return view
        database, name = self.place(parts)
        return self.warehouse.table(database, name)

    def view(self, parts: tuple[str, ...]) -> ViewEntry | None:
        """Return a temporary view by name, None when the name is no view's."""
        if len(parts) == 1:
            return self.views.get(parts[0].lower())
        if len(parts) == 2 and parts[0].lower() == GLOBAL_TEMP:
            return self.global_views.get(parts[1].lower())
        return None

    def place(self, parts: tuple[str, ...]) -> tuple[str, str]:
        """Return the database and the table a name stands for, whether or not it is there."""
        if len(parts) > 1 and parts[0].lower() == CATALOG:
            parts = parts[1:]
        if len(parts) > 2:
            raise AnalysisError(
                "REQUIRES_SINGLE_PART_NAMESPACE", sessionCatalog=CATALOG, identifier=quoted(*parts)
            )
        return (self.database, parts[0]) if len(parts) == 1 else (parts[0].lower(), parts[1])

    def table(self, parts: tuple[str, ...]) -> TableEntry:
        """Return a table, whatever views are called.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_NOT_FOUND``.
        """
        database, name = self.place(parts)
        found = self.warehouse.table(database, name)
        if found is None:
            raise self.not_found(parts)
        return found

    def not_found(self, parts: tuple[str, ...]) -> AnalysisError:
        """Return the error for a name that means nothing."""
        path = ", ".join((quoted("system", "session"), quoted(CATALOG, self.database)))
        return AnalysisError(
            "TABLE_OR_VIEW_NOT_FOUND", relationName=quoted(*parts), searchPath=f"[{path}]"
        )

    # ------------------------------------------------------------------ temporary views

    def create_view(self, name: str, relation: Any, is_global: bool, replace: bool) -> None:
        """Name a relation for this session, or with ``is_global`` for all.

        Raises
        ------
        AnalysisError
            ``TEMP_TABLE_OR_VIEW_ALREADY_EXISTS``, ``TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS``.
        """
        if not _VIEW_NAME.fullmatch(name):
            raise AnalysisError("_LEGACY_ERROR_TEMP_1321", viewName=name)
        if len(parse_name(name)) > 1:
            raise AnalysisError("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", actualName=name)
        views = self.global_views if is_global else self.views
        with self.lock:
            if not replace and name.lower() in views:
                raise AnalysisError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", relationName=quoted(name))
            views[name.lower()] = ViewEntry(name.lower(), relation, is_global)

    def drop_view(self, name: str, is_global: bool) -> bool:
        """Forget a view; False when there was none."""
        views = self.global_views if is_global else self.views
        return views.pop(name.lower(), None) is not None

    # ------------------------------------------------------------------ tables and databases

    def new_table(
        self,
        parts: tuple[str, ...],
        provider: str,
        schema: StructType,
        partition_by: tuple[str, ...] = (),
        location: str | None = None,
        options: Mapping[str, str] | None = None,
        comment: str | None = None,
    ) -> TableEntry:
        """Return the entry a new table would have; nothing is stored. Partition columns go last.

        Raises
        ------
        AnalysisError
            ``SCHEMA_NOT_FOUND``, ``INVALID_SCHEMA_OR_RELATION_NAME``.
        """
        database, name = self.place(parts)
        name = check_word(name, quoted(*parts))
        home = self.warehouse.database(database)
        kept = {key: value for key, value in (options or {}).items() if key.lower() != "path"}
        return TableEntry(
            home.name,
            name,
            provider.lower(),
            ordered(schema, partition_by),
            location or self.warehouse.location(home.name, name),
            location is None,
            tuple(partition_by),
            kept,
            comment,
            created_ms=self.warehouse.now_ms(),
        )

    def drop(self, parts: tuple[str, ...], is_view: bool, if_exists: bool) -> None:
        """Drop a table, or a view by either word.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_NOT_FOUND``; ``WRONG_COMMAND_FOR_OBJECT_TYPE`` for ``DROP VIEW`` of a table.
        """
        view = self.view(parts)
        if view is not None:
            self.drop_view(view.name, view.is_global)
            return
        found = self.lookup(parts)
        if isinstance(found, TableEntry):
            if is_view:
                raise _wrong_command(found)
            self.warehouse.remove_table(found)
        elif not if_exists:
            raise self.not_found((CATALOG, *self.place(parts)))

    def rename(self, parts: tuple[str, ...], new: tuple[str, ...]) -> None:
        """Rename a table or a temporary view."""
        view = self.view(parts)
        if view is None:
            self.warehouse.rename_table(self.table(parts), check_word(new[-1]))
            return
        self.create_view(new[-1], view.relation, view.is_global, replace=False)
        self.drop_view(view.name, view.is_global)

    def create_database(
        self,
        name: str,
        if_not_exists: bool,
        comment: str = "",
        location: str | None = None,
        properties: Mapping[str, str] | None = None,
    ) -> None:
        """Make a database."""
        word = check_word(name)
        if if_not_exists and self.warehouse.has_database(word):
            return
        place = location or str(Path(self.warehouse.folder) / f"{word}.db")
        self.warehouse.add_database(DatabaseEntry(word, place, comment, properties or {}))

    def drop_database(self, name: str, if_exists: bool, cascade: bool) -> None:
        """Remove a database; the current one falls back to ``default``."""
        if if_exists and not self.warehouse.has_database(name):
            return
        if name.lower() == DEFAULT:
            raise AnalysisError(
                "UNSUPPORTED_FEATURE.DROP_DATABASE", database=quoted(CATALOG, DEFAULT)
            )
        self.warehouse.remove_database(name, cascade)
        if self.database == name.lower():
            self.database = DEFAULT

    def use(self, name: str) -> None:
        """Make a database the current one."""
        self.database = self.warehouse.database(name).name

    def listed(self, database: str | None, pattern: str | None) -> list[TableEntry | ViewEntry]:
        """Return a database's tables and the session's views, by name."""
        name = (database or self.database).lower()
        views = [view for view in self.views.values() if matches(view.name, pattern)]
        if name == GLOBAL_TEMP:
            shared = [view for view in self.global_views.values() if matches(view.name, pattern)]
            return [*sorted(shared, key=_name), *sorted(views, key=_name)]
        tables = self.warehouse.tables(self.warehouse.database(name).name)
        return [
            *(table for table in tables if matches(table.name, pattern)),
            *sorted(views, key=_name),
        ]


def _name(entry: ViewEntry) -> str:
    return entry.name


def _wrong_command(found: TableEntry) -> AnalysisError:
    return AnalysisError(
        "WRONG_COMMAND_FOR_OBJECT_TYPE",
        alternative="DROP TABLE",
        operation="DROP VIEW",
        foundType=found.kind,
        requiredType="VIEW",
        objectName=found.plain_name,
    )


def ordered(schema: StructType, partition_by: tuple[str, ...]) -> StructType:
    """Return a table's schema: all columns nullable, the partition columns last in their own order."""
    last = [name.lower() for name in partition_by]
    fields = {
        f.name.lower(): StructField(f.name, f.dataType, True, f.metadata) for f in schema.fields
    }
    stored = [one for name, one in fields.items() if name not in last]
    return StructType([*stored, *(fields[name] for name in last if name in fields)])
