"""Rows the client sent: Arrow IPC streams, a schema beside them or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from pyspark.sql.connect.proto import relations_pb2
from pyspark.sql.types import StructType

from workbench.base.arrow_types import arrow_schema, spark_schema
from workbench.base.errors import AnalysisError
from workbench.connect.convert import types
from workbench.connect.convert.context import Context
from workbench.engine.plan.relations import LocalData


def local_relation(message: Any, context: Context) -> LocalData:
    """``LocalRelation``: everything inside the message."""
    chunks = [message.data] if message.HasField("data") else []
    return _local(chunks, message.schema if message.HasField("schema") else "", context)


def cached_local_relation(message: Any, context: Context) -> LocalData:
    """``CachedLocalRelation``: a whole ``LocalRelation`` sent before as an artifact."""
    inner = relations_pb2.LocalRelation.FromString(context.blob(message.hash))
    return local_relation(inner, context)


def chunked_cached_local_relation(message: Any, context: Context) -> LocalData:
    """``ChunkedCachedLocalRelation``: Arrow streams and a schema sent before as artifacts."""
    chunks = [context.blob(name) for name in message.dataHashes]
    schema = context.blob(message.schemaHash).decode() if message.HasField("schemaHash") else ""
    return _local(chunks, schema, context)


def _local(chunks: Sequence[bytes], text: str, context: Context) -> LocalData:
    schema = (types.struct_from_json(text) or context.struct(text)) if text else None
    if not chunks:
        if schema is None:
            raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="LocalRelation.data")
        return LocalData(arrow_schema(schema).empty_table(), schema)
    table = pa.concat_tables(_read(chunk) for chunk in chunks)
    schema = schema or spark_schema(table.schema)
    # A client sends batches of about a thousand rows, which would cost every query after a call each.
    return LocalData(_as(table.combine_chunks(), schema), schema)


def _read(chunk: bytes) -> pa.Table:
    with pa.ipc.open_stream(pa.py_buffer(chunk)) as reader:
        return reader.read_all()


def _as(table: pa.Table, schema: StructType) -> pa.Table:
    """The table with the schema's names and the engine's Arrow types; two columns may have one name."""
    wanted = arrow_schema(schema)
    if table.num_columns != len(wanted):
        raise AnalysisError(
            "CONNECT_INVALID_PLAN.COLUMN_COUNT", expected=len(wanted), actual=table.num_columns
        )
    if not wanted.names:
        return table.replace_schema_metadata(None)
    columns = [
        column if column.type == field.type else column.cast(field.type, safe=False)
        for column, field in zip(table.columns, wanted, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=wanted)
