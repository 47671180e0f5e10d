"""``memory``: a table in this process, named like the query."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.arrow_types import arrow_schema
from workbench.base.errors import AnalysisError
from workbench.engine.connectors.contract import Connector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pyspark.sql.types import StructType

    from workbench.engine.connectors.contract import SinkContext


class MemorySink:
    """The rows of a query, readable while it runs: it is the :class:`Reader` of the table it fills.

    Append and update add rows, complete replaces them. A batch that comes again, after a failure, changes nothing.

    Parameters
    ----------
    schema : StructType
        The table's columns.
    """

    description = "MemorySink"

    def __init__(self, schema: StructType) -> None:
        self.schema = schema
        self._arrow = arrow_schema(schema)
        self._lock = threading.Lock()
        self._tables: list[pa.Table] = []
        self._latest = -1

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int:
        rows = pa.table(
            table.columns, schema=pa.schema([f.with_nullable(True) for f in self._arrow])
        )
        with self._lock:
            if batch_id > self._latest:
                self._latest = batch_id
                self._tables = [rows] if mode == "complete" else [*self._tables, rows]
        return table.num_rows

    def rows(self) -> pa.Table:
        """Return what has arrived so far."""
        with self._lock:
            tables = [table for table in self._tables if table.num_rows]
            made = pa.concat_tables(tables) if tables else self._empty()
            if len(self._tables) > 1:
                self._tables = [made]
            return made

    def _empty(self) -> pa.Table:
        return pa.schema([f.with_nullable(True) for f in self._arrow]).empty_table()

    def stop(self) -> None:
        """The table stays after its query, until the view is dropped."""


def _sink(
    options: Mapping[str, str],
    schema: StructType,
    partition_by: Sequence[str],
    context: SinkContext,
) -> MemorySink:
    if not context.query_name:
        raise AnalysisError("MEMORY_SINK_NEEDS_QUERY_NAME")
    return MemorySink(schema)


CONNECTOR = Connector("memory", sink=_sink, sink_modes=("append", "update", "complete"))
