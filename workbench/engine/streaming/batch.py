"""Running the steps of one micro-batch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial, singledispatchmethod
from typing import TYPE_CHECKING, Any

from workbench.base.errors import ExecutionError
from workbench.engine.functions.moment import asks_for_moment, at_moment
from workbench.engine.kernel.running import ending_frames
from workbench.engine.plan.operators import Generate, Join, Operator, Placeholder
from workbench.engine.plan.walk import operators_of
from workbench.engine.streaming.head import head
from workbench.engine.streaming.meter import Meter
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful
from workbench.engine.streaming.watermark import EventTimeStats, event_time_stats, propagate

if TYPE_CHECKING:
    import pyarrow as pa

    from workbench.engine.connectors.contract import FileScan
    from workbench.engine.operators.contract import OperatorBatch, OperatorMetrics, StatefulOperator
    from workbench.engine.streaming.definition import KernelLike
    from workbench.engine.streaming.steps import Step, StreamPlan


@dataclass(slots=True)
class Outcome:
    """What the steps of a batch gave.

    Attributes
    ----------
    table : pa.Table
        The result, columns named by attribute id.
    event_times : dict
        The statistics of each watermark, by its index.
    event_columns : dict
        The event times themselves, by the watermark's index.
    observed : dict
        One table of one row per ``observe``.
    """

    table: Any = None
    event_times: dict[int, EventTimeStats] = field(default_factory=dict)
    event_columns: dict[int, pa.ChunkedArray] = field(default_factory=dict)
    observed: dict[str, pa.Table] = field(default_factory=dict)


@dataclass(slots=True)
class Ahead:
    """What steps gave before their batch was planned, by their names: tables, seconds of work, statistics; the bytes in all."""

    sources: Mapping[str, frozenset[str]]
    tables: dict[str, pa.Table] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    outcome: Outcome = field(default_factory=Outcome)
    nbytes: int = 0

    def of(self, names: set[str]) -> Ahead:
        """Return only what was made of these sources."""
        kept = {name: rows for name, rows in self.tables.items() if self.sources[name] <= names}
        return replace(self, tables=kept)


class BatchRunner:
    """Runs a plan's steps in order; used from the query's thread only, but for :meth:`ahead`.

    Parameters
    ----------
    plan : StreamPlan
        The query, cut up.
    kernel : Kernel
        Runs fragments.
    operators : mapping of int to StatefulOperator
        The open operators by index.
    check : callable
        Called between steps; raises when the query is to stop.
    meter : Meter, optional
        Counts what passes.
    """

    def __init__(
        self,
        plan: StreamPlan,
        kernel: KernelLike,
        operators: Mapping[int, StatefulOperator],
        check: Callable[[], None],
        meter: Meter | None = None,
    ) -> None:
        self._plan = plan
        self._kernel = kernel
        self._operators = operators
        self._check = check
        self._meter = meter or Meter()
        self._feeding = feeding(plan)
        self._head = head(plan)
        self._of_the_moment = {
            step.name
            for step in plan.steps
            if isinstance(step, Fragment) and asks_for_moment(step.operator)
        }
        self._endless = {
            step.name
            for step in plan.steps
            if isinstance(step, Fragment) and may_go_on(step.operator)
        }

    def watermarks(self, origin_ms: int) -> dict[int, int]:
        """Return each operator's input watermark when the query's is ``origin_ms``."""
        outputs = {index: one.output_watermark for index, one in self._operators.items()}
        return propagate(origin_ms, self._feeding, outputs)

    def metrics(self, origin_ms: int) -> list[OperatorMetrics]:
        """Return what each operator did, downstream first as Spark lists them, the query's watermark being ``origin_ms``."""
        made = {index: self._operators[index].metrics() for index in sorted(self._operators)}
        if len(made) < 2:
            return list(made.values())
        inputs = self.watermarks(origin_ms)
        return [one.seen_from(origin_ms - inputs[index]) for index, one in made.items()]

    def run(
        self,
        tables: dict[str, pa.Table | FileScan],
        batch_of: Callable[[int], OperatorBatch],
        timestamp_ms: int,
        ahead: Ahead | None = None,
        read_on: Callable[[float], None] | None = None,
    ) -> Outcome:
        """Run every step.

        Parameters
        ----------
        tables : dict
            The sources' rows by placeholder name; tables made on the way are added.
        batch_of : callable
            What an operator is told about the batch, by its index.
        timestamp_ms : int
            The batch's own time: what ``current_timestamp()`` is.
        ahead : Ahead, optional
            Steps that have run for this batch already.
        read_on : callable, optional
            Called once the sources are read and the rest of the batch is to run, with the bytes those rows take.
        """
        outcome = Outcome()
        made = {} if ahead is None else ahead.tables
        tables.update((name, rows) for name, rows in made.items() if name in tables)
        for step in self._plan.steps:
            self._check()
            if read_on is not None and step.name not in self._head:
                read_on(self._bytes(tables, ahead))
                read_on = None
            if ahead is not None and step.name in made:
                tables[step.name] = self._taken(step, ahead, outcome)
            else:
                work = partial(self._run, self._at(step, timestamp_ms), tables, batch_of, outcome)
                tables[step.name] = self._meter.timed(step.name, work)
        if read_on is not None:
            read_on(self._bytes(tables, ahead))
        outcome.table = self._result(tables)
        return outcome

    def _at(self, step: Step, timestamp_ms: int) -> Step:
        if step.name not in self._of_the_moment:
            return step
        assert isinstance(step, Fragment)
        return replace(step, operator=at_moment(step.operator, timestamp_ms * 1000))

    def _bytes(self, tables: Mapping[str, pa.Table | FileScan], ahead: Ahead | None = None) -> int:
        """Return what the rows of the head take; counting costs half a millisecond, so not what is counted already."""
        if ahead is not None and ahead.tables.keys() == self._head.keys():
            return ahead.nbytes
        return sum(getattr(tables.get(name), "nbytes", 0) for name in self._head)

    def _taken(self, step: Step, ahead: Ahead, outcome: Outcome) -> pa.Table:
        """Return what a step gave ahead, counted as if it had run now."""
        rows = ahead.tables[step.name]
        if isinstance(step, EventTime):
            outcome.event_times[step.index] = ahead.outcome.event_times[step.index]
            outcome.event_columns[step.index] = ahead.outcome.event_columns[step.index]
        self._meter.took(step.name, ahead.seconds[step.name], rows)
        return rows

    def ahead(self, scans: Mapping[str, FileScan], is_dropped: Callable[[], bool]) -> Ahead:
        """Run the steps that depend on these sources' rows alone; called beside the batch under way, on another thread."""
        steps = {step.name: step for step in self._plan.steps}
        made = Ahead(self._head)
        tables: dict[str, Any] = dict(scans)
        for name, sources in self._head.items():
            if is_dropped() or not sources <= scans.keys():
                continue
            begun = time.perf_counter()
            made.tables[name] = tables[name] = self._one_ahead(steps.get(name), name, tables, made)
            made.seconds[name] = time.perf_counter() - begun
        made.nbytes = self._bytes(tables)
        return made

    def _one_ahead(self, step: Step | None, name: str, tables: dict, made: Ahead) -> pa.Table:
        if step is not None:
            return self._run(step, tables, _no_batch, made.outcome)
        scan = dict(self._plan.sources)[name]
        return self._kernel.run(Placeholder(name, scan.output), tables)

    @singledispatchmethod
    def _run(self, step: Step, tables: dict, batch_of: Callable, outcome: Outcome) -> pa.Table:
        raise NotImplementedError(type(step).__name__)

    @_run.register(Fragment)
    def _(self, step: Fragment, tables: dict, batch_of: Callable, outcome: Outcome) -> pa.Table:
        if step.name not in self._endless:
            return self._kernel.run(step.operator, tables, outcome.observed)
        try:
            with ending_frames():
                return self._kernel.run(step.operator, tables, outcome.observed)
        except ExecutionError:
            self._check()
            raise

    @_run.register(EventTime)
    def _(self, step: EventTime, tables: dict, batch_of: Callable, outcome: Outcome) -> pa.Table:
        rows = tables[step.source]
        if not hasattr(rows, "rename_columns"):
            rows = self._kernel.run(Placeholder(step.source, step.output), tables)
        table = rows.rename_columns([attribute.column for attribute in step.output])
        column = table.column(step.column.column)
        outcome.event_times[step.index] = event_time_stats(column)
        outcome.event_columns[step.index] = column
        return table

    @_run.register(Stateful)
    def _(self, step: Stateful, tables: dict, batch_of: Callable, outcome: Outcome) -> pa.Table:
        inputs = [
            self._as_table(name, child, tables)
            for name, child in zip(step.sources, step.operator.children, strict=True)
        ]
        return self._operators[step.index].process(inputs, batch_of(step.index))

    def _as_table(self, name: str, child: Any, tables: dict) -> pa.Table:
        rows = tables[name]
        if not hasattr(rows, "rename_columns"):
            rows = self._kernel.run(Placeholder(name, child.output), tables)
        return rows.rename_columns([attribute.column for attribute in child.output])

    def _result(self, tables: dict) -> pa.Table:
        last = self._plan.steps[-1].name if self._plan.steps else self._plan.sources[0][0]
        return self._as_table(last, self._plan, tables)


def _no_batch(index: int) -> OperatorBatch:
    raise AssertionError(f"operator {index} ran ahead of its batch")


def may_go_on(operator: Operator) -> bool:
    """Whether an operator may make so many rows of a batch that its end is not worth waiting for when the query stops."""
    return any(isinstance(one, (Generate, Join)) for one in operators_of(operator))


def feeding(plan: StreamPlan) -> dict[int, list[int | None]]:
    """Return, per stateful operator, upstream first, through which operators its rows come; None: straight from a watermark."""
    found: dict[str, set[int | None]] = {name: set() for name, _ in plan.sources}
    result: dict[int, list[int | None]] = {}
    for step in plan.steps:
        if isinstance(step, EventTime):
            found[step.name] = {None}
        elif isinstance(step, Stateful):
            above = set().union(*(found[name] for name in step.sources))
            result[step.index] = sorted(above, key=lambda i: -1 if i is None else i)
            found[step.name] = {step.index}
        elif isinstance(step, Fragment):
            names = [
                node.name for node in operators_of(step.operator) if isinstance(node, Placeholder)
            ]
            found[step.name] = set().union(*(found.get(name, set()) for name in names))
    return result
