"""Arrow rows as messages."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql import types as t
from pyspark.sql.connect.proto import base_pb2

from workbench.connect import arrow_out


def sent(batches, schema):
    """The batches a client would read, with their offsets."""
    out = []
    for pieces in arrow_out.messages(batches, schema):
        message = base_pb2.ExecutePlanResponse.FromString(b"".join(pieces)).arrow_batch
        (batch,) = pa.ipc.open_stream(message.data)
        assert batch.num_rows == message.row_count
        out.append((message.start_offset, batch))
    return out


def numbers(count):
    return pa.RecordBatch.from_pydict({"n": pa.array(range(count), pa.int64())})


def test_small_batches_travel_together():
    batch = numbers(10)
    ((start, joined),) = sent([batch] * 3, batch.schema)
    assert start == 0
    assert joined.column(0).to_pylist() == [*range(10)] * 3


def test_a_large_batch_is_cut(monkeypatch):
    monkeypatch.setattr(arrow_out, "BATCH_BYTES", 800)
    batch = numbers(250)
    out = sent([batch], batch.schema)
    assert [start for start, _ in out] == [0, 100, 200]
    assert [one.num_rows for _, one in out] == [100, 100, 50]


def test_order_is_kept_where_small_and_large_batches_alternate(monkeypatch):
    monkeypatch.setattr(arrow_out, "BATCH_BYTES", 4000)
    sizes = [3, 500, 4, 5, 200, 1]
    schema = numbers(0).schema
    ids = iter(range(10_000))
    batches = [
        pa.RecordBatch.from_pydict({"n": [next(ids) for _ in range(size)]}, schema)
        for size in sizes
    ]
    rows = [value for _, batch in sent(batches, schema) for value in batch.column(0).to_pylist()]
    assert rows == list(range(sum(sizes)))


def test_no_rows_are_one_empty_batch():
    schema = pa.schema([("a", pa.int32()), ("b", pa.list_(pa.string()))])
    ((start, batch),) = sent([], schema)
    assert (start, batch.num_rows, batch.schema) == (0, 0, schema)


def test_a_row_larger_than_a_message_should_be_still_goes_out_alone(monkeypatch):
    monkeypatch.setattr(arrow_out, "BATCH_BYTES", 100)
    batch = pa.RecordBatch.from_pydict({"s": ["x" * 5000, "y"]})
    assert [one.num_rows for _, one in sent([batch], batch.schema)] == [1, 1]


@pytest.mark.parametrize("number", [0, 1, 127, 128, 300, 1 << 31, (1 << 63) - 1])
def test_a_number_has_protobufs_own_bytes(number):
    message = base_pb2.ExecutePlanResponse.ArrowBatch(row_count=number)
    expected = message.SerializeToString()[1:] if number else b"\x00"
    assert arrow_out.varint(number) == expected


def test_instants_inside_containers_get_the_sessions_zone_too():
    at = t.TimestampType()
    schema = t.StructType(
        [
            t.StructField("many", t.ArrayType(at)),
            t.StructField("by", t.MapType(t.StringType(), at)),
            t.StructField("inner", t.StructType([t.StructField("at", at)])),
            t.StructField("plain", t.TimestampNTZType()),
        ]
    )
    wire = arrow_out.wire_schema(schema, "Asia/Tokyo")
    zoned = pa.timestamp("us", "Asia/Tokyo")
    assert wire.field("many").type.value_type == zoned
    assert wire.field("by").type.item_type == zoned
    assert wire.field("inner").type.field("at").type == zoned
    assert wire.field("plain").type == pa.timestamp("us")
