"""One progress event, flattened into numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from workbench.ui.source_lag import source_lag

PHASES = (
    "latestOffset",
    "getBatch",
    "queryPlanning",
    "walCommit",
    "addBatch",
    "commitOffsets",
)
"""Spark's names of the steps of a micro-batch, in the order in which they run."""

LATENCY = ("p50", "p95", "p99")
LATENCY_METRIC = "latencyMs."
"""How the sink's metrics of latency begin."""

_SCALARS = {
    "batch": "batchId",
    "input_rows": "numInputRows",
    "input_rate": "inputRowsPerSecond",
    "processed_rate": "processedRowsPerSecond",
}
_STATE = {
    "rows": "numRowsTotal",
    "bytes": "memoryUsedBytes",
    "updated": "numRowsUpdated",
    "removed": "numRowsRemoved",
    "dropped": "numRowsDroppedByWatermark",
    "commit_ms": "commitTimeMs",
}
_WAITING = {
    "next": "nextCloseMs",
    "timer": "nextTimerMs",
    "duplicates": "numDroppedDuplicateRows",
}


@dataclass(frozen=True, slots=True)
class Shape:
    """What a query is made of, as far as its progress tells; it decides which charts make sense."""

    operators: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    sink: str = ""
    has_event_time: bool = False
    has_latency: bool = False
    has_lag: bool = False

    def joined(self, other: Shape) -> Shape:
        """Return the shape that has what either has: a first batch without data may lack event time."""
        return Shape(
            operators=max(self.operators, other.operators, key=len),
            sources=max(self.sources, other.sources, key=len),
            sink=other.sink or self.sink,
            has_event_time=self.has_event_time or other.has_event_time,
            has_latency=self.has_latency or other.has_latency,
            has_lag=self.has_lag or other.has_lag,
        )


def shape_of(progress: Mapping[str, Any]) -> Shape:
    """Return the shape one progress event shows."""
    return Shape(
        operators=tuple(_text(op, "operatorName") for op in _items(progress, "stateOperators")),
        sources=tuple(_text(source, "description") for source in _items(progress, "sources")),
        sink=_text(progress.get("sink") or {}, "description"),
        has_event_time=bool(progress.get("eventTime")),
        has_latency=bool(_latency(progress)),
        has_lag=any(not math.isnan(source_lag(one)) for one in _items(progress, "sources")),
    )


def flatten(progress: Mapping[str, Any]) -> dict[str, float]:
    """Return one progress event as a row of numbers, NaN where the server said nothing.

    Times are milliseconds since 1970; a watermark of exactly 1970 means "none yet" and becomes NaN.
    """
    row = {column: number(progress.get(key)) for column, key in _SCALARS.items()}
    row["time"] = millis(progress.get("timestamp"))
    row |= _durations(progress)
    row |= _event_times(progress.get("eventTime") or {})
    row |= _state(_items(progress, "stateOperators"))
    row |= _sink(progress.get("sink") or {}, row["duration"])
    row |= {f"latency.{name}": number(value) for name, value in _latency(progress).items()}
    for index, source in enumerate(_items(progress, "sources")):
        row[f"source.{index}.rows"] = number(source.get("numInputRows"))
        row[f"source.{index}.lag"] = source_lag(source)
        row[f"source.{index}.reached"] = _metric(source, "metrics", "watermarkMs")
    return row


def number(value: object) -> float:
    """Return a finite float, or NaN for whatever is not a number."""
    try:
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return math.nan
    return found if math.isfinite(found) else math.nan


def millis(text: object) -> float:
    """Return an ISO time as milliseconds since 1970, NaN when it is none (or beyond the year 9999)."""
    try:
        return datetime.fromisoformat(str(text)).timestamp() * 1000
    except (ValueError, OverflowError):
        return math.nan


def _durations(progress: Mapping[str, Any]) -> dict[str, float]:
    durations = progress.get("durationMs") or {}
    total = number(durations.get("triggerExecution", progress.get("batchDuration")))
    phases = {f"phase.{name}": number(durations.get(name, 0)) for name in PHASES}
    rest = total - sum(value for value in phases.values() if not math.isnan(value))
    return {"duration": total, **phases, "phase.other": max(rest, 0.0)}


def _event_times(event_time: Mapping[str, Any]) -> dict[str, float]:
    row = {f"event.{name}": millis(event_time.get(name)) for name in ("min", "avg", "max")}
    watermark = millis(event_time.get("watermark"))
    row["watermark"] = watermark if watermark != 0 else math.nan
    return row


def _state(operators: list[Mapping[str, Any]]) -> dict[str, float]:
    row = {
        f"state.{index}.{column}": number(operator.get(key))
        for index, operator in enumerate(operators)
        for column, key in _STATE.items()
    }
    for index, operator in enumerate(operators):
        for column, key in _WAITING.items():
            row[f"state.{index}.{column}"] = _metric(operator, "customMetrics", key)
    dropped = [row[f"state.{index}.dropped"] for index in range(len(operators))]
    row["dropped"] = sum(value for value in dropped if not math.isnan(value))
    return row


def _sink(sink: Mapping[str, Any], duration_ms: float) -> dict[str, float]:
    rows = number(sink.get("numOutputRows"))
    rows = rows if rows >= 0 else math.nan
    return {
        "output_rows": rows,
        "output_rate": rows * 1000 / duration_ms if duration_ms else math.nan,
    }


def latency_sketch(progress: Mapping[str, Any]) -> str:
    """Return a batch's latencies as the text of a sketch; "" where the server measures none."""
    return _text(_sink_metrics(progress), f"{LATENCY_METRIC}sketch")


def _latency(progress: Mapping[str, Any]) -> dict[str, float]:
    """Return end-to-end latency percentiles in ms, where the server measures them."""
    found = _sink_metrics(progress)
    named = {name: found.get(f"{LATENCY_METRIC}{name}") for name in LATENCY}
    return {name: number(value) for name, value in named.items() if value is not None}


def _sink_metrics(progress: Mapping[str, Any]) -> Mapping[str, Any]:
    return (progress.get("sink") or {}).get("metrics") or {}


def _metric(record: Mapping[str, Any], metrics: str, name: str) -> float:
    """Return a metric that only some servers tell."""
    return number((record.get(metrics) or {}).get(name))


def _items(progress: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    return list(progress.get(key) or ())


def _text(record: Mapping[str, Any], key: str) -> str:
    return str(record.get(key) or "")
