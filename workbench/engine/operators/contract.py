"""What a stateful operator promises the query that runs it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from workbench.engine.state.maintenance import Maintenance

NEXT_CLOSE = "nextCloseMs"
"""The metric with the watermark, in ms, at which what waits next goes on or is forgotten: a window, a row, a key, a timer."""
NEXT_TIMER = "nextTimerMs"
"""The metric with the processing time, in ms, at which the next timer or timeout is due."""


@dataclass(frozen=True, slots=True)
class OperatorContext:
    """What an operator is opened with.

    Attributes
    ----------
    index : int
        Its id, which names its directory.
    path : Path
        The query's checkpoint.
    kernel : Kernel
        For the arithmetic on batches.
    output_mode : str
        append, update or complete.
    partitions : int
        Into how many parts keys are divided.
    setting : Callable
        ``setting(key) -> str``: pinned settings, then the session's.
    maintenance : Maintenance, optional
        Writes snapshots and removes old files in the background.
    """

    index: int
    path: Path
    kernel: Any
    output_mode: str
    partitions: int
    setting: Callable[[str], str]
    maintenance: Maintenance | None = None


@dataclass(frozen=True, slots=True)
class OperatorBatch:
    """What is the same for all rows an operator sees in a batch.

    Attributes
    ----------
    batch_id : int
        The batch's number.
    timestamp_ms : int
        The processing time the batch was planned with; a re-run has the same.
    late_ms : int
        Rows at or before this event time are late and dropped.
    evict_ms : int
        State at or before this event time is complete.
    """

    batch_id: int
    timestamp_ms: int
    late_ms: int
    evict_ms: int


@dataclass(frozen=True, slots=True)
class OperatorMetrics:
    """What an operator did in its last batch, in the units of Spark's ``StateOperatorProgress``."""

    name: str
    rows_total: int = 0
    rows_updated: int = 0
    rows_removed: int = 0
    rows_late: int = 0
    updates_ms: int = 0
    removals_ms: int = 0
    commit_ms: int = 0
    memory_bytes: int = 0
    partitions: int = 1
    stores: int = 1
    custom: Mapping[str, int] = field(default_factory=dict)

    def seen_from(self, ahead_ms: int) -> OperatorMetrics:
        """Return them for who knows the query's watermark, which is ahead of the operator's own."""
        if not ahead_ms or NEXT_CLOSE not in self.custom:
            return self
        return replace(self, custom={**self.custom, NEXT_CLOSE: self.custom[NEXT_CLOSE] + ahead_ms})


class StatefulOperator(Protocol):
    """One stateful operator of one run of one query; used from the query's thread only.

    The order is ``load(version)``, then per batch ``process`` and either ``commit(version + 1)`` or ``abort()``.
    """

    def load(self, version: int) -> None:
        """Become the state after ``version`` batches."""

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        """Take a batch of each input and return the rows that go on, in the order of the node's output."""

    def commit(self, version: int) -> None:
        """Make the batch's changes durable as ``version``."""

    def abort(self) -> None:
        """Forget the batch's changes."""

    def metrics(self) -> OperatorMetrics:
        """Return what the last batch did."""

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        """Whether a batch without rows would let state go, the watermark having moved to ``next_ms``."""

    def output_watermark(self, input_ms: int) -> int:
        """Return the watermark of the operator's output."""

    def rescale(self, partitions: int) -> None:
        """Spread the state over another number of partitions; called between two batches."""

    def close(self) -> None:
        """Release memory and files."""


@runtime_checkable
class TimedOperator(Protocol):
    """A stateful operator that has work when processing time passes, not only when rows or watermarks come."""

    def due_ms(self) -> int | None:
        """Return the processing time from which a batch without rows has work; None: no time does. Asked between batches."""
