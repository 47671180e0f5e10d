"""The seam between the state of an operator and the user's code that works on it.

The operator (`group_state`, `transform`) keeps the stores, drops late rows, divides a batch into partitions and commits; it
runs in the engine's process. The *calls* (`group_calls`, `processor_calls`) turn one partition's rows into the user's calls.
They see stores only through ``get``, ``put``, ``remove`` and ``expire``, so they run in the engine's process or in a worker's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from workbench.engine.plan.operators import Placeholder

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.plan.operators import Operator

Node = TypeVar("Node", bound="Operator")


@dataclass(frozen=True, slots=True)
class Made:
    """What the calls of one partition gave: rows in the operator's output columns, counts by metric, seconds by timing."""

    table: pa.Table
    counts: Mapping[str, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


class PartitionCalls(Protocol):
    """A user's function or processor over the partitions of a batch, one at a time."""

    def partition(
        self,
        stores: Mapping[str, Any],
        part: pa.Table,
        initial: pa.Table | None,
        batch: OperatorBatch,
    ) -> Made:
        """Call the user's code for every group of ``part``, and for what is due; write state to ``stores``."""

    def close(self) -> None:
        """No partition follows."""


def alone(node: Node) -> Node:
    """Return a node without the plans below it, of which the user's code needs the columns only."""
    below = {
        name: Placeholder("", plan.output)
        for name in ("child", "initial")
        if (plan := getattr(node, name, None))
    }
    return replace(node, **below)
