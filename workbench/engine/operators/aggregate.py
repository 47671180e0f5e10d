"""Aggregation over a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from workbench.engine.operators.contract import OperatorMetrics
from workbench.engine.operators.event_time import (
    MICROS_PER_MS,
    drop_late_groups,
    event_time_of,
    expiry_path,
)
from workbench.engine.operators.keyed import (
    holds_float,
    key_schema,
    names_of,
    schema_of,
    with_key,
)
from workbench.engine.operators.merge import merge_into, mergeable
from workbench.engine.operators.merge_rows import merge_rows
from workbench.engine.operators.stores import Stores
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Named
from workbench.engine.state.arrays import distinct
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext
    from workbench.engine.operators.partials import StateAggregate
    from workbench.engine.state.store import StateStore

NAME = "stateStoreSave"
_MANY_ROWS = 16
"""With more rows a group than this, aggregating a batch before it meets the state is cheaper."""


class AggregateOperator:
    """Keeps the partial results of every group.

    - append: a group leaves, once, when the watermark passes its event time; then it is forgotten
    - update: the groups a batch changed go on; those the watermark passed are forgotten
    - complete: all groups go on, none is forgotten, nothing is late

    Source: Spark's ``StateStoreSaveExec``.
    """

    def __init__(self, node: StateAggregate, context: OperatorContext) -> None:
        self.node = node
        self.context = context
        self.event_time = None if context.output_mode == "complete" else event_time_of(node.keys)
        self.schema = schema_of(node.output)
        values = schema_of([partial.attribute for partial in node.partials])
        names = names_of(node.keys, [partial.shown for partial in node.partials])
        expiry = expiry_path(self.event_time)
        spec = StoreSpec(key_schema(node.keys), values, expiry=expiry, names=names)
        self.stores = Stores(NAME, context, [spec])
        self.keys = spec.keys.names
        self.in_place = mergeable(node.partials)
        # DataFusion tells 0.0 from -0.0, the state does not.
        self.may_repeat = any(holds_float(field.type) for field in spec.keys)
        self.merged = _merge_plan(node)
        self.late = 0
        self.of_rows = node.of_rows

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        table, self.late = drop_late_groups(
            tables[0], self.event_time, batch.late_ms, self.node.keys if self.node.of_rows else ()
        )
        self.stores.begin()
        limit = batch.evict_ms * MICROS_PER_MS
        table, rows = with_key(table, self.node.keys), table.num_rows
        if self.node.of_rows and not self.of_rows:
            table = self._together(table)
        results = self.stores.each(
            table, self.keys, lambda store, part: self._one(store, part, limit)
        )
        # What this batch was like is the best guess at the next.
        is_sparse = self.stores.tally.count("updated") * _MANY_ROWS >= rows
        self.of_rows = self.node.of_rows and (is_sparse or self.may_repeat)
        return pa.concat_tables(results).select(self.schema.names)

    def _one(self, store: StateStore, part: pa.Table, limit: int) -> pa.Table:
        with self.stores.tally.timed("updates"):
            slots = self._merge(store, part)
        self.stores.tally.add("updated", len(slots))
        mode = self.context.output_mode
        if mode == "complete":
            return store.scan()
        changed = store.updated_rows() if mode == "update" else None
        with self.stores.tally.timed("removals"):
            gone = self._expired(store, limit)
        return changed if changed is not None else gone

    def _expired(self, store: StateStore, limit: int) -> pa.Table:
        if self.event_time is None:
            return store.rows_at(np.zeros(0, np.int64))
        gone = store.expire(limit)
        self.stores.tally.add("removed", gone.num_rows)
        return gone

    def _merge(self, store: StateStore, part: pa.Table) -> np.ndarray:
        """Merge partial results into state and return the slots of their groups."""
        if not part.num_rows:
            return np.zeros(0, np.int64)
        keys = part.select(self.keys)
        if self.of_rows:
            return self._merge_rows(store, keys, part)
        if not self.in_place:
            part = self._merged(store, keys, part)
            keys = part.select(self.keys)
            store.put(keys, part.select([p.attribute.column for p in self.node.partials]))
            return store.slots(keys, insert=False)[0]
        slots, new = store.slots(keys)
        if self.may_repeat and len(distinct(slots)) < len(slots):
            return self._merge(store, self._together(part))
        for partial in self.node.partials:
            name = partial.attribute.column
            merge_into(store.column(name), slots, new, part.column(name), partial.scatter)
        return slots

    def _merge_rows(self, store: StateStore, keys: pa.Table, part: pa.Table) -> np.ndarray:
        slots, new = store.slots(keys)
        for partial in self.node.partials:
            name = partial.attribute.column
            merge_rows(store.column(name), slots, new, part.column(name), partial.scatter)
        return store.updated_slots()

    def _merged(self, store: StateStore, keys: pa.Table, part: pa.Table) -> pa.Table:
        found, values = store.get(keys)
        known = pa.Table.from_arrays(
            [*keys.columns, *values.columns], [*keys.column_names, *values.column_names]
        )
        known = known.filter(pa.array(found)).select(part.column_names).cast(part.schema)
        return self._together(pa.concat_tables([known, part]))

    def _together(self, rows: pa.Table) -> pa.Table:
        """Return one row per group of partial results that may repeat a group."""
        made = self.context.kernel.run(self.merged, {"rows": rows.select(self.schema.names)})
        return with_key(made, self.node.keys)

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        # A group put and let go in one batch counts as both, as in Spark.
        return replace(
            self.stores.metrics(self.late, **self.stores.next_close()),
            rows_updated=self.stores.tally.count("updated"),
            rows_removed=self.stores.tally.count("removed"),
        )

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        # Spark asks for a batch even where no key carries the watermark.
        return self.context.output_mode != "complete" and next_ms > evict_ms

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        self.stores.close()


def _merge_plan(node: StateAggregate) -> o.Operator:
    rows = o.Placeholder("rows", node.output)
    grouping = tuple(Named(key, key) for key in node.keys)
    return o.Aggregate(rows, grouping, tuple(Named(p.merge, p.attribute) for p in node.partials))
