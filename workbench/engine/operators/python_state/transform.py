"""``transformWithState`` and ``transformWithStateInPandas``: a processor over each group's rows, its state and its timers.

Source of the behaviour: Spark's ``TransformWithStateInPySparkExec``. A batch calls, per partition: ``handleInitialState`` (first
batch only), ``handleInputRows`` for each group, then ``handleExpiredTimer`` for each timer that is due. Unlike Spark, time
passing alone runs no empty batches: the operator says when its next timer or expiry is due. The user's processor is called
by :mod:`processor_calls`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pyarrow as pa

from workbench.engine.functions.moment import at_moment
from workbench.engine.operators.contract import NEXT_CLOSE, NEXT_TIMER
from workbench.engine.operators.event_time import MICROS_PER_MS, drop_late, event_time_of
from workbench.engine.operators.keyed import key_schema, names_of, with_key
from workbench.engine.operators.python_state.handle import EVENT, PROCESSING
from workbench.engine.operators.python_state.partition_calls import alone
from workbench.engine.operators.python_state.processor_calls import PANDAS, About, ProcessorWork
from workbench.engine.operators.python_state.user_partitions import UserPartitions
from workbench.engine.operators.python_state.variables import (
    LIST,
    MAP,
    VALUE,
    entries_beyond_rows,
    timers,
)
from workbench.engine.operators.stores import Stores, earliest
from workbench.engine.state.succession import VARIABLE
from workbench.engine.state.variable_names import TIMER_STORE, store_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext, OperatorMetrics
    from workbench.engine.plan.operators import TransformWithState

NAMES = {True: "transformWithStateInPandasExec", False: "transformWithStateInPySparkExec"}
"""Spark's names of the operator, by whether rows come as frames."""


class TransformWithStateOperator:
    """Runs a user's ``StatefulProcessor``; its state variables and timers are one store each."""

    def __init__(self, node: TransformWithState, context: OperatorContext) -> None:
        self.node = node
        self.context = context
        self.mode = node.time_mode.lower()
        self.calls = UserPartitions(ProcessorWork(alone(node), uuid4().hex), context.kernel.calls)
        self.about: About = self.calls.ask("about")
        self.keys = key_schema(node.grouping)
        names = names_of(node.grouping)
        specs = [one.spec(self.keys, names) for one in self.about.declared.values()]
        name = NAMES[node.function.eval_type in PANDAS]
        self.stores = Stores(name, context, specs or [timers().spec(self.keys, names)])
        self.stores.state.properties = {
            "timeMode": node.time_mode, "outputMode": node.output_mode,
            **{f"{VARIABLE}{one.store}": f"{one.kind.capitalize()}State" for one in self.about.declared.values()},
        }  # fmt: skip
        self.event_time = event_time_of(node.child.output) if self.mode == EVENT else None
        self.late = 0
        self.counts: Counter[str] = Counter()
        self.entries = 0
        self.dropped = 0

    def load(self, version: int) -> None:
        self.stores.load(version)
        self.counts = Counter()
        self.dropped = len(self.stores.state.ended & set(map(store_of, self.about.removed)))
        maps = [name for name, one in self.about.declared.items() if one.kind == MAP]
        self.entries = sum(
            entries_beyond_rows(stores[name].scan())
            for stores in self.stores.state.stores
            for name in maps
        )

    def process(self, tables: Sequence[pa.Table], batch: OperatorBatch) -> pa.Table:
        table, self.late = drop_late(tables[0], self.event_time, batch.late_ms)
        self.stores.begin()
        spec = next(iter(self.stores.state.specs.values()))
        parts = self.stores.share(with_key(table, self.node.grouping), spec)
        made, self.counts = self.calls.run(self.stores, parts, self._initial(batch, spec), batch)
        self.counts["dropped"] = self.dropped
        return pa.concat_tables(made)

    def _initial(self, batch: OperatorBatch, spec: Any) -> list[pa.Table] | None:
        if self.node.initial is None or batch.batch_id != 0:
            return None
        initial = at_moment(self.node.initial, batch.timestamp_ms * MICROS_PER_MS)
        rows = self.context.kernel.run(initial)
        names = [a.column for a in self.node.initial_grouping]
        keyed = rows
        for name, field in zip(names, self.keys, strict=True):
            keyed = keyed.append_column(field.name, rows.column(name).cast(field.type))
        return self.stores.share(keyed, spec)

    def commit(self, version: int) -> None:
        self.stores.commit(version)
        self.entries += self.counts.pop("entries", 0)
        self.dropped = 0

    def abort(self) -> None:
        self.stores.abort()
        self.counts.pop("entries", 0)

    def metrics(self) -> OperatorMetrics:
        counts = self.counts
        found = self.stores.metrics(
            self.late,
            numRegisteredTimers=counts["registered"],
            numDeletedTimers=counts["deleted"],
            numExpiredTimers=counts["expired"],
            **self._numbers_of_variables(),
            numValuesRemovedDueToTTLExpiry=counts["ttl"],
            **self._next_timer(),
            **self.calls.figures,
        )
        return replace(found, rows_total=self._rows_total())

    def _numbers_of_variables(self) -> dict[str, int]:
        """Count the variables of each kind as Spark does: in every partition, and those with a time to live by themselves."""
        declared = self.about.declared.values()
        found = {
            f"num{kind.capitalize()}State{'WithTTL' if has_ttl else ''}Vars": sum(
                one.kind == kind and (one.ttl_ms is not None) == has_ttl for one in declared
            )
            for kind in (VALUE, LIST, MAP)
            for has_ttl in (False, True)
        }
        found["numDeletedStateVars"] = self.counts["dropped"]
        return {name: number * self.stores.state.partitions for name, number in found.items()}

    def _next_timer(self) -> dict[str, int]:
        """Return the metric that says when the next timer is due; nothing where none waits."""
        if TIMER_STORE not in self.about.declared:
            return {}
        metric = NEXT_CLOSE if self.mode == EVENT else NEXT_TIMER
        return earliest(metric, self.stores.first_due(TIMER_STORE))

    def _rows_total(self) -> int:
        """Count rows as Spark does: each entry of a map is one, and timers are none."""
        kept = [
            store
            for stores in self.stores.state.stores
            for name, store in stores.items()
            if name != TIMER_STORE
        ]
        return (
            sum(store.metrics().rows_total for store in kept)
            + self.entries
            + self.counts["entries"]
        )

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return self.mode == EVENT and next_ms > evict_ms

    def due_ms(self) -> int | None:
        """When the next timer is due, or values have outlived their time as long again: they are unseen from the start."""
        if self.mode != PROCESSING:
            return None
        times = [self.stores.next_expiry(TIMER_STORE)]
        for one in self.about.declared.values():
            first = None if one.ttl_ms is None else self.stores.next_expiry(one.store)
            times.append(None if first is None else first + one.ttl_ms)
        return min((one for one in times if one is not None), default=None)

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def rescale(self, partitions: int) -> None:
        self.stores.state.rescale(partitions)

    def close(self) -> None:
        try:
            self.calls.close()
        finally:
            self.stores.close()
