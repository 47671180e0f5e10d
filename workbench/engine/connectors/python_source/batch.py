"""A user's batch reader and writer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion
from pyspark.sql.datasource import DataSourceArrowWriter, DataSourceStreamArrowWriter

from workbench.base.arrow_types import arrow_schema
from workbench.base.errors import ExecutionError
from workbench.engine.connectors.formats.fit import fit
from workbench.engine.connectors.python_source.calls import calling


@dataclass(frozen=True, slots=True)
class PythonReader:
    """Reads all partitions of a ``DataSourceReader``, one after another, each time it is asked."""

    name: str
    reader: Any
    schema: t.StructType

    def rows(self) -> pa.Table:
        """Return every partition's rows."""
        with calling(self.name, "partitions"):
            partitions = list(self.reader.partitions()) or [None]
        return gather(self.name, self.reader, partitions, self.schema)


def gather(name: str, reader: Any, partitions: Iterable[Any], schema: t.StructType) -> pa.Table:
    """Return the rows that a reader yields for partitions."""
    with calling(name, "read"):
        tables = [to_table(name, reader.read(partition), schema) for partition in partitions]
    return pa.concat_tables([arrow_schema(schema).empty_table(), *tables])


def to_table(name: str, yielded: Any, schema: t.StructType) -> pa.Table:
    """Return what a reader yielded, tuples or record batches, as a table of the schema."""
    items = iter(yielded or ())
    first = next(items, None)
    if first is None:
        return arrow_schema(schema).empty_table()
    everything = chain([first], items)
    if isinstance(first, pa.RecordBatch):
        return fit(_same_columns(name, pa.Table.from_batches(list(everything)), schema), schema)
    return fit(_from_rows(name, list(everything), schema), schema)


def _from_rows(name: str, rows: list[Any], schema: t.StructType) -> pa.Table:
    width = len(schema.fields)
    odd = next((row for row in rows if not hasattr(row, "__len__") or len(row) != width), None)
    if odd is not None:
        raise ExecutionError(
            "DATA_SOURCE_RETURN_SCHEMA_MISMATCH", expected=f"{width} column(s)", actual=repr(odd)
        )
    return LocalDataToArrowConversion.convert(rows, schema, False)


def _same_columns(name: str, table: pa.Table, schema: t.StructType) -> pa.Table:
    if table.column_names != schema.names:
        raise ExecutionError(
            "DATA_SOURCE_RETURN_SCHEMA_MISMATCH",
            expected=", ".join(schema.names),
            actual=", ".join(table.column_names),
        )
    return table


def write_rows(name: str, writer: Any, table: pa.Table, schema: t.StructType) -> None:
    """Give a batch's rows to a ``DataSourceWriter`` and commit; abort when writing fails."""
    message = None
    try:
        with calling(name, "write"):
            message = writer.write(items_for(writer, table, schema))
    except Exception:
        with calling(name, "abort"):
            writer.abort([message])
        raise
    with calling(name, "commit"):
        writer.commit([message])


def items_for(writer: Any, table: pa.Table, schema: t.StructType) -> Iterator[Any]:
    """Return what a writer wants to iterate over: record batches or rows."""
    named = table.rename_columns(schema.names)
    if isinstance(writer, (DataSourceArrowWriter, DataSourceStreamArrowWriter)):
        return iter(named.to_batches())
    return iter(ArrowTableToRowsConversion.convert(named, schema))
