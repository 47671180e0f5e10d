"""The seam between the state of an operator and the user's code that works on it.

The operator (`group_state`, `transform`) keeps the stores, drops late rows, divides a batch into partitions and commits; it
runs in the engine's process. The *calls* (`group_calls`, `processor_calls`) turn one partition's rows into the user's calls.
They see stores only through ``get``, ``put``, ``remove`` and ``expire``, so they run in the engine's process or in a worker's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.operators.stores import Stores


@dataclass(frozen=True, slots=True)
class Made:
    """What the calls of one partition gave: rows in the operator's output columns, counts by metric, seconds by timing."""

    table: pa.Table
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


class PartitionCalls(Protocol):
    """A user's function or processor over the partitions of a batch, one at a time."""

    def partition(
        self, stores: Mapping[str, Any], part: pa.Table, initial: pa.Table | None, batch: OperatorBatch
    ) -> Made:
        """Call the user's code for every group of ``part``, and for what is due; write state to ``stores``."""

    def close(self) -> None:
        """No partition follows."""


def run_partitions(
    calls: PartitionCalls,
    stores: Stores,
    parts: Sequence[pa.Table],
    initial: Sequence[pa.Table] | None,
    batch: OperatorBatch,
) -> tuple[list[pa.Table], Counter[str]]:
    """Run every partition of a batch; return the rows by partition and the sums of the counts."""
    made = [
        calls.partition(stores.state.stores[place], part, initial[place] if initial else None, batch)
        for place, part in enumerate(parts)
    ]
    counts: Counter[str] = Counter()
    for one in made:
        counts.update(one.counts)
        for name, seconds in one.seconds.items():
            stores.tally.add(name, seconds)
    return [one.table for one in made], counts
