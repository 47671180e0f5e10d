"""The first rows of a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.engine.operators.contract import OperatorMetrics
from workbench.engine.operators.keyed import NO_KEY
from workbench.engine.operators.stores import Stores
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext
    from workbench.engine.plan.operators import Limit

NAME = "globalLimit"
_SEEN = pa.field("seen", pa.int64())
_KEY = pa.table({NO_KEY.name: pa.array([0], NO_KEY.type)})


class LimitOperator:
    """Passes rows until so many have passed; state is how many. Source: Spark's ``StreamingGlobalLimitExec``."""

    def __init__(self, node: Limit, context: OperatorContext) -> None:
        self.node = node
        spec = StoreSpec(pa.schema([NO_KEY]), pa.schema([_SEEN]))
        self.stores = Stores(NAME, context, [spec], partitions=1)

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        self.stores.begin()
        store = self.stores.state.store(0)
        with self.stores.tally.timed("updates"):
            found, values = store.get(_KEY)
            seen = values.column(0)[0].as_py() if found[0] else 0
            passing = tables[0].slice(0, max(0, (self.node.count or 0) - seen))
            if passing.num_rows or not found[0]:
                store.put(_KEY, pa.table({_SEEN.name: [seen + passing.num_rows]}))
        return passing

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        return self.stores.metrics(0)

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return False

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        """One count cannot be divided."""

    def close(self) -> None:
        self.stores.close()
