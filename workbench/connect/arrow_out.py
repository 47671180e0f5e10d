"""Arrow rows as ``ExecutePlanResponse`` pieces, copied once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.connect.proto import base_pb2

from workbench.base.arrow_types import arrow_schema

# Measured over the socket: smaller batches cost more calls, larger ones fall out of the processor's cache.
BATCH_BYTES = 8 << 20

_BYTES_WIRE_TYPE, _VARINT_WIRE_TYPE = 2, 0
Piece = bytes | memoryview
"""What ``bytes.join`` takes."""

_BATCH = base_pb2.ExecutePlanResponse.ArrowBatch


def varint(number: int) -> bytes:
    """Return protobuf's variable-length form of a non-negative number."""
    pieces = bytearray()
    while number > 0x7F:
        pieces.append(number & 0x7F | 0x80)
        number >>= 7
    pieces.append(number)
    return bytes(pieces)


def _tag(message: Any, field: str, wire_type: int) -> bytes:
    return varint(message.DESCRIPTOR.fields_by_name[field].number << 3 | wire_type)


_RESPONSE_TAG = _tag(base_pb2.ExecutePlanResponse, "arrow_batch", _BYTES_WIRE_TYPE)
_ROWS_TAG = _tag(_BATCH, "row_count", _VARINT_WIRE_TYPE)
_START_TAG = _tag(_BATCH, "start_offset", _VARINT_WIRE_TYPE)
_DATA_TAG = _tag(_BATCH, "data", _BYTES_WIRE_TYPE)


def wire_schema(schema: t.StructType, zone: str) -> pa.Schema:
    """Return the Arrow schema the client expects: timestamps are in the session's time zone."""
    return pa.schema([_in_zone(field, zone) for field in arrow_schema(schema)])


def _in_zone(field: pa.Field, zone: str) -> pa.Field:
    return field.with_type(_type_in_zone(field.type, zone))


def _type_in_zone(kind: pa.DataType, zone: str) -> pa.DataType:
    if pa.types.is_timestamp(kind) and kind.tz:
        return pa.timestamp(kind.unit, zone)
    if pa.types.is_struct(kind):
        return pa.struct([_in_zone(kind.field(i), zone) for i in range(kind.num_fields)])
    if pa.types.is_map(kind):
        return pa.map_(_in_zone(kind.key_field, zone), _in_zone(kind.item_field, zone))
    if pa.types.is_list(kind):
        return pa.list_(_in_zone(kind.value_field, zone))
    return kind


def messages(batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> Iterator[list[Piece]]:
    """Yield each answer's ``arrow_batch`` in pieces; no rows give one batch of none, which the client needs for the schema."""
    start = 0
    for batch in _sized(with_schema(batch, schema) for batch in batches):
        yield _message(batch, start)
        start += batch.num_rows
    if start == 0:
        yield _message(_empty(schema), 0)


def _empty(schema: pa.Schema) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def with_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """Return the batch with a schema's names and types; the engine names columns by their attributes' ids."""
    if batch.schema.equals(schema) or not schema.names:
        return batch
    columns = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(batch.columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _sized(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join small batches and cut large ones: the client wants one batch a message, and each message has its cost."""
    waiting: list[pa.RecordBatch] = []
    waiting_bytes = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        size = batch.nbytes
        if size >= BATCH_BYTES // 4:
            yield from _joined(waiting)
            waiting, waiting_bytes = [], 0
            yield from _cut(batch, size)
            continue
        waiting.append(batch)
        waiting_bytes += size
        if waiting_bytes >= BATCH_BYTES:
            yield from _joined(waiting)
            waiting, waiting_bytes = [], 0
    yield from _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    if len(batches) == 1 or (batches and not batches[0].num_columns):
        # Joining batches of no columns would forget how many rows they have.
        yield from batches
    elif batches:
        yield pa.concat_batches(batches)


def _cut(batch: pa.RecordBatch, size: int) -> Iterator[pa.RecordBatch]:
    rows = max(1, batch.num_rows * BATCH_BYTES // size)
    for start in range(0, batch.num_rows, rows):
        yield batch.slice(start, rows)


class _Pieces:
    """A file that keeps what is written to it, not copied."""

    def __init__(self) -> None:
        self.pieces: list[memoryview] = []
        self.size = 0
        self.closed = False

    def write(self, data: pa.Buffer | bytes) -> int:
        piece = memoryview(data)
        self.pieces.append(piece)
        self.size += piece.nbytes
        return piece.nbytes

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """The pieces stay."""
        self.closed = True


def _message(batch: pa.RecordBatch, start: int) -> list[Piece]:
    file = _Pieces()
    with pa.ipc.new_stream(file, batch.schema) as writer:
        writer.write_batch(batch)
    head = b"".join(
        [_ROWS_TAG, varint(batch.num_rows), _START_TAG, varint(start), _DATA_TAG, varint(file.size)]
    )
    return [_RESPONSE_TAG, varint(len(head) + file.size), head, *file.pieces]
