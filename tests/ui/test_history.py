"""The history of one query: batches, runs, ends, and what happened before anyone listened."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.ui.fake_query import START_MS, progress
from workbench.base.latency_sketch import RELATIVE_ERROR, LatencySketch
from workbench.ui.history import History
from workbench.ui.progress import PHASES, flatten, shape_of


def filled(batches, **more):
    history = History("query-1", "flights")
    for batch in batches:
        history.add(progress(batch, **more))
    return history


def test_a_batch_becomes_a_row_of_numbers():
    row = flatten(progress(9, rows=100, took=40))
    assert (row["batch"], row["input_rows"], row["duration"], row["dropped"]) == (9, 100, 40, 3)
    assert row["time"] == START_MS + 9 * 200
    assert row["event.max"] - row["watermark"] == 10_000
    assert row["output_rate"] == 125
    assert sum(row[f"phase.{name}"] for name in PHASES) + row["phase.other"] == row["duration"]


def test_what_spark_does_not_say_is_nan():
    row = flatten(progress(0, sink={"description": "FileSink", "numOutputRows": -1}))
    assert math.isnan(row["output_rows"])
    assert math.isnan(row["watermark"]), "1970 means that there is no watermark yet"


@pytest.mark.parametrize(
    "broken",
    [{}, {"durationMs": None, "sink": None, "stateOperators": None, "sources": None, "eventTime": None},
     {"timestamp": "+12013-01-01T00:00:00.000Z", "inputRowsPerSecond": "Infinity"}],
)  # fmt: skip
def test_incomplete_progress_is_no_error(broken):
    row = flatten({"batchId": 1, **broken})
    assert row["batch"] == 1
    assert math.isnan(row["input_rate"])


def test_the_shape_grows_when_more_is_seen():
    history = filled([0], eventTime={}, stateOperators=[])
    assert history.shape.operators == ()
    history.add(progress(1))
    assert history.shape.operators == ("stateStoreSave",)
    assert history.shape.has_event_time


def with_latency(batch, *latencies_ms):
    metrics = {
        "latencyMs.p50": "4", "latencyMs.p95": "9", "latencyMs.p99": "12.5",
        "latencyMs.sketch": str(LatencySketch.of(np.array(latencies_ms))),
    }  # fmt: skip
    return progress(
        batch, sink={"description": "MemorySink", "numOutputRows": 5, "metrics": metrics}
    )


def test_latency_is_taken_from_the_sinks_metrics():
    event = with_latency(1, 4.0, 12.5)
    assert flatten(event)["latency.p99"] == 12.5
    assert shape_of(event).has_latency
    assert not shape_of(progress(1)).has_latency


def test_the_latencies_of_all_batches_are_merged_also_of_those_heard_of_late():
    history = History("q")
    history.add(with_latency(2, *[100.0] * 60))
    history.backfill([with_latency(0, *[10.0] * 30), with_latency(1, *[10.0] * 30)])
    assert history.latency.rows == 120
    assert history.latency.quantile(0.45) == pytest.approx(10, rel=RELATIVE_ERROR)
    assert history.latency.quantile(0.55) == pytest.approx(100, rel=RELATIVE_ERROR)


def test_a_batch_told_twice_counts_once():
    history = filled([0, 1, 1, 0])
    assert history.since(0)["batch"].tolist() == [0, 1]


def test_a_restart_goes_on_in_the_same_history():
    history = filled([0, 1])
    history.ended("run-1", START_MS, None)
    assert history.is_over
    history.started("run-2", START_MS + 5000)
    history.add(progress(1, run="run-2"))
    assert history.since(0)["run"].tolist() == [0, 0, 1]
    assert [event.kind for event in history.events] == ["started", "stopped", "restarted"]
    assert history.state == "running"


def test_the_end_of_an_older_run_does_not_stop_the_newer():
    history = filled([0])
    history.started("run-2", START_MS + 1)
    history.ended("run-1", START_MS + 2, None)
    assert history.state == "running"


def test_a_failure_keeps_its_message_and_notes_one_line():
    history = filled([0])
    history.ended("run-1", START_MS, "\n java.io.IOException: disk full\n\tat somewhere")
    assert history.state == "failed"
    assert history.events[-1].text == "disk full"


def test_the_past_is_put_before_what_was_heard():
    history = filled([5, 6])
    epoch = history.epoch
    history.backfill([progress(batch) for batch in (3, 4, 5)])
    assert history.since(0)["batch"].tolist() == [3, 4, 5, 6]
    assert history.since(0)["interval"].tolist()[1:] == [200, 200, 200]
    assert history.epoch > epoch, "whoever copied rows has to copy them again"


def test_a_past_already_known_changes_nothing():
    history = filled([0, 1])
    epoch = history.epoch
    history.backfill([progress(0), progress(1)])
    assert history.epoch == epoch


def test_late_rows_in_a_row_are_one_event():
    history = filled(range(30))
    late = [event for event in history.events if event.kind == "late"]
    assert [(event.batch, event.text) for event in late] == [
        (9, "9 rows came behind the watermark and were dropped")
    ]
    assert history.dropped_total == 9


def test_idle_is_noted_once_until_data_comes():
    history = filled([0])
    history.idle(START_MS)
    history.idle(START_MS + 1)
    assert [event.kind for event in history.events].count("idle") == 1
    history.add(progress(1))
    assert history.state == "running"


def test_memory_is_bounded():
    history = History("query-1", capacity=50)
    for batch in range(500):
        history.add(progress(batch))
    assert len(history.since(0)) == 50
    assert len(history.raw) <= 50
    assert len(history.events) <= 500
