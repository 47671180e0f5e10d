"""End-to-end latency of a batch: from each row's making to the moment its batch was in the sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from workbench.base.latency_sketch import LatencySketch

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from workbench.engine.streaming.batch import Outcome
    from workbench.engine.streaming.sources import OpenSource

SAMPLED = 16_384
"""A larger batch is looked at in even steps: its percentiles are those of its rows to a tenth of a percent."""
LIVE_WITHIN_MS = 3_600_000
AHEAD_MS = 60_000
"""Event times count as the rows' making where the newest is within an hour of now; older data is a replay of the past."""
PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def batch_latency(
    sources: Sequence[OpenSource], outcome: Outcome, visible_ms: float
) -> LatencySketch:
    """Return the latencies of a batch; an empty sketch where nothing tells when its rows were made.

    A source that knows when its rows were made says so (`created`); else the event time of the query's watermark is
    taken, if it is the present's. What an append-mode aggregate waits for its watermark is not in it: a row counts as
    visible with the batch that took it in.

    Parameters
    ----------
    sources : sequence of OpenSource
        The sources, after the batch.
    outcome : Outcome
        What the batch gave.
    visible_ms : float
        When the sink had the rows.
    """
    told = [one.created for one in sources if one.created is not None]
    if not told:
        told = [sample(column) for column in live_event_times(outcome, visible_ms)]
    return sum((sketch(times, visible_ms) for times in told), LatencySketch())


def sketch(created: tuple[np.ndarray, int], visible_ms: float) -> LatencySketch:
    """Return the latencies of rows made at these microseconds, each standing for so many."""
    micros, weight = created
    return LatencySketch.of(visible_ms - micros / 1000, weight)


def live_event_times(outcome: Outcome, now_ms: float) -> Iterable[pa.ChunkedArray]:
    """Return the event-time columns that speak of the present."""
    for index, stats in outcome.event_times.items():
        column = outcome.event_columns.get(index)
        near = -AHEAD_MS <= now_ms - stats.max_ms <= LIVE_WITHIN_MS
        if column is not None and stats.count and near and pa.types.is_timestamp(column.type):
            yield column


def sample(times: pa.ChunkedArray | pa.Array | np.ndarray) -> tuple[np.ndarray, int]:
    """Return some of a column's times as microseconds, and how many rows each stands for."""
    every = max(1, -(-len(times) // SAMPLED))
    if isinstance(times, np.ndarray):
        return times[::every], every
    chunks = times.chunks if isinstance(times, pa.ChunkedArray) else [times]
    known = (chunk.drop_null() if chunk.null_count else chunk for chunk in chunks)
    parts = [chunk.view(pa.int64()).to_numpy()[::every] for chunk in known]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64), every


def latency_metrics(found: LatencySketch) -> dict[str, str]:
    """Return a sketch as metrics of the sink, where Spark's progress has room for them; none for no rows."""
    if not found.rows:
        return {}
    shares = {
        f"latencyMs.{name}": f"{found.quantile(share):.4g}" for name, share in PERCENTILES.items()
    }
    return {**shares, "latencyMs.sketch": str(found)}
