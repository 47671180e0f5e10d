"""Large answers go to a client in the same process beside the socket, to any other through it."""

from __future__ import annotations

import subprocess
import sys
import threading

import grpc
import pyarrow as pa
import pytest
from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc

from tests.ui.test_feed import until
from workbench.connect.lane import HEADER, LANES, MAX_WAITING_BYTES, SMALL_BYTES, Lane
from workbench.connect.server import OPTIONS

ROWS = 500_000
OUTSIDE = """\
import sys
from pyspark.sql.connect.session import SparkSession
from workbench.connect.channel import PrivateChannelBuilder
spark = SparkSession.builder.channelBuilder(PrivateChannelBuilder(sys.argv[1])).getOrCreate()
print(sum(spark.range(1_000_000).toArrow()["id"].to_pylist()))
spark.client.close()
"""


@pytest.fixture
def plain(spark):
    """The service over the socket alone."""
    with grpc.insecure_channel(spark.client._builder.endpoint, options=OPTIONS) as channel:
        yield base_pb2_grpc.SparkConnectServiceStub(channel)


def test_a_large_answer_and_small_ones_come_whole_and_in_order(spark):
    table = spark.range(3_000_000).toArrow()
    assert table["id"].combine_chunks().equals(pa.array(range(3_000_000)))
    assert [row.id for row in spark.range(5).collect()] == [0, 1, 2, 3, 4]


def test_a_large_answer_leaves_only_its_mark_on_the_socket(plain, raw):
    lane = Lane()
    LANES[lane.id] = lane
    answers = list(plain.ExecutePlan(_asked(raw), metadata=[(HEADER, lane.id)]))
    assert sum(answer.ByteSize() for answer in answers) < 10_000
    whole = base_pb2.ExecutePlanResponse.FromString(lane.take())
    assert whole.arrow_batch.row_count == ROWS
    assert len(whole.arrow_batch.data) > 8 * ROWS > SMALL_BYTES


def test_a_client_without_a_lane_gets_everything_through_the_socket(plain, raw):
    for metadata in [(), [(HEADER, "another process's lane")]]:
        answers = plain.ExecutePlan(_asked(raw), metadata=metadata)
        assert sum(answer.arrow_batch.row_count for answer in answers) == ROWS


def test_a_client_in_another_process_gets_everything_through_the_socket(spark, tmp_path):
    program = tmp_path / "outside.py"
    program.write_text(OUTSIDE)
    command = [sys.executable, program, spark.client._builder.endpoint]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == str(sum(range(1_000_000))), done.stderr


def test_a_client_that_goes_away_in_the_middle_leaves_no_thread_behind(raw):
    before = operations()
    call = raw.stub.ExecutePlan(_asked(raw, rows=60_000_000))
    next(answer for answer in call if answer.HasField("arrow_batch"))
    assert operations() - before
    del call
    until(lambda: operations() <= before, 30)


def test_a_writer_far_ahead_waits_and_is_woken_by_the_reader_and_by_the_end():
    lane = Lane()
    lane.put(b"x" * (MAX_WAITING_BYTES + 1))
    writer = threading.Thread(target=lane.put, args=(b"y",), name="writer")
    writer.start()
    writer.join(0.2)
    assert writer.is_alive(), "it waits"
    assert len(lane.take()) == MAX_WAITING_BYTES + 1
    writer.join(30)
    assert lane.take() == b"y"

    lane.put(b"x" * (MAX_WAITING_BYTES + 1))
    writer = threading.Thread(target=lane.put, args=(b"y",), name="writer")
    writer.start()
    lane.close()
    writer.join(30)
    assert not writer.is_alive()


def operations():
    return {t for t in threading.enumerate() if t.name.startswith("workbench-operation")}


def _asked(raw, rows=ROWS):
    return raw.request(base_pb2.ExecutePlanRequest, plan=raw.range_plan(rows))
