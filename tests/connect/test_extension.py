"""Controls only this engine has, sent through PySpark's own client."""

from __future__ import annotations

import json
import time

import pytest
from pyspark.errors import AnalysisException, UnsupportedOperationException
from pyspark.errors.exceptions.connect import SparkConnectGrpcException
from pyspark.sql.connect.proto import Command

from workbench.connect.extension_pb2 import QueryControl


@pytest.fixture
def control(spark):
    def send(query, **action):
        command = Command()
        command.extension.Pack(QueryControl(query_id=query.id, run_id=query.runId, **action))
        rows, _, _ = spark.client.execute_command(command)
        return rows.iloc[0]

    return send


def batches(query):
    return query.lastProgress.batchId if query.lastProgress else -1


def test_a_paused_query_starts_no_batch_until_it_goes_on(control, rate):
    query = rate("paused")
    query.processAllAvailable()
    assert control(query, pause=QueryControl.Pause())["is_paused"]
    time.sleep(0.5)
    before = batches(query)
    time.sleep(1.5)
    assert batches(query) == before
    assert not control(query, resume=QueryControl.Resume())["is_paused"]
    query.processAllAvailable()


def test_one_step_runs_one_trigger(control, rate):
    query = rate("stepped")
    control(query, pause=QueryControl.Pause())
    time.sleep(1.2)
    before = batches(query)
    row = control(query, step=QueryControl.Step(batches=1))
    assert row["is_paused"]
    assert batches(query) <= before + 1


def test_a_setting_is_taken_as_json(control, rate):
    query = rate("tuned")
    settings = {"trigger_ms": json.dumps(50)}
    assert control(query, tune=QueryControl.Tune(settings=settings))["is_active"]


def test_a_look_changes_nothing(control, rate):
    query = rate("looked_at")
    row = control(query, look=QueryControl.Look())
    assert (row["id"], row["name"], row["is_active"]) == (query.id, "looked_at", True)


def test_what_this_engine_cannot_do_is_refused_by_name(control, rate):
    query = rate("not_rewound")
    from workbench.engine.streaming.query import StreamingQuery

    if hasattr(StreamingQuery, "rewind"):
        pytest.skip("it can be rewound")
    with pytest.raises(UnsupportedOperationException) as raised:
        control(query, rewind=QueryControl.Rewind(batch_id=0))
    assert raised.value.getCondition() == "UNSUPPORTED_FEATURE.QUERY_CONTROL"


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
