from __future__ import annotations

import json

import pytest
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
)

from tests.engine.streaming.plans import at, events, sql
from workbench.engine.streaming.events import QueryIdle, QueryStarted, QueryTerminated
from workbench.engine.streaming.progress import iso_ms, rate
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, run_stream

ID = "1bb17c46-978a-4eaa-b014-5c61c121d988"

KEYS = [
    "id", "runId", "name", "timestamp", "batchId", "batchDuration", "numInputRows", "inputRowsPerSecond",
    "processedRowsPerSecond", "durationMs", "eventTime", "stateOperators", "sources", "sink",
]  # fmt: skip
OPERATOR_KEYS = [
    "operatorName", "numRowsTotal", "numRowsUpdated", "allUpdatesTimeMs", "numRowsRemoved", "allRemovalsTimeMs",
    "commitTimeMs", "memoryUsedBytes", "numRowsDroppedByWatermark", "numShufflePartitions", "numStateStoreInstances",
]  # fmt: skip
DURATIONS = [
    "addBatch", "commitOffsets", "getBatch", "latestOffset", "queryPlanning", "triggerExecution", "walCommit",
]  # fmt: skip


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1795410246243, "2026-11-23T05:04:06.243Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
    ],
)
def test_times_are_written_as_spark_writes_them(ms, text):
    assert iso_ms(ms) == text


def test_rates_have_one_decimal():
    assert (rate(20, 4296), rate(2, 1087), rate(5, 0)) == (4.7, 1.8, 0.0)


def test_progress_has_every_field_in_sparks_order():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    plan = sql(
        "SELECT window(t, '5 seconds') w, count(*) n FROM e GROUP BY 1",
        e=events(stream, "10 seconds"),
    )

    def holds(query):
        first = json.loads(query.recent_progress[0].json())
        assert list(first) == KEYS
        assert list(first["durationMs"]) == DURATIONS
        assert list(first["stateOperators"][0])[: len(OPERATOR_KEYS)] == OPERATOR_KEYS
        assert first["eventTime"] == {
            "avg": "2024-01-01T00:00:50.000Z",
            "max": "2024-01-01T00:01:40.000Z",
            "min": "2024-01-01T00:00:00.000Z",
            "watermark": "1970-01-01T00:00:00.000Z",
        }
        assert first["sources"] == [
            {
                "description": "MemoryStream[t,k]",
                "startOffset": None,
                "endOffset": 0,
                "latestOffset": None,
                "numInputRows": 2,
                "inputRowsPerSecond": 0.0,
                "processedRowsPerSecond": first["processedRowsPerSecond"],
            }
        ]
        assert first["sink"] == {"description": "MemorySink", "numOutputRows": 0}
        second = json.loads(query.recent_progress[1].json())
        assert second["eventTime"] == {"watermark": "2024-01-01T00:01:30.000Z"}
        assert second["sink"]["numOutputRows"] == 1
        return True

    run_stream(plan, AddData(stream, (at(0), "a"), (at(100), "b")), Check(holds))


def test_a_stateless_query_has_no_event_time():
    stream = MemoryStream("k STRING")

    def holds(query):
        found = json.loads(query.last_progress.json())
        return (
            "eventTime" not in found
            and found["stateOperators"] == []
            and "observedMetrics" not in found
        )

    run_stream(sql("SELECT k FROM e", e=events(stream)), AddData(stream, ("a",)), Check(holds))


def test_pyspark_reads_every_event():
    stream = MemoryStream("k STRING")
    run_stream(
        sql("SELECT k FROM e", e=events(stream)),
        AddData(stream, ("a",)),
        Check(
            lambda q: (
                QueryProgressEvent.fromJson(
                    {"progress": json.loads(q.last_progress.json())}
                ).progress.batchId
                == 0
            )
        ),
    )
    started = QueryStartedEvent.fromJson(json.loads(QueryStarted(ID, ID, None, iso_ms(0)).json()))
    assert (str(started.id), started.name, started.jobTags) == (ID, None, set())
    idle = QueryIdleEvent.fromJson(json.loads(QueryIdle(ID, ID, iso_ms(5)).json()))
    assert idle.timestamp == "1970-01-01T00:00:00.005Z"
    ended = QueryTerminatedEvent.fromJson(json.loads(QueryTerminated(ID, ID, "boom", "A.B").json()))
    assert (ended.exception, ended.errorClassOnException) == ("boom", "A.B")
