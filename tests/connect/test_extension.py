"""Controls only this engine has, sent through PySpark's own client."""

from __future__ import annotations

import time

import pyarrow as pa
import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql.connect.proto import Command

from workbench.connect import controls
from workbench.connect.extension_pb2 import QueryControl


def batches(query):
    return query.lastProgress.batchId if query.lastProgress else -1


def test_a_paused_query_starts_no_batch_until_it_goes_on(rate):
    query = rate("paused")
    query.processAllAvailable()
    assert controls.pause(query)["is_paused"]
    time.sleep(0.5)
    before = batches(query)
    time.sleep(1.5)
    assert batches(query) == before
    assert not controls.resume(query)["is_paused"]
    query.processAllAvailable()


def test_one_step_runs_one_trigger(rate):
    query = rate("stepped")
    controls.pause(query)
    time.sleep(1.2)
    before = batches(query)
    row = controls.step(query)
    assert row["is_paused"]
    assert batches(query) <= before + 1


def test_a_setting_is_taken_as_json(rate):
    query = rate("tuned")
    assert controls.tune(query, trigger_ms=50)["is_active"]


def test_a_look_changes_nothing(rate):
    query = rate("looked_at")
    row = controls.look(query)
    assert (row["id"], row["name"], row["is_active"]) == (query.id, "looked_at", True)


def test_what_this_engine_cannot_do_is_refused_by_name(rate):
    query = rate("not_rewound")
    from workbench.engine.streaming.query import StreamingQuery

    if hasattr(StreamingQuery, "rewind"):
        pytest.skip("it can be rewound")
    with pytest.raises(UnsupportedOperationException) as raised:
        controls.rewind(query, 0)
    assert raised.value.getCondition() == "UNSUPPORTED_FEATURE.QUERY_CONTROL"


def test_rows_of_a_running_query_can_be_looked_at(rate, monkeypatch):
    from workbench.engine.streaming.query import StreamingQuery

    if not hasattr(StreamingQuery, "peek"):
        with pytest.raises(UnsupportedOperationException, match="QUERY_CONTROL"):
            controls.peek(rate("not_peeked")).collect()
    seen = []

    def peek(self, node, rows):
        seen.append((self.name, node, rows))
        return pa.table({"value": [3, 1, 2]})

    monkeypatch.setattr(StreamingQuery, "peek", peek, raising=False)
    frame = controls.peek(rate("peeked"), "scan", rows=3)
    assert [row.value for row in frame.orderBy("value").collect()] == [1, 2, 3]
    assert ("peeked", "scan", 3) in seen


def test_a_query_nobody_knows_is_refused(spark):
    command = Command()
    command.extension.Pack(QueryControl(query_id="gone", pause=QueryControl.Pause()))
    with pytest.raises(AnalysisException, match="STREAMING_QUERY_NOT_FOUND"):
        spark.client.execute_command(command)


def test_an_extension_of_somebody_else_is_refused(spark):
    command = Command()
    command.extension.type_url = "type.example/unknown_to_us"
    with pytest.raises(SparkConnectGrpcException, match="unknown_to_us"):
        spark.client.execute_command(command)
