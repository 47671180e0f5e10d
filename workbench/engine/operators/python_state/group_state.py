"""``applyInPandasWithState``: a function over each group's rows and its state.

Source of the behaviour: Spark's ``FlatMapGroupsInPandasWithStateExec``: groups with rows first, then groups whose timeout has
passed, with no rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.streaming.state import GroupState, GroupStateTimeout

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import frames_to_table
from workbench.engine.kernel.python_functions import load, user_error
from workbench.engine.operators.event_time import drop_late, event_time_of
from workbench.engine.operators.keyed import key_schema, with_key
from workbench.engine.operators.python_state.grouping import Grouped, grouped, key_tuples
from workbench.engine.operators.python_state.values import to_rows, to_table
from workbench.engine.operators.stores import Stores, stopwatch
from workbench.engine.state.store import StoreSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from workbench.engine.operators.contract import OperatorBatch, OperatorContext, OperatorMetrics
    from workbench.engine.plan.operators import GroupStateMap
    from workbench.engine.state.store import StateStore

NAME = "applyInPandasWithState"
_VALUE, _TIMEOUT = "groupState", "timeoutTimestamp"
_NEVER = -1


class GroupStateOperator:
    """One row of state a key: the user's tuple, and when it times out."""

    def __init__(self, node: GroupStateMap, context: OperatorContext) -> None:
        self.node = node
        self.function = load(node.function.command)
        self.stored = t.StructType([t.StructField(_VALUE, node.state_schema), t.StructField(_TIMEOUT, t.LongType())])
        values = pa.schema([(_VALUE, to_arrow(node.state_schema)), (_TIMEOUT, pa.int64())])
        self.stores = Stores(NAME, context, [StoreSpec(key_schema(node.grouping), values, expiry=_TIMEOUT)])
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
        made = [self._one(self.stores.state.store(i), part, batch) for i, part in enumerate(parts)]
        return pa.concat_tables(made)

    def _one(self, store: StateStore, part: pa.Table, batch: OperatorBatch) -> pa.Table:
        with stopwatch(self.stores.timings, "updates"):
            groups = grouped(part, self.node.grouping, self.node.values, store.spec.keys, self.node.function.zone)
            found, values = store.get(groups.keys)
            rows = to_rows(values, self.stored)
            states = [self._state(row, is_found, batch) for row, is_found in zip(rows, found, strict=True)]
            frames = self._called(groups, states)
            self._keep(store, groups.keys, states)
        with stopwatch(self.stores.timings, "removals"):
            frames += self._timed_out(store, groups, batch)
        return self._output(frames)

    def _state(self, row: t.Row, is_found: bool, batch: OperatorBatch, *, timed_out: bool = False) -> GroupState:
        value, timeout = (row[0], row[1]) if is_found else (None, None)
        return GroupState(
            optionalValue=value,
            batchProcessingTimeMs=batch.timestamp_ms,
            eventTimeWatermarkMs=batch.evict_ms,
            timeoutConf=self.node.timeout,
            hasTimedOut=timed_out,
            watermarkPresent=event_time_of(self.node.child.output) is not None,
            defined=value is not None,
            updated=False,
            removed=False,
            timeoutTimestamp=_NEVER if timeout is None else timeout,
            keyAsUnsafe=b"",
            valueSchema=self.node.state_schema,
        )

    def _called(self, groups: Grouped, states: list[GroupState]) -> list[pd.DataFrame]:
        made: list[pd.DataFrame] = []
        for place, key in enumerate(groups.tuples):
            made += self._call(key, iter([groups.frame(place)]), states[place])
        return made

    def _call(self, key: tuple, frames: Iterator[pd.DataFrame], state: GroupState) -> list[pd.DataFrame]:
        try:
            made = self.function(key, frames, state)
            if isinstance(made, pd.DataFrame) or not hasattr(made, "__iter__"):
                raise UserCodeError(
                    "UDF_RETURN_TYPE", functionName=self.node.function.name,
                    expected="iterable of pandas.DataFrame", actual=type(made).__name__,
                )  # fmt: skip
            return list(made)
        except Exception as error:
            raise user_error(self.node.function.name, error) from error

    def _keep(self, store: StateStore, keys: pa.Table, states: list[GroupState]) -> None:
        """Write what changed: a removed state goes unless a timeout was set after it."""
        kept, gone = [], []
        for place, state in enumerate(states):
            timeout = state._timeout_timestamp  # noqa: SLF001 - as PySpark's worker
            if state.exists or timeout != _NEVER:
                kept.append((place, (state._value if state.exists else None, None if timeout == _NEVER else timeout)))  # noqa: SLF001
            elif state._removed:  # noqa: SLF001
                gone.append(place)
        if kept:
            places, rows = zip(*kept, strict=True)
            store.put(keys.take(pa.array(places)), to_table(rows, self.stored))
        if gone:
            store.remove(keys.take(pa.array(gone)))

    def _timed_out(self, store: StateStore, groups: Grouped, batch: OperatorBatch) -> list[pd.DataFrame]:
        """Call the function for keys whose timeout has passed and which had no rows in this batch."""
        if self.node.timeout == GroupStateTimeout.NoTimeout:
            return []
        by_event = self.node.timeout == GroupStateTimeout.EventTimeTimeout
        due = store.expire(batch.evict_ms if by_event else batch.timestamp_ms)
        if not due.num_rows:
            return []
        keys = due.select(store.spec.keys.names)
        tuples = key_tuples(keys, self.node.grouping)
        seen = set(groups.tuples)
        rows = to_rows(due.select([_VALUE, _TIMEOUT]), self.stored)
        made: list[pd.DataFrame] = []
        states = []
        for key, row in zip(tuples, rows, strict=True):
            state = self._state(row, True, batch, timed_out=key not in seen)
            if key not in seen:
                state._timeout_timestamp = _NEVER  # noqa: SLF001 - a timeout fires once
                made += self._call(key, iter([groups.frame(-1)]), state)
            states.append(state)
        self._keep(store, keys, states)
        return made

    def _output(self, frames: list[pd.DataFrame]) -> pa.Table:
        return frames_to_table(frames, self.node.output, self.node.function.zone, self.node.function.name)

    def commit(self, version: int) -> None:
        self.stores.commit(version)

    def abort(self) -> None:
        self.stores.abort()

    def metrics(self) -> OperatorMetrics:
        return self.stores.metrics(self.late)

    def wants_batch(self, evict_ms: int, next_ms: int) -> bool:
        return self.node.timeout == GroupStateTimeout.EventTimeTimeout and next_ms > evict_ms

    def due_ms(self) -> int | None:
        if self.node.timeout != GroupStateTimeout.ProcessingTimeTimeout:
            return None
        return self.stores.next_expiry()

    def output_watermark(self, input_ms: int) -> int:
        return input_ms

    def close(self) -> None:
        self.stores.close()
