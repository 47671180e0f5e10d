"""From a row's making to the sink: who tells when it was made, and how exactly."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest

from tests.engine.streaming.plans import at, events, sql
from workbench.base.latency_sketch import RELATIVE_ERROR, LatencySketch
from workbench.engine.streaming.latency import SAMPLED, sample, sketch
from workbench.testing.manual_clock import ManualClock
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, run_stream

NOON_MS = 1_704_110_400_000


def test_a_large_batch_is_looked_at_in_even_steps():
    times = pa.chunked_array([np.arange(SAMPLED * 4), np.arange(SAMPLED * 6)]).cast(
        pa.timestamp("us", "UTC")
    )
    micros, weight = sample(times)
    assert weight == 10
    assert abs(len(micros) * weight - len(times)) <= 2 * weight


def test_rows_without_a_time_do_not_count():
    times = pa.chunked_array(
        [pa.array([1000, None, 3000], pa.int64()).cast(pa.timestamp("us", "UTC"))]
    )
    assert sketch(sample(times), 10.0).rows == 2


@pytest.mark.parametrize(("ago_s", "told"), [(3, True), (7200, False)])
def test_event_times_count_where_they_are_of_the_present(ago_s, told):
    stream = MemoryStream("t TIMESTAMP, k STRING")
    plan = sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream, "10 seconds"))
    noon = at(12 * 3600)

    def holds(query):
        metrics = query.recent_progress[0].as_dict()["sink"].get("metrics", {})
        if not told:
            return metrics == {}
        assert float(metrics["latencyMs.p50"]) == pytest.approx(ago_s * 1000, rel=RELATIVE_ERROR)
        assert float(metrics["latencyMs.p99"]) == pytest.approx(
            ago_s * 1000 + 5000, rel=RELATIVE_ERROR
        )
        return LatencySketch.parse(metrics["latencyMs.sketch"]).rows == 3

    rows = [(noon - timedelta(seconds=s), "a") for s in (ago_s, ago_s, ago_s + 5)]
    run_stream(
        plan, AddData(stream, *rows), Check(holds), output_mode="update", clock=ManualClock(NOON_MS)
    )
