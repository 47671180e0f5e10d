"""Facts of a batch to its progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from workbench.engine.streaming.progress import (
    SinkProgress,
    SourceProgress,
    StateOperatorProgress,
    StreamingQueryProgress,
    iso_ms,
    rate,
)

if TYPE_CHECKING:
    from workbench.base.latency_sketch import LatencySketch
    from workbench.engine.operators.contract import OperatorMetrics
    from workbench.engine.streaming.batch import Outcome
    from workbench.engine.streaming.sources import OpenSource
    from workbench.engine.streaming.steps import StreamPlan


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """What the query knows about a batch that just ended."""

    query_id: str
    run_id: str
    name: str | None
    started_ms: int
    last_started_ms: int | None
    batch_id: int
    watermark_ms: int
    durations_ms: Mapping[str, float]
    rows_written: int | None
    latency: LatencySketch

    @property
    def since_last_ms(self) -> float:
        """Between the starts of the batch before and this one; 0 for the first."""
        return 0 if self.last_started_ms is None else self.started_ms - self.last_started_ms

    @property
    def processing_ms(self) -> float:
        """How long the batch took."""
        return self.durations_ms.get("triggerExecution", 0)


def batch_progress(
    facts: BatchFacts,
    plan: StreamPlan,
    outcome: Outcome,
    operators: Sequence[OperatorMetrics],
    sources: Sequence[OpenSource],
    sink_description: str,
    reached: Mapping[str, int],
) -> StreamingQueryProgress:
    """Return the progress of a batch; ``operators`` come downstream first, as Spark lists them.

    ``reached`` is how far the watermark of each source is, where several hold the query's.
    """
    rows = sum(one.rows for one in sources)
    written = -1 if facts.rows_written is None else facts.rows_written
    return StreamingQueryProgress(
        id=facts.query_id,
        run_id=facts.run_id,
        name=facts.name,
        timestamp=iso_ms(facts.started_ms),
        batch_id=facts.batch_id,
        batch_duration=round(facts.processing_ms),
        num_input_rows=rows,
        input_rows_per_second=rate(rows, facts.since_last_ms),
        processed_rows_per_second=rate(rows, facts.processing_ms),
        duration_ms={name: round(ms) for name, ms in facts.durations_ms.items()},
        event_time=event_time(facts.watermark_ms, plan, outcome),
        state_operators=tuple(operator_progress(one) for one in operators),
        sources=tuple(source_progress(one, facts, reached) for one in sources),
        sink=SinkProgress(sink_description, written, latency=facts.latency),
        observed_metrics=observed_metrics(outcome),
    )


def event_time(watermark_ms: int, plan: StreamPlan, outcome: Outcome) -> dict[str, str]:
    """Return the event times of the first watermark that saw any, and the watermark the batch ran with."""
    if not plan.event_times:
        return {}
    found = {"watermark": iso_ms(watermark_ms)}
    seen = (outcome.event_times[index] for index in sorted(outcome.event_times))
    stats = next((one for one in seen if one.count), None)
    if stats:
        found |= {
            "max": iso_ms(stats.max_ms),
            "min": iso_ms(stats.min_ms),
            "avg": iso_ms(stats.avg_ms),
        }
    return found


def source_progress(
    one: OpenSource, facts: BatchFacts, reached: Mapping[str, int]
) -> SourceProgress:
    """Return what one source did."""
    metrics = dict(one.source.metrics(one.start, one.committed or "", one.latest()))
    if one.name in reached:
        metrics["watermarkMs"] = str(reached[one.name])
    return SourceProgress(
        description=one.source.description,
        start_offset=one.start,
        end_offset=one.committed,
        latest_offset=one.latest(),
        num_input_rows=one.rows,
        input_rows_per_second=rate(one.rows, facts.since_last_ms),
        processed_rows_per_second=rate(one.rows, facts.processing_ms),
        metrics=metrics,
    )


def operator_progress(one: OperatorMetrics) -> StateOperatorProgress:
    """Return what one stateful operator did, under Spark's names."""
    return StateOperatorProgress(
        operator_name=one.name,
        num_rows_total=one.rows_total,
        num_rows_updated=one.rows_updated,
        all_updates_time_ms=one.updates_ms,
        num_rows_removed=one.rows_removed,
        all_removals_time_ms=one.removals_ms,
        commit_time_ms=one.commit_ms,
        memory_used_bytes=one.memory_bytes,
        num_rows_dropped_by_watermark=one.rows_late,
        num_shuffle_partitions=one.partitions,
        num_state_store_instances=one.stores,
        custom_metrics=one.custom,
    )


def observed_metrics(outcome: Outcome) -> dict[str, dict[str, Any]]:
    """Return what ``observe`` saw, as values JSON can hold."""
    return {
        name: {key: plain(value) for key, value in table.to_pylist()[0].items()}
        for name, table in outcome.observed.items()
        if table.num_rows
    }


def plain(value: Any) -> Any:
    """Return a value JSON can hold: times and decimals become text."""
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value
