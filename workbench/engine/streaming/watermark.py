"""The query's watermark: how far event time is known to be complete."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

POLICIES = {"min": min, "max": max}
_MICROS_PER_MS = 1000


@dataclass(frozen=True, slots=True)
class EventTimeStats:
    """The event times one watermark saw in a batch, in milliseconds."""

    count: int
    min_ms: int = 0
    max_ms: int = 0
    avg_ms: int = 0


def event_time_stats(column: pa.ChunkedArray) -> EventTimeStats:
    """Return the statistics of a column of timestamps, or of windows, whose end counts. Rows without a time do not."""
    if pa.types.is_struct(column.type):
        column = pc.struct_field(column, "end")
    micros = column.cast(pa.int64())
    count = len(micros) - micros.null_count
    if not count:
        return EventTimeStats(0)
    bounds = pc.min_max(micros)
    low, high = bounds["min"].as_py(), bounds["max"].as_py()
    mean = pc.mean(micros).as_py()
    return EventTimeStats(
        count, low // _MICROS_PER_MS, high // _MICROS_PER_MS, int(mean // _MICROS_PER_MS)
    )


@dataclass(frozen=True, slots=True)
class Watermarks:
    """The watermark of the query and what each watermark node has reached (Spark: WatermarkTracker).

    After a restart the nodes have seen nothing again; the query's watermark itself never moves back.

    Attributes
    ----------
    now_ms : int
        The query's watermark.
    policy : str
        ``min`` or ``max`` over the nodes.
    nodes : tuple of int
        The largest event time minus the delay, per node; 0 before any.
    """

    now_ms: int = 0
    policy: str = "min"
    nodes: tuple[int, ...] = ()

    def after(
        self, seen: Sequence[tuple[int, EventTimeStats]], marks: Sequence[int] = ()
    ) -> Watermarks:
        """Return the watermarks after a batch.

        ``seen`` is each node's delay and statistics, in the nodes' order; ``marks`` tells which of them are one watermark.
        """
        if not seen:
            return self
        old = self.nodes or (0,) * len(seen)
        nodes = tuple(
            max(before, stats.max_ms - delay) if stats.count else before
            for before, (delay, stats) in zip(old, seen, strict=True)
        )
        nodes = _together(nodes, marks or range(len(nodes)))
        chosen = POLICIES[self.policy](nodes)
        return Watermarks(max(self.now_ms, chosen), self.policy, nodes)


def _together(nodes: Sequence[int], marks: Sequence[int]) -> tuple[int, ...]:
    """Return what each node has reached when those of one mark share the farthest."""
    farthest: dict[int, int] = {}
    for mark, node in zip(marks, nodes, strict=True):
        farthest[mark] = max(node, farthest.get(mark, node))
    return tuple(farthest[mark] for mark in marks)


@dataclass(frozen=True, slots=True)
class InputWatermarks:
    """What one stateful operator works with in one batch.

    Attributes
    ----------
    late_ms : int
        Rows at or before this are late. It is the input watermark of the batch before, so that what an operator upstream
        let go in this batch is not late here.
    evict_ms : int
        State at or before this is complete. It is the input watermark of this batch.
    """

    late_ms: int
    evict_ms: int


def propagate(
    origin_ms: int,
    inputs: Mapping[int, Sequence[int | None]],
    output: Mapping[int, object],
) -> dict[int, int]:
    """Return the input watermark of each stateful operator.

    Parameters
    ----------
    origin_ms : int
        The query's watermark, which every watermark node hands up.
    inputs : mapping
        Per operator, upstream first: the operators its rows come through, None for rows straight from a watermark node.
    output : mapping of int to callable
        Per operator: its output watermark from its input watermark.
    """
    found: dict[int, int] = {}
    for index, feeding in inputs.items():
        below = [origin_ms if i is None else output[i](found[i]) for i in feeding]  # type: ignore[operator]
        found[index] = min(below, default=origin_ms)
    return found
