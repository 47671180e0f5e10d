"""The first row of each key."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from workbench.engine.operators.contract import OperatorMetrics
from workbench.engine.operators.event_time import (
    MICROS_PER_MS,
    drop_late,
    event_time_of,
    expiry_path,
    times_of,
)
from workbench.engine.operators.keyed import key_schema, names_of
from workbench.engine.operators.stores import Stores
from workbench.engine.plan.typed import WATERMARK_DELAY
from workbench.engine.state import arrays
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext
    from workbench.engine.plan.operators import Distinct
    from workbench.engine.state.store import StateStore

NAME, WITHIN = "dedupe", "dedupeWithinWatermark"
_EXPIRES = pa.field("expiresAtMicros", pa.int64())


class DeduplicateOperator:
    """Passes a row when no earlier row had its key.

    A key is kept until the watermark passes the event time in it, for ever when it has none. Source: Spark's
    ``StreamingDeduplicateExec``.
    """

    name = NAME

    def __init__(self, node: Distinct, context: OperatorContext) -> None:
        self.node = node
        self.attributes = node.keys or node.output
        self.event_time = event_time_of(node.output)
        self.stores = Stores(self.name, context, [self.spec()])
        self.columns = [attribute.column for attribute in node.output]
        self.late = self.duplicates = 0

    def spec(self) -> StoreSpec:
        """Return what is kept for a key: nothing but itself."""
        keyed = event_time_of(self.attributes)
        names = names_of(self.attributes)
        expiry = expiry_path(keyed)
        return StoreSpec(key_schema(self.attributes), pa.schema([]), expiry=expiry, names=names)

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        table, self.late = drop_late(tables[0], self.event_time, batch.late_ms)
        self.stores.begin()
        limit = batch.evict_ms * MICROS_PER_MS
        keys = [attribute.column for attribute in self.attributes]
        times = [] if self.event_time is None else [self.event_time.column]
        read = list(dict.fromkeys([*keys, *times]))
        new = self.stores.chosen(
            table, keys, read, lambda store, part: self._one(store, part, limit)
        )
        made = table.select(self.columns)
        made = made if new.all() else made.filter(pa.array(new))
        self.duplicates = table.num_rows - made.num_rows
        return made

    def _one(self, store: StateStore, part: pa.Table, limit: int) -> np.ndarray:
        with self.stores.tally.timed("updates"):
            new = self.remember(store, part) if part.num_rows else np.zeros(0, np.bool_)
        if store.spec.expiry:
            with self.stores.tally.timed("removals"):
                store.expire(limit)
        return new

    def remember(self, store: StateStore, part: pa.Table) -> np.ndarray:
        """Keep the keys and return which rows are the first of theirs. A duplicate changes no state."""
        return store.add(part.select(store.spec.keys.names))[1]

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        closes = self.stores.next_close()
        return self.stores.metrics(self.late, numDroppedDuplicateRows=self.duplicates, **closes)

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return next_ms > evict_ms

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        self.stores.close()


class DeduplicateWithinWatermarkOperator(DeduplicateOperator):
    """Passes a row when no earlier row had its key less than the watermark's delay before.

    Source: Spark's ``StreamingDeduplicateWithinWatermarkExec``.
    """

    name = WITHIN

    def spec(self) -> StoreSpec:
        """Return what is kept for a key: when it is forgotten."""
        names = names_of(self.attributes, [_EXPIRES.name])
        values = pa.schema([_EXPIRES])
        return StoreSpec(key_schema(self.attributes), values, expiry=_EXPIRES.name, names=names)

    def remember(self, store: StateStore, part: pa.Table) -> np.ndarray:
        """Keep the keys with their expiry and return which rows are the first of theirs."""
        slots, new = store.add(part.select(store.spec.keys.names))
        assert self.event_time is not None
        delay = self.event_time.metadata[WATERMARK_DELAY] * MICROS_PER_MS
        times = arrays.as_array(times_of(part.column(self.event_time.column)), pa.int64())
        # A row without a time counts as the oldest, as it does in Spark's state.
        store.column(_EXPIRES.name).values[slots[new]] = arrays.filled(times)[new] + delay
        return new


def open_deduplicate(node: Distinct, context: OperatorContext) -> DeduplicateOperator:
    """Open the operator of either kind."""
    kind = DeduplicateWithinWatermarkOperator if node.within_watermark else DeduplicateOperator
    return kind(node, context)
