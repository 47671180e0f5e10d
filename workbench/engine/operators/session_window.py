"""Aggregation by session window over a stream."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.operators.contract import OperatorMetrics
from workbench.engine.operators.event_time import MICROS_PER_MS, drop_late_groups
from workbench.engine.operators.keyed import key_schema, names_of, schema_of, with_key
from workbench.engine.operators.merge import reduced
from workbench.engine.operators.sessions import Sessions, find_sessions
from workbench.engine.operators.stores import Stores
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WATERMARK_DELAY, Attribute, Named
from workbench.engine.state import arrays
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext
    from workbench.engine.operators.partials import SessionAggregate
    from workbench.engine.state.store import MultiStore

NAME = "sessionWindowStateStoreSaveExec"
_START, _END = "start", "end"


class SessionWindowOperator:
    """Keeps the open sessions of every key: a span and the partial results of its rows.

    - append: a session leaves, once, when the watermark passes its end
    - complete: all sessions go on, none is forgotten

    A batch adds its rows as sessions of their own to those of their keys, then makes one of those that touch.
    Source: Spark's ``SessionWindowStateStoreRestoreExec`` and ``SessionWindowStateStoreSaveExec``.
    """

    def __init__(self, node: SessionAggregate, context: OperatorContext) -> None:
        self.node = node
        self.context = context
        self.columns = [attribute.column for attribute in node.output]
        self.keys = tuple(key for key in node.keys if key is not node.session)
        is_bounded = context.output_mode != "complete" and WATERMARK_DELAY in node.session.metadata
        self.event_time = node.session if is_bounded else None
        span = to_arrow(node.session.type.fields[0].dataType)
        buffers = schema_of([partial.attribute for partial in node.partials])
        values = pa.schema([pa.field(_START, span), pa.field(_END, span), *buffers])
        names = names_of(self.keys, [_START, _END, *(one.shown for one in node.partials)])
        self.spec = StoreSpec(key_schema(self.keys), values, multi=True, expiry=_END, names=names)
        self.stores = Stores(NAME, context, [self.spec])
        self.rows_schema = pa.schema([*self.spec.keys, *values])
        self.merged = _merge_plan(node)
        self.late = 0

    def load(self, version: int) -> None:
        self.stores.load(version)

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        table, self.late = drop_late_groups(
            tables[0], self.event_time, batch.late_ms, self.node.keys if self.node.of_rows else ()
        )
        self.stores.begin()
        limit = batch.evict_ms * MICROS_PER_MS
        results = self.stores.each(
            self._as_rows(table),
            self.spec.keys.names,
            lambda store, part: self._one(store, part, limit),
        )
        return self._as_output(pa.concat_tables(results))

    def _as_rows(self, table: pa.Table) -> pa.Table:
        """Take the window apart into its start and end."""
        keyed = with_key(table, self.keys)
        window = keyed.column(self.node.session.column)
        for name in (_START, _END):
            keyed = keyed.append_column(name, pc.struct_field(window, name))
        return keyed.select(self.rows_schema.names).cast(self.rows_schema)

    def _as_output(self, rows: pa.Table) -> pa.Table:
        kind = to_arrow(self.node.session.type)
        spans = [rows.column(name).combine_chunks() for name in (_START, _END)]
        window = pa.StructArray.from_arrays(spans, fields=list(kind))
        return rows.append_column(self.node.session.column, window).select(self.columns)

    def _one(self, store: MultiStore, part: pa.Table, limit: int) -> pa.Table:
        if part.num_rows:
            with self.stores.tally.timed("updates"):
                self._merge(store, part)
        if self.context.output_mode == "complete":
            return store.scan()
        with self.stores.tally.timed("removals"):
            gone, _ = store.expire(limit)
        self.stores.tally.add("removed", gone.num_rows)
        return gone

    def _merge(self, store: MultiStore, part: pa.Table) -> None:
        """Keep every row as a session of its own, then join those of its key that touch."""
        values = part.select(self.spec.values.names)
        slots = store.append(part.select(self.spec.keys.names), values)
        keys, slots = store.beside(slots)
        start, end = (_micros(store.values_at(name, slots)) for name in (_START, _END))
        found = find_sessions(keys, start, end)
        self.stores.tally.add("updated", found.count)
        if len(found.order):
            rows = store.rows_at(slots[found.order]).select(self.spec.values.names)
            store.put_rows(slots[found.firsts], self._joined(rows, found))
            store.remove_rows(slots[found.others])

    def _joined(self, rows: pa.Table, found: Sessions) -> pa.Table:
        """Return one row per session of several rows."""
        buffers = rows.select(rows.column_names[2:])
        merged = reduced(buffers, self.node.partials, found.place) or self._grouped(buffers, found)
        kind = self.spec.values.field(_START).type
        spans = [pa.array(values, pa.int64()).cast(kind) for values in (found.start, found.end)]
        return pa.Table.from_arrays([*spans, *merged], schema=self.spec.values)

    def _grouped(self, buffers: pa.Table, found: Sessions) -> list[pa.ChunkedArray]:
        """Merge by the kernel, which knows every buffer."""
        names = ["session", *buffers.column_names]
        given = pa.table([pa.array(found.number), *buffers.columns], names)
        made = self.context.kernel.run(self.merged, {"rows": given})
        return made.take(np.argsort(made.column(0).to_numpy())).columns[1:]

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        closes = {} if self.event_time is None else self.stores.next_close(may_move=True)
        made = self.stores.metrics(self.late, **closes)
        return replace(
            made,
            rows_updated=self.stores.tally.count("updated"),
            rows_removed=self.stores.tally.count("removed"),
        )

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return self.context.output_mode != "complete" and next_ms > evict_ms

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        self.stores.close()


def _micros(times: pa.Array) -> np.ndarray:
    return arrays.filled(times)


def _merge_plan(node: SessionAggregate) -> o.Operator:
    number = Attribute("session", t.LongType(), False)
    partials = tuple(partial.attribute for partial in node.partials)
    rows = o.Placeholder("rows", (number, *partials))
    merges = tuple(Named(p.merge, p.attribute) for p in node.partials)
    return o.Aggregate(rows, (Named(number, number),), merges)
