"""A user's stream reader and writer."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.datasource_internal import _SimpleStreamReaderWrapper
from pyspark.sql.streaming.datasource import ReadAllAvailable

from workbench.engine.connectors.contract import Offset
from workbench.engine.connectors.python_source.batch import gather, items_for, to_table
from workbench.engine.connectors.python_source.calls import calling


class PythonStreamSource:
    """Streams from a ``DataSourceStreamReader``; a ``SimpleDataSourceStreamReader`` comes in PySpark's own wrapper.

    Rows are as repeatable as the user's ``read`` (for a simple reader ``readBetweenOffsets``) is. One thread.
    """

    def __init__(self, name: str, reader: Any, schema: t.StructType) -> None:
        self.name = name
        self.reader = reader
        self.schema = schema
        self.description = f"PythonStreamSource[{name}]"
        self._frozen: Offset | None = None
        self._freezes = False

    def initial_offset(self) -> Offset | None:
        """Return what the reader says its stream starts after."""
        with calling(self.name, "initialOffset"):
            return _text(self.reader.initialOffset())

    def prepare_available_now(self) -> None:
        """The next look at the stream is the last one."""
        self._freezes = True

    def latest_offset(self, start: Offset | None, available_now: bool = False) -> Offset | None:
        """Return the end of the next batch as the reader says it."""
        if available_now and self._frozen is not None:
            return self._frozen
        given = start if start is not None else self.initial_offset()
        with calling(self.name, "latestOffset"):
            found = _text(self._latest(json.loads(given)))
        if self._freezes:
            self._frozen = found
        return found

    def _latest(self, start: Any) -> Any:
        # Before Spark 4.2 the method took no arguments, and such readers still work there.
        if not signature(self.reader.latestOffset).parameters:
            return self.reader.latestOffset()
        limit = (
            self.reader.getDefaultReadLimit()
            if hasattr(self.reader, "getDefaultReadLimit")
            else None
        )
        return self.reader.latestOffset(start, limit or ReadAllAvailable())

    def batch(self, start: Offset | None, end: Offset) -> pa.Table:
        """Return the rows between two offsets."""
        first = json.loads(start if start is not None else self.initial_offset() or "{}")
        last = json.loads(end)
        if isinstance(self.reader, _SimpleStreamReaderWrapper):
            with calling(self.name, "read"):
                ready = self.reader.getCache(first, last)
                if ready is not None:
                    return to_table(self.name, ready, self.schema)
        with calling(self.name, "partitions"):
            partitions = list(self.reader.partitions(first, last))
        return gather(self.name, self.reader, partitions, self.schema)

    def commit(self, end: Offset) -> None:
        """Tell the reader that everything up to ``end`` is durable."""
        with calling(self.name, "commit"):
            self.reader.commit(json.loads(end))

    def metrics(
        self, start: Offset | None, end: Offset, latest: Offset | None
    ) -> Mapping[str, str]:
        """Return none: PySpark's readers report none."""
        return {}

    def stop(self) -> None:
        """Stop the reader."""
        with calling(self.name, "stop"):
            self.reader.stop()


def _text(offset: Any) -> Offset:
    return json.dumps(offset)


class PythonSink:
    """Writes each batch with a ``DataSourceStreamWriter``; a batch that comes again is written again (at least once)."""

    def __init__(self, name: str, make: Callable[[bool], Any], schema: t.StructType) -> None:
        self.name = name
        self.make = make
        self.schema = schema
        self.description = f"PythonSink[{name}]"

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int | None:
        """Write a batch; ``overwrite`` is asked for in complete mode."""
        writer = self.make(mode == "complete")
        message = None
        try:
            with calling(self.name, "write"):
                message = writer.write(items_for(writer, table, self.schema))
        except Exception:
            with calling(self.name, "abort"):
                writer.abort([message], batch_id)
            raise
        with calling(self.name, "commit"):
            writer.commit([message], batch_id)
        return table.num_rows

    def stop(self) -> None:
        """Nothing is held open."""
