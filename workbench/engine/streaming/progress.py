"""What a batch did, in Spark's words."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from workbench.base.latency_sketch import LatencySketch
from workbench.engine.streaming.checkpoint.offset_log import compact
from workbench.engine.streaming.latency import latency_metrics

DURATIONS = (
    "addBatch",
    "commitOffsets",
    "getBatch",
    "latestOffset",
    "queryPlanning",
    "triggerExecution",
    "walCommit",
)


def iso_ms(ms: int) -> str:
    """Return milliseconds since 1970 as Spark writes times: ``2026-11-23T05:04:06.231Z``."""
    seconds, rest = divmod(ms, 1000)
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:03}Z"
    except (OverflowError, OSError, ValueError):
        return f"{'-' if ms < 0 else '+'}{abs(seconds)}s"


def rate(rows: int, ms: float) -> float:
    """Return rows per second with one decimal; 0.0 where no time is known."""
    return round(rows / (ms / 1000), 1) if ms > 0 else 0.0


@dataclass(frozen=True, slots=True)
class StateOperatorProgress:
    """One stateful operator in one batch."""

    operator_name: str
    num_rows_total: int = 0
    num_rows_updated: int = 0
    all_updates_time_ms: int = 0
    num_rows_removed: int = 0
    all_removals_time_ms: int = 0
    commit_time_ms: int = 0
    memory_used_bytes: int = 0
    num_rows_dropped_by_watermark: int = 0
    num_shuffle_partitions: int = 1
    num_state_store_instances: int = 1
    custom_metrics: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields under Spark's names, in Spark's order."""
        return {
            "operatorName": self.operator_name,
            "numRowsTotal": self.num_rows_total,
            "numRowsUpdated": self.num_rows_updated,
            "allUpdatesTimeMs": self.all_updates_time_ms,
            "numRowsRemoved": self.num_rows_removed,
            "allRemovalsTimeMs": self.all_removals_time_ms,
            "commitTimeMs": self.commit_time_ms,
            "memoryUsedBytes": self.memory_used_bytes,
            "numRowsDroppedByWatermark": self.num_rows_dropped_by_watermark,
            "numShufflePartitions": self.num_shuffle_partitions,
            "numStateStoreInstances": self.num_state_store_instances,
            **(
                {"customMetrics": dict(sorted(self.custom_metrics.items()))}
                if self.custom_metrics
                else {}
            ),
        }


@dataclass(frozen=True, slots=True)
class SourceProgress:
    """One source in one batch; offsets are JSON texts, None where there is none."""

    description: str
    start_offset: str | None
    end_offset: str | None
    latest_offset: str | None
    num_input_rows: int
    input_rows_per_second: float
    processed_rows_per_second: float
    metrics: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields under Spark's names; offsets become JSON values."""
        return {
            "description": self.description,
            "startOffset": _offset(self.start_offset),
            "endOffset": _offset(self.end_offset),
            "latestOffset": _offset(self.latest_offset),
            "numInputRows": self.num_input_rows,
            "inputRowsPerSecond": self.input_rows_per_second,
            "processedRowsPerSecond": self.processed_rows_per_second,
            **({"metrics": dict(self.metrics)} if self.metrics else {}),
        }


@dataclass(frozen=True, slots=True)
class SinkProgress:
    """The sink in one batch; ``num_output_rows`` is -1 for a sink that does not count.

    ``latency`` becomes metrics when somebody reads them: most batches of a fast query nobody does.
    """

    description: str
    num_output_rows: int = -1
    metrics: Mapping[str, str] = field(default_factory=dict)
    latency: LatencySketch = field(default_factory=LatencySketch)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields under Spark's names."""
        metrics = {**self.metrics, **latency_metrics(self.latency)}
        return {
            "description": self.description,
            "numOutputRows": self.num_output_rows,
            **({"metrics": metrics} if metrics else {}),
        }


@dataclass(frozen=True, slots=True)
class StreamingQueryProgress:
    """One batch; :meth:`json` is what PySpark's ``StreamingQueryProgress.fromJson`` reads.

    ``event_time`` holds ISO texts: ``watermark``, and ``avg max min`` where a row had an event time.
    """

    id: str
    run_id: str
    name: str | None
    timestamp: str
    batch_id: int
    batch_duration: int
    num_input_rows: int
    input_rows_per_second: float
    processed_rows_per_second: float
    duration_ms: Mapping[str, int]
    event_time: Mapping[str, str]
    state_operators: tuple[StateOperatorProgress, ...]
    sources: tuple[SourceProgress, ...]
    sink: SinkProgress
    observed_metrics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields under Spark's names, in Spark's order; what is empty is left out where Spark does."""
        made: dict[str, Any] = {
            "id": self.id,
            "runId": self.run_id,
            "name": self.name,
            "timestamp": self.timestamp,
            "batchId": self.batch_id,
            "batchDuration": self.batch_duration,
            "numInputRows": self.num_input_rows,
            "inputRowsPerSecond": self.input_rows_per_second,
            "processedRowsPerSecond": self.processed_rows_per_second,
            "durationMs": dict(sorted(self.duration_ms.items())),
        }
        if self.event_time:
            made["eventTime"] = dict(sorted(self.event_time.items()))
        made["stateOperators"] = [operator.as_dict() for operator in self.state_operators]
        made["sources"] = [source.as_dict() for source in self.sources]
        made["sink"] = self.sink.as_dict()
        if self.observed_metrics:
            made["observedMetrics"] = {k: dict(v) for k, v in self.observed_metrics.items()}
        return made

    def json(self) -> str:
        """Return the progress as compact JSON."""
        return compact(self.as_dict())


def _offset(text: str | None) -> Any:
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
