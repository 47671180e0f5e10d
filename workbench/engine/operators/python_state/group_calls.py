"""The user's side of ``applyInPandasWithState``: the function, called for each group of a partition."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.streaming.state import GroupState, GroupStateTimeout

from workbench.base.errors import UserCodeError
from workbench.engine.kernel.pandas_columns import frames_to_table
from workbench.engine.kernel.python_loading import load, user_error
from workbench.engine.operators.python_state.grouping import Grouped, grouped, key_tuples
from workbench.engine.operators.python_state.partition_calls import Made
from workbench.engine.operators.python_state.values import to_table, to_tuples
from workbench.engine.plan.typed import WATERMARK_DELAY
from workbench.engine.workers.wire import sent_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.plan.operators import GroupStateMap
    from workbench.engine.state.store import StateStore

VALUE, TIMEOUT = "groupState", "timeoutTimestamp"
_NEVER = -1


def stored(node: GroupStateMap) -> t.StructType:
    """Return the value columns of the store: the user's tuple, and when it times out."""
    return t.StructType([t.StructField(VALUE, node.state_schema), t.StructField(TIMEOUT, t.LongType())])


@sent_once
@dataclass(frozen=True, slots=True)
class GroupStateWork:
    """What crosses to a worker; ``run`` tells queries with the same function apart."""

    node: GroupStateMap
    run: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.node.function.name

    def open(self) -> GroupStateCalls:
        """Unpickle the function."""
        return GroupStateCalls(self.node)


class GroupStateCalls:
    """Calls the function for groups with rows, then for groups whose timeout has passed."""

    def __init__(self, node: GroupStateMap) -> None:
        self.node = node
        self.function = load(node.function.command)
        self.stored = stored(node)
        self.has_watermark = any(WATERMARK_DELAY in column.metadata for column in node.child.output)

    def partition(
        self, stores: Mapping[str, StateStore], part: pa.Table, initial: pa.Table | None, batch: OperatorBatch
    ) -> Made:
        store = next(iter(stores.values()))
        begun = time.perf_counter()
        groups = grouped(part, self.node.grouping, self.node.values, store.spec.keys, self.node.function.zone)
        found, values = store.get(groups.keys)
        rows = to_tuples(values, self.stored)
        states = [self._state(row, is_found, batch) for row, is_found in zip(rows, found, strict=True)]
        frames = self._called(groups, states)
        self._keep(store, groups.keys, states)
        called = time.perf_counter()
        frames += self._timed_out(store, groups, batch)
        seconds = {"updates": called - begun, "removals": time.perf_counter() - called}
        return Made(self._output(frames), seconds=seconds)

    def close(self) -> None:
        """A function has nothing to close."""

    def _state(self, row: tuple, is_found: bool, batch: OperatorBatch, *, timed_out: bool = False) -> GroupState:
        value, timeout = (row[0], row[1]) if is_found else (None, None)
        return GroupState(
            optionalValue=value,
            batchProcessingTimeMs=batch.timestamp_ms,
            eventTimeWatermarkMs=batch.evict_ms,
            timeoutConf=self.node.timeout,
            hasTimedOut=timed_out,
            watermarkPresent=self.has_watermark,
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
            return list(self._frames(self.function(key, frames, state)))
        except Exception as error:
            raise user_error(self.node.function.name, error) from error

    def _frames(self, made: Any) -> Iterable[pd.DataFrame]:
        if isinstance(made, pd.DataFrame) or not hasattr(made, "__iter__"):
            raise UserCodeError(
                "UDF_RETURN_TYPE", functionName=self.node.function.name,
                expected="iterable of pandas.DataFrame", actual=type(made).__name__,
            )  # fmt: skip
        return made

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
        rows = to_tuples(due.select([VALUE, TIMEOUT]), self.stored)
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
