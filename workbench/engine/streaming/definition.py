"""Everything a query needs to start."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from workbench.engine.connectors import registry
from workbench.engine.streaming.clock import Clock, SystemClock
from workbench.engine.streaming.read_ahead import READ_AHEAD_BYTES, READ_AHEAD_ROWS
from workbench.engine.streaming.triggers import Trigger

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.connectors.contract import (
        FileScan,
        Sink,
        SinkContext,
        Source,
        SourceContext,
    )
    from workbench.engine.plan.operators import Operator, StreamScan

SPARK_DEFAULTS: dict[str, str] = {
    "spark.sql.streaming.minBatchesToRetain": "100",
    "spark.sql.streaming.noDataMicroBatches.enabled": "true",
    "spark.sql.streaming.noDataProgressEventInterval": "10000ms",
    "spark.sql.streaming.numRecentProgressUpdates": "100",
    "spark.sql.streaming.pollingDelay": "10ms",
    "spark.sql.streaming.asyncLogPurge.enabled": "true",
    READ_AHEAD_BYTES: "268435456",
    READ_AHEAD_ROWS: "32768",
}


class KernelLike(Protocol):
    """What a query asks of :class:`workbench.engine.kernel.kernel.Kernel`."""

    def run(
        self,
        operator: Operator,
        inputs: dict[str, pa.Table | FileScan] | None = None,
        observed: dict[str, pa.Table] | None = None,
    ) -> pa.Table:
        """Return an operator's rows, columns named by attribute id."""


def open_source(scan: StreamScan, context: SourceContext) -> Source:
    """Open a plan's streaming source through the registry."""
    connector = registry.find(scan.format)
    assert connector.source is not None, "the analysis lets only streaming formats through"
    return connector.source(scan.options, scan.schema, context)


@dataclass(frozen=True, slots=True)
class StreamDefinition:
    """A query to start.

    Attributes
    ----------
    plan : Operator
        What to compute; the analysis has found it legal for ``output_mode``.
    kernel : Kernel
        Runs the stateless parts.
    open_sink : callable
        Opens the sink; called by ``start()``, so what it raises is raised there.
    output_mode : str
        append, update or complete.
    trigger : Trigger
        When batches run.
    name : str or None
        Unique among the active queries of a session.
    checkpoint : str
        The checkpoint's path; "" for a temporary one.
    recovers : bool
        False for sinks that forget what they had (memory in append mode): a checkpoint with batches is refused.
    conf : callable
        ``conf(key)``: the session's configuration at the start, None for what is not set.
    clock : Clock
        Processing time.
    open_source : callable
        Opens a source; the registry's unless a test says otherwise.
    state_partitions : int, optional
        How many parts state has from now on; None: as many as before.
    """

    plan: Operator
    kernel: KernelLike
    open_sink: Callable[[SinkContext], Sink]
    output_mode: str = "append"
    trigger: Trigger = field(default_factory=Trigger)
    name: str | None = None
    checkpoint: str = ""
    recovers: bool = True
    conf: Callable[[str], str | None] = lambda key: None
    clock: Clock = field(default_factory=SystemClock)
    open_source: Callable[[StreamScan, SourceContext], Source] = open_source
    state_partitions: int | None = None

    def setting(self, key: str) -> str:
        """Return a setting, Spark's default where the session has none; "" for what neither knows."""
        return self.conf(key) or SPARK_DEFAULTS.get(key, "")

    def milliseconds(self, key: str) -> int:
        """Return a setting that is a length of time."""
        return duration_ms(self.setting(key))


_UNITS: dict[str, Any] = {
    "ms": 1,
    "s": 1000,
    "min": 60_000,
    "m": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
}


def duration_ms(text: str) -> int:
    """Return a configuration's length of time (``10s``, ``100ms``, plain milliseconds) in ms.

    >>> duration_ms("10s"), duration_ms("250ms"), duration_ms("7")
    (10000, 250, 7)
    """
    digits = text.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
    return int(digits) * _UNITS[text.strip()[len(digits) :].strip() or "ms"]
