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
from workbench.engine.kernel.pandas_columns import FrameTable
from workbench.engine.kernel.python_loading import load, user_error
from workbench.engine.operators.python_state.grouping import Grouped, grouped, key_tuples
from workbench.engine.operators.python_state.partition_calls import Made
from workbench.engine.operators.python_state.values import (
    loose,
    nullable_schema,
    to_table_of,
    to_tuples,
)
from workbench.engine.plan.typed import WATERMARK_DELAY
from workbench.engine.workers.wire import sent_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.plan.operators import GroupStateMap
    from workbench.engine.state.store import StateStore

VALUE, TIMEOUT = "groupState", "timeoutTimestamp"
_NEVER = -1


def stored(node: GroupStateMap) -> t.StructType:
    """Return the value columns of the store: the user's tuple, and when it times out."""
    return t.StructType(
        [t.StructField(VALUE, node.state_schema), t.StructField(TIMEOUT, t.LongType())]
    )


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
        self.layout = loose(self.stored), nullable_schema(self.stored)
        self.nothing = self._output().table()
        self.has_watermark = any(WATERMARK_DELAY in column.metadata for column in node.child.output)

    def partition(
        self,
        stores: Mapping[str, StateStore],
        part: pa.Table,
        initial: pa.Table | None,
        batch: OperatorBatch,
    ) -> Made:
        if not part.num_rows and self.node.timeout == GroupStateTimeout.NoTimeout:
            return Made(self.nothing)
        store = next(iter(stores.values()))
        begun = time.perf_counter()
        groups = grouped(
            part, self.node.grouping, self.node.values, store.spec.keys, self.node.function.zone
        )
        found, values = store.get(groups.keys)
        rows = to_tuples(values, self.stored)
        states = [
            self._state(row[0] if is_found else None, batch)
            for row, is_found in zip(rows, found.tolist(), strict=True)
        ]
        made = self._output()
        for place, key in enumerate(groups.tuples):
            self._call(key, groups.frame(place), states[place], made)
        self._keep(store, groups.keys, states)
        called = time.perf_counter()
        self._timed_out(store, groups, batch, made)
        seconds = {"updates": called - begun, "removals": time.perf_counter() - called}
        return Made(made.table(), seconds=seconds)

    def _output(self) -> FrameTable:
        return FrameTable(self.node.output, self.node.function, self.node.function.name)

    def close(self) -> None:
        """A function has nothing to close."""

    def _state(
        self, value: tuple | None, batch: OperatorBatch, *, timed_out: bool = False
    ) -> GroupState:
        """Return what the function sees of a key. Every call begins without a timeout: whoever wants one sets it anew."""
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
            timeoutTimestamp=_NEVER,
            keyAsUnsafe=b"",
            valueSchema=self.node.state_schema,
        )

    def _call(self, key: tuple, frame: pd.DataFrame, state: GroupState, made: FrameTable) -> None:
        try:
            made.add(self._frames(self.function(key, iter([frame]), state)))
        except BaseException as error:
            raise user_error(self.node.function.name, error) from error

    def _frames(self, made: Any) -> Iterable[pd.DataFrame]:
        if isinstance(made, pd.DataFrame) or not hasattr(made, "__iter__"):
            raise UserCodeError(
                "UDF_RETURN_TYPE", functionName=self.node.function.name,
                expected="iterable of pandas.DataFrame", actual=type(made).__name__,
            )  # fmt: skip
        return made

    def _keep(
        self,
        store: StateStore,
        keys: pa.Table,
        states: list[GroupState],
        before: Sequence[int | None] | None = None,
    ) -> None:
        """Write what changed: a removed state goes unless a timeout was set after it.

        Where a call changed nothing, its key's timeout stays, as on Spark; ``before``: the timeouts of rows that expiring took out.
        """
        kept, gone = [], []
        for place, state in enumerate(states):
            timeout = state._timeout_timestamp  # noqa: SLF001 - as PySpark's worker
            if not (state._updated or state._removed or timeout != _NEVER):  # noqa: SLF001
                if before is None:
                    continue
                timeout = _NEVER if before[place] is None else before[place]
            if state.exists or timeout != _NEVER:
                kept.append(
                    (
                        place,
                        (
                            state._value if state.exists else None,  # noqa: SLF001
                            None if timeout == _NEVER else timeout,
                        ),
                    )
                )
            elif state._removed:  # noqa: SLF001
                gone.append(place)
        if kept:
            places, rows = zip(*kept, strict=True)
            store.put(keys.take(pa.array(places)), self._states(rows))
        if gone:
            store.remove(keys.take(pa.array(gone)))

    def _states(self, rows: Sequence[tuple]) -> pa.Table:
        try:
            return to_table_of(rows, *self.layout)
        except Exception as error:
            raise UserCodeError(
                "RESULT_TYPE_MISMATCH",
                functionName=self.node.function.name,
                message=f"state: {error}",
            ) from error

    def _timed_out(
        self, store: StateStore, groups: Grouped, batch: OperatorBatch, made: FrameTable
    ) -> None:
        """Call the function for keys whose timeout has passed; those with rows in this batch have set theirs anew."""
        if self.node.timeout == GroupStateTimeout.NoTimeout:
            return
        by_event = self.node.timeout == GroupStateTimeout.EventTimeTimeout
        due = store.expire(batch.evict_ms if by_event else batch.timestamp_ms, inclusive=False)
        if not due.num_rows:
            return
        keys = due.select(store.spec.keys.names)
        values = to_tuples(due.select([VALUE, TIMEOUT]), self.stored)
        states = [self._state(value, batch, timed_out=True) for value, _ in values]
        for key, state in zip(key_tuples(keys, self.node.grouping), states, strict=True):
            self._call(key, groups.frame(-1), state, made)
        # By the clock, one that stayed would be due again at once, batch after batch without end.
        self._keep(store, keys, states, [timeout if by_event else None for _, timeout in values])
