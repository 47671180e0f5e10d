"""What table names of a session stand for: views over plans, rows a memory sink holds, tables of the warehouse."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.inputs import attributes, new_ids
from workbench.engine.analysis.scope import Resolved, Scope
from workbench.engine.catalog.answers import Answers, FunctionEntry
from workbench.engine.catalog.entries import TableEntry
from workbench.engine.catalog.names import parse_name
from workbench.engine.catalog.session_catalog import SessionCatalog
from workbench.engine.catalog.storage import Storage
from workbench.engine.catalog.warehouse import Warehouse
from workbench.engine.connectors import registry
from workbench.engine.functions import catalog as built_in
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pyarrow as pa

    from workbench.engine.catalog.entries import ViewEntry
    from workbench.engine.connectors.contract import Reader
    from workbench.engine.session import EngineSession


_DROPS = {"drop_temp_view": "view_name", "drop_table": "table_name", "drop_view": "view_name"}
"""Calls that make a name mean nothing, and the parameter that holds the name."""


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


class Tables:
    """A session's names. From any thread.

    Parameters
    ----------
    session : EngineSession
        Whose names they are.
    like : Tables, optional
        Another session's: the warehouse and global views are shared, its own views are copied.
    """

    def __init__(self, session: EngineSession, like: Tables | None = None) -> None:
        self._session = session
        if like is None:
            warehouse = Warehouse(Path(session.conf("spark.sql.warehouse.dir")), _now_ms)
            self.catalog = SessionCatalog(warehouse)
        else:
            shared = like.catalog
            self.catalog = SessionCatalog(
                shared.warehouse, shared.global_views, dict(shared.views), shared.database
            )
        self.storage = Storage(self.catalog, session.conf)
        self._answers = Answers(
            self.catalog, self.storage, self._columns, self._functions, lambda: session.caching
        )

    def find(
        self, parts: tuple[str, ...], is_streaming: bool, options: Mapping[str, str]
    ) -> r.Relation | Resolved:
        """Return a view's plan, or the scan of a table.

        Raises
        ------
        AnalysisError
            ``TABLE_OR_VIEW_NOT_FOUND``.
        """
        if self._is_file(parts):
            return r.ReadSource(
                parts[0], paths=(parts[1],), options=options, is_streaming=is_streaming
            )
        found = self.catalog.find(parts)
        if not isinstance(found, TableEntry):
            return self._view(found)
        if is_streaming:
            return self._stream(found, options)
        return _scan(self.storage.reader(found, options))

    def _is_file(self, parts: tuple[str, ...]) -> bool:
        """``parquet.`path```: a format and a path where a table's name is expected."""
        formats = {"parquet", "csv", "json", "text", "orc", "binaryfile"}
        return (
            len(parts) == 2 and parts[0].lower() in formats and self.catalog.lookup(parts) is None
        )

    def _view(self, view: ViewEntry) -> r.Relation | Resolved:
        found = view.relation
        if isinstance(found, r.Relation):
            return found
        operator = getattr(found, "operator", None)
        return _scan(found) if operator is None else Resolved(new_ids(operator), Scope(()))

    def _stream(self, table: TableEntry, options: Mapping[str, str]) -> Resolved:
        given = self.storage.options(table, options)
        schema = registry.find(table.provider).schema(given, table.schema, True, self._session.conf)
        return Resolved(o.StreamScan(table.provider, given, schema, attributes(schema)), Scope(()))

    def show_sink(self, name: str, sink: Reader) -> None:
        """Make a memory sink readable as a view named like its query."""
        self.catalog.create_view(name, sink, is_global=False, replace=True)

    def call(self, kind: str, parameters: Mapping[str, object]) -> pa.Table:
        """Answer a ``spark.catalog`` call."""
        if kind in _DROPS:
            self._session.caching.forget(parse_name(str(parameters[_DROPS[kind]])))
        return self._answers.call(kind, parameters)

    def schema(self, parts: tuple[str, ...]) -> StructType:
        """Return the columns of a table or view."""
        found = self.catalog.find(parts)
        return found.schema if isinstance(found, TableEntry) else self._columns(found.relation)

    def _columns(self, relation: object) -> StructType:
        if isinstance(relation, r.Relation):
            return self._session.analyze(relation).schema
        return relation.schema

    def _functions(self) -> Iterable[FunctionEntry]:
        own = (*self._session.functions, *self._session.table_functions)
        return [
            *(FunctionEntry(name) for name in built_in.names()),
            *(FunctionEntry(name, class_name="python") for name in own),
        ]

    def writable(self, parts: tuple[str, ...]) -> TableEntry:
        """Return a table that rows can be put into.

        Raises
        ------
        AnalysisError
            ``UNSUPPORTED_INSERT.RDD_BASED`` for a view.
        """
        found = self.catalog.find(parts)
        if not isinstance(found, TableEntry):
            raise AnalysisError("UNSUPPORTED_INSERT.RDD_BASED", relationName=found.name)
        return found


def _scan(reader: Reader) -> Resolved:
    return Resolved(o.Scan(reader, attributes(reader.schema)), Scope(()))
