"""The user's side of ``transformWithState``: the processor, called for each group and timer of a partition."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.streaming.stateful_processor import (
    ExpiredTimerInfo,
    StatefulProcessor,
    TimerValues,
)
from pyspark.util import PythonEvalType as Kind

from workbench.base.errors import WorkbenchError
from workbench.engine.kernel.pandas_columns import FrameTable
from workbench.engine.kernel.python_loading import load, user_error
from workbench.engine.operators.keyed import key_schema
from workbench.engine.operators.python_state.grouping import Grouped, grouped, key_tuples
from workbench.engine.operators.python_state.handle import EVENT, PROCESSING, Batch, Handle
from workbench.engine.operators.python_state.outputs import Output, RowLayout, RowTable
from workbench.engine.operators.python_state.partition_calls import Made
from workbench.engine.operators.python_state.values import to_rows
from workbench.engine.operators.python_state.variables import (
    Declared,
    Variable,
    let_go,
    timers,
)
from workbench.engine.state.variable_names import TIMER_STORE
from workbench.engine.workers.wire import sent_once

if TYPE_CHECKING:
    from workbench.engine.operators.contract import OperatorBatch
    from workbench.engine.plan.operators import TransformWithState

PANDAS = (
    Kind.SQL_TRANSFORM_WITH_STATE_PANDAS_UDF,
    Kind.SQL_TRANSFORM_WITH_STATE_PANDAS_INIT_STATE_UDF,
)


@dataclass(frozen=True, slots=True)
class About:
    """What a processor's ``init`` asked for: its variables and timers by their stores, and the variables it gave up."""

    declared: Mapping[str, Declared]
    removed: tuple[str, ...]


@sent_once
@dataclass(frozen=True, slots=True)
class ProcessorWork:
    """What crosses to a worker; ``run`` tells queries with the same processor apart."""

    node: TransformWithState
    run: str

    @property
    def name(self) -> str:
        """The function's name."""
        return self.node.function.name

    def open(self) -> ProcessorCalls:
        """Unpickle the processor and call its ``init``."""
        return ProcessorCalls(self.node)


class ProcessorCalls:
    """Opens the processor and calls it; ``declared``: its variables and timers, each one store."""

    def __init__(self, node: TransformWithState) -> None:
        self.node = node
        self.mode = node.time_mode.lower()
        self.is_pandas = node.function.eval_type in PANDAS
        self.zone = node.function.zone if self.is_pandas else None
        self.processor: StatefulProcessor = _processor(load(node.function.command))
        self.batch = Batch()
        self.handle = Handle(self.batch, node.time_mode)
        self._guard(lambda: self.processor.init(self.handle))
        self.handle.is_open = False
        self.keys = key_schema(node.grouping)
        kept = [
            *self.handle.declared.values(),
            *([timers()] if self.mode in (EVENT, PROCESSING) else []),
        ]
        self.declared: dict[str, Declared] = {one.store: one for one in kept}
        self.schema = t.StructType([t.StructField(a.name, a.type) for a in node.values])
        self.handle_rows = _row_handler(self.processor)
        self.output = None if self.is_pandas else RowLayout.of(node.output)
        self.nothing = self._output().table()

    def partition(
        self,
        stores: Mapping[str, Any],
        part: pa.Table,
        initial: pa.Table | None,
        batch: OperatorBatch,
    ) -> Made:
        self.batch.now_ms = batch.timestamp_ms
        self.batch.watermark_ms = batch.evict_ms
        self.batch.counts = dict.fromkeys(self.batch.counts, 0)
        begun = time.perf_counter()
        table = self._rows_made(stores, part, initial)
        updated = time.perf_counter()
        self._let_go(stores)
        seconds = {"updates": updated - begun, "removals": time.perf_counter() - updated}
        return Made(table, dict(self.batch.counts), seconds)

    def _rows_made(
        self, stores: Mapping[str, Any], part: pa.Table, initial: pa.Table | None
    ) -> pa.Table:
        has_rows = part.num_rows or (initial is not None and initial.num_rows)
        if not has_rows and TIMER_STORE not in self.declared:
            return self.nothing
        groups = grouped(part, self.node.grouping, self.node.values, self.keys, self.zone)
        made = self._output()
        self._called(stores, groups, initial, made)
        self.batch.place = -1
        return made.table()

    def about(self) -> About:
        """Return what ``init`` asked for."""
        return About(self.declared, tuple(self.handle.removed))

    def close(self) -> None:
        """Call the processor's ``close``."""
        self._guard(self.processor.close)

    def _guard(self, call: Callable[[], Any]) -> Any:
        try:
            return call()
        except WorkbenchError:
            raise
        except BaseException as error:
            raise user_error(type(self.processor).__name__, error) from error

    def _called(
        self, stores: Mapping[str, Any], groups: Grouped, initial: pa.Table | None, made: Output
    ) -> None:
        keys, tuples = groups.keys, groups.tuples
        self._open(stores, keys)
        if initial is not None and initial.num_rows:
            keys, tuples = self._begin(initial, keys, tuples)
        self._rows(groups, made)
        keys = self._fire(stores, keys, tuples, made)
        for variable in (
            *self.batch.variables.values(),
            *([self.batch.timers] if self.batch.timers else []),
        ):
            self.batch.counts["entries"] += variable.write(keys)

    def _open(self, stores: Mapping[str, Any], keys: pa.Table) -> None:
        self.batch.variables = {
            name: Variable(one, stores[name])
            for name, one in self.declared.items()
            if name != TIMER_STORE
        }
        self.batch.timers = (
            Variable(timers(), stores[TIMER_STORE]) if TIMER_STORE in self.declared else None
        )
        self._read(keys, 0)

    def _read(self, keys: pa.Table, first: int) -> None:
        for variable in (
            *self.batch.variables.values(),
            *([self.batch.timers] if self.batch.timers else []),
        ):
            variable.read(keys, first)

    def _let_go(self, stores: Mapping[str, Any]) -> None:
        """Let go what has outlived its time; after the rows, so that what they wrote anew is not counted, as in Spark."""
        for name, one in self.declared.items():
            if one.ttl_ms is not None:
                gone, entries = let_go(one, stores[name], self.batch.now_ms)
                self.batch.counts["ttl"] += gone
                self.batch.counts["entries"] -= entries

    def _times(self) -> TimerValues:
        now = self.batch.now_ms if self.mode in (EVENT, PROCESSING) else -1
        watermark = self.batch.watermark_ms if self.mode == EVENT else -1
        return TimerValues(now, watermark)

    def _begin(
        self, initial: pa.Table, keys: pa.Table, tuples: list[tuple]
    ) -> tuple[pa.Table, list[tuple]]:
        values = tuple(a for a in self.node.initial.output)
        groups = grouped(initial, self.node.grouping, values, self.keys, self.zone)
        places = {key: i for i, key in enumerate(tuples)}
        fresh = [i for i, key in enumerate(groups.tuples) if key not in places]
        keys, tuples, _ = self._more(
            keys,
            tuples,
            groups.keys.take(pa.array(fresh, pa.int64())),
            [groups.tuples[i] for i in fresh],
        )
        places = {key: i for i, key in enumerate(tuples)}
        schema = t.StructType([t.StructField(a.name, a.type) for a in values])
        for i, key in enumerate(groups.tuples):
            self.batch.place = places[key]
            for one in self._given(groups, i, schema):
                self._guard(
                    lambda key=key, one=one: self.processor.handleInitialState(
                        key, one, self._times()
                    )
                )
        return keys, tuples

    def _more(
        self, keys: pa.Table, tuples: list[tuple], new: pa.Table, new_tuples: list[tuple]
    ) -> tuple[pa.Table, list[tuple], int]:
        """Add keys behind those of the batch and read what is kept for them."""
        first = keys.num_rows
        self._read(new, first)
        return pa.concat_tables([keys, new]), [*tuples, *new_tuples], first

    def _given(self, groups: Grouped, place: int, schema: t.StructType) -> Iterable[Any]:
        if self.is_pandas:
            return [groups.frame(place)]
        start, end = int(groups.starts[place]), int(groups.starts[place + 1])
        return to_rows(groups.rows.slice(start, end - start), schema)

    def _rows(self, groups: Grouped, made: Output) -> None:
        rows = [] if self.is_pandas else to_rows(groups.rows, self.schema)
        starts = groups.starts.tolist()
        handle, times = self.handle_rows, self._times()
        for place, key in enumerate(groups.tuples):
            self.batch.place = place
            given: Iterator[Any] = iter(
                [groups.frame(place)] if self.is_pandas else rows[starts[place] : starts[place + 1]]
            )
            self._guard(lambda key=key, given=given: made.add(handle(key, given, times)))

    def _fire(
        self, stores: Mapping[str, Any], keys: pa.Table, tuples: list[tuple], made: Output
    ) -> pa.Table:
        """Call the processor for every timer that is due, the earliest first, also those its rows registered in this batch."""
        held = self.batch.timers
        if held is None:
            return keys
        limit = self.batch.now_ms if self.mode == PROCESSING else self.batch.watermark_ms
        due = stores[TIMER_STORE].expire(limit)
        if due.num_rows:
            keys, tuples = self._due(due, keys, tuples)
        firing = [
            (moment, place)
            for place, moments in held.held.items()
            for moment in moments
            if moment <= limit
        ]
        for moment, place in sorted(firing):
            self.batch.place = place
            self.batch.counts["expired"] += 1
            self._guard(
                lambda key=tuples[place], moment=moment: made.add(self._expired(key, moment))
            )
            self._done(place, moment)
        return keys

    def _done(self, place: int, moment: int) -> None:
        """Take a timer that fired away, which Spark counts as deleting it; its own call may have deleted it."""
        held = self.batch.timers
        self.batch.counts["deleted"] += 1
        if moment in held.held[place]:
            held.held[place].remove(moment)
        held.dirty.add(place)

    def _expired(self, key: tuple, moment: int) -> Iterable[Any]:
        # By name, as PySpark calls it: a method with other names fails there too.
        return self.processor.handleExpiredTimer(
            key=key, timerValues=self._times(), expiredTimerInfo=ExpiredTimerInfo(moment)
        )

    def _due(
        self, due: pa.Table, keys: pa.Table, tuples: list[tuple]
    ) -> tuple[pa.Table, list[tuple]]:
        """Bring in the keys of due timers; expiring took their rows out of the store, so they are kept here meanwhile."""
        held = self.batch.timers
        names = self.keys.names
        groups = grouped(due.select(names), self.node.grouping, (), self.keys, None)
        waiting = dict(
            zip(
                key_tuples(due.select(names), self.node.grouping),
                due.column("value").to_pylist(),
                strict=True,
            )
        )
        places = {key: i for i, key in enumerate(tuples)}
        fresh = [i for i, key in enumerate(groups.tuples) if key not in places]
        new = [groups.tuples[i] for i in fresh]
        keys, tuples, first = self._more(
            keys, tuples, groups.keys.take(pa.array(fresh, pa.int64())), new
        )
        for offset, key in enumerate(new):
            held.held[first + offset] = list(waiting[key])
            held.dirty.add(first + offset)
        for key in waiting:
            if key in places:
                held.dirty.add(places[key])
        return keys, tuples

    def _output(self) -> Output:
        name = type(self.processor).__name__
        if self.output is None:
            return FrameTable(self.node.output, self.node.function, name)
        return RowTable(self.output, name)


def _row_handler(
    processor: StatefulProcessor,
) -> Callable[[tuple, Iterable[Any], TimerValues], Iterable[Any]]:
    """Return what takes rows; PySpark's own examples leave out the times, which its documentation says are given."""
    handle = processor.handleInputRows
    if len(inspect.signature(handle).parameters) == _WITHOUT_TIMES:
        return lambda key, rows, _times: handle(key, rows)
    return handle


_WITHOUT_TIMES = 2


def _processor(function: Any) -> StatefulProcessor:
    """The client wraps the processor in a bound method of its own helper; take it out."""
    return function.__self__._stateful_processor  # noqa: SLF001 - what PySpark's worker unwraps too
