"""``applyInPandasWithState``: a function over each group's rows and its state.

Source of the behaviour: Spark's ``FlatMapGroupsInPandasWithStateExec``: groups with rows first, then groups whose timeout has
passed, with no rows. The user's function is called by :mod:`group_calls`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa
from pyspark.sql.streaming.state import GroupStateTimeout

from workbench.base.arrow_types import to_arrow
from workbench.engine.operators.contract import NEXT_CLOSE, NEXT_TIMER
from workbench.engine.operators.event_time import drop_late, event_time_of
from workbench.engine.operators.keyed import key_schema, names_of, with_key
from workbench.engine.operators.python_state.group_calls import TIMEOUT, VALUE, GroupStateWork
from workbench.engine.operators.python_state.partition_calls import alone
from workbench.engine.operators.python_state.user_partitions import UserPartitions
from workbench.engine.operators.stores import Stores, earliest
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext, OperatorMetrics
    from workbench.engine.plan.operators import GroupStateMap

NAME = "applyInPandasWithState"
_METRICS = {
    GroupStateTimeout.EventTimeTimeout: NEXT_CLOSE,
    GroupStateTimeout.ProcessingTimeTimeout: NEXT_TIMER,
}


class GroupStateOperator:
    """One row of state a key: the user's tuple, and when it times out."""

    def __init__(self, node: GroupStateMap, context: OperatorContext) -> None:
        self.node = node
        self.calls = UserPartitions(GroupStateWork(alone(node), uuid4().hex), context.kernel.calls)
        values = pa.schema([(VALUE, to_arrow(node.state_schema)), (TIMEOUT, pa.int64())])
        names = names_of(node.grouping, values.names)
        spec = StoreSpec(key_schema(node.grouping), values, expiry=TIMEOUT, names=names)
        self.stores = Stores(NAME, context, [spec])
        by_event = node.timeout == GroupStateTimeout.EventTimeTimeout
        self.event_time = event_time_of(node.child.output) if by_event else None
        self.late = 0

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        table, self.late = drop_late(tables[0], self.event_time, batch.late_ms)
        self.stores.begin()
        keyed = with_key(table, self.node.grouping)
        parts = self.stores.share(keyed, next(iter(self.stores.state.specs.values())))
        made, _ = self.calls.run(self.stores, parts, None, batch)
        return pa.concat_tables(made)

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        metric = _METRICS.get(self.node.timeout)
        waits = earliest(metric, _over(self.stores.first_due())) if metric else {}
        return self.stores.metrics(self.late, **waits, **self.calls.figures)

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return self.node.timeout == GroupStateTimeout.EventTimeTimeout and next_ms > evict_ms

    def due_ms(self) -> int | None:
        is_by_clock = self.node.timeout == GroupStateTimeout.ProcessingTimeTimeout
        return _over(self.stores.next_expiry()) if is_by_clock else None

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        self.calls.close()
        self.stores.close()


def _over(timeout_ms: int | None) -> int | None:
    """Return the first time at which a timeout is over."""
    return None if timeout_ms is None else timeout_ms + 1
