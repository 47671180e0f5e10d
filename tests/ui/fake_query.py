"""A streaming query that is not one: it emits what a listener would hear, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

from pyspark.sql.streaming.listener import QueryProgressEvent, StreamingQueryProgress

START_MS = 1_357_000_000_000


def iso(ms):
    return (
        datetime.fromtimestamp(ms / 1000, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def progress(
    batch,
    *,
    run="run-1",
    query="query-1",
    name="flights",
    rows=100,
    took=40,
    every=200,
    state=None,
    **more,
):
    """Return one progress event as Spark's JSON; keywords override its fields."""
    at = START_MS + batch * every
    event = {
        "avg": iso(at - 400), "max": iso(at), "min": iso(at - 1000),
        "watermark": iso(at - 10_000) if batch else "1970-01-01T00:00:00.000Z",
    }  # fmt: skip
    operator = {
        "operatorName": "stateStoreSave", "numRowsTotal": 40 + batch % 30, "numRowsUpdated": 7, "numRowsRemoved": 2,
        "memoryUsedBytes": 9000 + 150 * batch, "numRowsDroppedByWatermark": 3 if batch % 10 == 9 else 0, "commitTimeMs": 2,
        "allUpdatesTimeMs": 3, "allRemovalsTimeMs": 1, "numShufflePartitions": 2, "numStateStoreInstances": 2,
        "customMetrics": {}, **(state or {}),
    }  # fmt: skip
    phases = {
        "latestOffset": 2,
        "getBatch": 1,
        "queryPlanning": 5,
        "walCommit": 4,
        "commitOffsets": 3,
    }
    return {
        "id": query, "runId": run, "name": name, "timestamp": iso(at), "batchId": batch, "batchDuration": took,
        "numInputRows": rows, "inputRowsPerSecond": rows * 1000 / every, "processedRowsPerSecond": rows * 1000 / took,
        "durationMs": {**phases, "addBatch": took - 15, "triggerExecution": took},
        "eventTime": event, "stateOperators": [operator],
        "sources": [{"description": "FakeSource", "startOffset": batch, "endOffset": batch + 1, "latestOffset": batch + 1,
                     "numInputRows": rows, "inputRowsPerSecond": 500.0, "processedRowsPerSecond": 900.0}],
        "sink": {"description": "MemorySink", "numOutputRows": 5}, **more,
    }  # fmt: skip


class FakeQuery:
    """Speaks PySpark's public query API, and `emit` is its engine."""

    def __init__(self, session, name="flights"):
        self.id, self.runId, self.name, self.isActive = str(uuid4()), str(uuid4()), name, True
        self._session, self.recentProgress, self.batch = session, [], 0

    def emit(self, **more):
        """Run one batch: every listener hears of it."""
        data = progress(self.batch, query=self.id, run=self.runId, name=self.name, **more)
        event = QueryProgressEvent(StreamingQueryProgress.fromJson(json.loads(json.dumps(data))))
        self.batch += 1
        for listener in self._session.listeners:
            listener.onQueryProgress(event)

    def stop(self, error=None):
        """End, as Spark tells it."""
        self.isActive = False
        for listener in self._session.listeners:
            listener.onQueryTerminated(
                SimpleNamespace(id=self.id, runId=self.runId, exception=error)
            )

    def exception(self):
        return None


class FakeSession:
    """A session that has queries, listeners and tables in memory."""

    def __init__(self, rows=()):
        self.session_id, self.listeners, self.rows = str(uuid4()), [], list(rows)
        self.streams = SimpleNamespace(addListener=self.listeners.append)

    def table(self, _name):
        return SimpleNamespace(tail=lambda count: self.rows[-count:])
