"""A streaming source that tests fill by hand."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema
from workbench.base.ddl import parse_ddl
from workbench.engine.connectors import registry
from workbench.engine.connectors.contract import Connector, SourceContext

FORMAT = "workbench-memory-stream"
_NUMBERS = itertools.count(1)
_STREAMS: dict[str, MemoryStream] = {}


class MemoryStream:
    """Rows added by a test, each :meth:`add` one offset; they stay, so a restarted query reads them again.

    Parameters
    ----------
    schema : StructType or str
        The columns, also as DDL: ``"word STRING, at TIMESTAMP"``.

    Examples
    --------
    >>> words = MemoryStream("word STRING")
    >>> words.add(("a",), ("b",))
    0
    """

    def __init__(self, schema: StructType | str) -> None:
        self.schema = parse_ddl(schema) if isinstance(schema, str) else schema
        self.name = f"stream{next(_NUMBERS)}"
        self.tables: list[pa.Table] = []
        _STREAMS[self.name] = self

    @property
    def options(self) -> dict[str, str]:
        """What ``readStream.format(FORMAT).options(**…)`` needs to find this stream."""
        return {"stream": self.name}

    def add(self, *rows: tuple[Any, ...]) -> int:
        """Add rows and return their offset."""
        columns = list(zip(*rows, strict=True)) or [()] * len(self.schema.fields)
        schema = arrow_schema(self.schema)
        arrays = [
            pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)
        ]
        return self.add_table(pa.table(arrays, schema=schema))

    def add_table(self, table: pa.Table) -> int:
        """Add a table's rows and return their offset."""
        self.tables.append(table)
        return len(self.tables) - 1


class MemoryStreamSource:
    """Offsets are the number of the last ``add``, -1 before the first (Spark: MemoryStream).

    The option ``maxAddsPerTrigger`` limits a batch.
    """

    def __init__(self, stream: MemoryStream, limit: int | None) -> None:
        self.stream = stream
        self.schema = stream.schema
        self.limit = limit
        self.description = f"MemoryStream[{','.join(stream.schema.names)}]"
        self._end: int | None = None
        self.commits: list[str] = []

    def initial_offset(self) -> str:
        return "-1"

    def latest_offset(self, start: str | None, available_now: bool = False) -> str | None:
        end = self._end if available_now and self._end is not None else len(self.stream.tables) - 1
        if self.limit is not None:
            end = min(end, int(start or -1) + self.limit)
        return str(end) if end >= 0 else None

    def prepare_available_now(self) -> None:
        self._end = len(self.stream.tables) - 1

    def batch(self, start: str | None, end: str) -> pa.Table:
        tables = self.stream.tables[int(start or -1) + 1 : int(end) + 1]
        return pa.concat_tables(tables) if tables else arrow_schema(self.schema).empty_table()

    def commit(self, end: str) -> None:
        self.commits.append(end)

    def metrics(self, start: str | None, end: str, latest: str | None) -> Mapping[str, str]:
        return {}

    def stop(self) -> None:
        pass


def _schema(options: Mapping[str, str], *rest: object) -> StructType:
    return _STREAMS[options["stream"]].schema


def _source(
    options: Mapping[str, str], schema: StructType, context: SourceContext
) -> MemoryStreamSource:
    limit = options.get("maxAddsPerTrigger")
    return MemoryStreamSource(_STREAMS[options["stream"]], int(limit) if limit else None)


CONNECTOR = Connector(FORMAT, schema=_schema, source=_source, options=frozenset({"stream"}))
registry.MODULES[FORMAT] = __name__


def rows_of(table: pa.Table) -> Iterable[tuple[Any, ...]]:
    """Return a table's rows as tuples."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
