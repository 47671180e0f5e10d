"""The thread of one query: it does what :mod:`workbench.engine.streaming.decide` decides."""

from __future__ import annotations

import logging
import time
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.base.cancelling import cancelled_by
from workbench.base.errors import UserCodeError
from workbench.base.failpoints import failpoint
from workbench.engine.operators.contract import OperatorBatch
from workbench.engine.streaming import maintenance
from workbench.engine.streaming.batch import BatchRunner, Outcome
from workbench.engine.streaming.checkpoint.journal import Journal
from workbench.engine.streaming.checkpoint.offset_log import BatchOffsets
from workbench.engine.streaming.control import Control
from workbench.engine.streaming.decide import (
    Action,
    Situation,
    after_trigger,
    may_read_ahead,
    next_action,
    polling_delay,
)
from workbench.engine.streaming.events import QueryIdle, QueryProgress
from workbench.engine.streaming.incremental import cut
from workbench.engine.streaming.latency import batch_latency
from workbench.engine.streaming.meter import Meter
from workbench.engine.streaming.nodes import SINK, Node, nodes_of
from workbench.engine.streaming.opened import Opened
from workbench.engine.streaming.progress import StreamingQueryProgress, iso_ms
from workbench.engine.streaming.reached import reached
from workbench.engine.streaming.read_ahead import READ_AHEAD_BYTES, READ_AHEAD_ROWS, ReadAhead
from workbench.engine.streaming.reporting import BatchFacts, batch_progress
from workbench.engine.streaming.status import Status
from workbench.engine.streaming.triggers import ONCE, PROCESSING_TIME, Trigger
from workbench.engine.streaming.watermark import Watermarks

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

    from workbench.engine.connectors.contract import FileScan, Sink
    from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint
    from workbench.engine.streaming.definition import StreamDefinition
    from workbench.engine.streaming.listener_bus import ListenerBus
    from workbench.engine.streaming.sources import OpenSource

logger = logging.getLogger(__name__)


class Execution:
    """The life of a query's batches, on one thread.

    A batch has five durable steps; a kill after any of them is made good by the next start, which runs the batch again
    from the first step it does not find::

        1  offsets/N          what the batch reads
        2  the sink's rows    written under the batch's number
        3  state version N+1  per operator and partition
        4  commits/N          the batch is done
        5  source.commit      the source may forget

    Steps 4 and 1 are written in this order beside the thread, which meanwhile looks for the next batch, reads and computes
    it, and waits for them before its step 2: no row is seen, and nothing forgotten, of a batch whose offsets are not durable.

    Parameters
    ----------
    definition : StreamDefinition
        What to run.
    checkpoint : Checkpoint
        Where to be durable; already identified.
    sink : Sink
        Where rows go; closed when the thread ends.
    query_id, run_id : str
        The ids of the query and of this run.
    bus : ListenerBus
        Where events go.
    """

    def __init__(
        self,
        definition: StreamDefinition,
        checkpoint: Checkpoint,
        sink: Sink,
        query_id: str,
        run_id: str,
        bus: ListenerBus,
    ) -> None:
        self.definition = definition
        self.checkpoint = checkpoint
        self.sink = sink
        self.query_id = query_id
        self.run_id = run_id
        self.control = Control()
        self.status = Status()
        self.trigger: Trigger = definition.trigger
        kept = int(definition.setting("spark.sql.streaming.numRecentProgressUpdates"))
        self.recent: deque[StreamingQueryProgress] = deque(maxlen=kept)
        self.plan = cut(definition.plan, definition.output_mode)
        self._opened = Opened(definition, self.plan, checkpoint)
        self.meter = Meter()
        limits = (int(definition.setting(name)) for name in (READ_AHEAD_BYTES, READ_AHEAD_ROWS))
        self._ahead = ReadAhead(*limits)
        self._journal = Journal(checkpoint, f"log-{definition.name or query_id}")
        self.idle_looks = 0
        self._bus = bus
        self._clock = definition.clock
        self._durations: dict[str, float] = {}
        self._batch_id = 0
        self._planned: BatchOffsets | None = None
        self._unsettled: int | None = None
        self._looked: bool | None = None
        self._late_ms = 0
        self._visible_ms = 0.0
        self._last_started_ms: int | None = None
        self._last_idle_ms: int | None = None

    @property
    def sources(self) -> list[OpenSource]:
        """The open sources."""
        return self._opened.sources

    @property
    def nodes(self) -> tuple[Node, ...]:
        """The plan as a graph."""
        return nodes_of(self.plan, self.sink.description)

    # ------------------------------------------------------------------ the thread

    def run(self) -> None:
        """Run until stopped, finished or failed; what fails is raised."""
        with cancelled_by(lambda: self.control.is_stopping):
            try:
                self._initialize()
                self._loop()
                self._settle()
            except BaseException:
                with suppress(Exception):
                    self._settle()
                with suppress(UserCodeError):
                    self._release()
                raise
            self._release()

    def _initialize(self) -> None:
        self.checkpoint.open_logs()
        resume = self.checkpoint.resume(len(self.plan.sources))
        opened = self._opened
        opened.open(resume)
        policy = opened.conf.get("spark.sql.streaming.multipleWatermarkPolicy", "min")
        self.watermarks = Watermarks(resume.watermark_ms, policy)
        self._late_ms = resume.late_watermark_ms
        self._batch_id = resume.batch_id
        self._planned = resume.planned
        kernel, check = self.definition.kernel, self.control.check
        self._runner = BatchRunner(self.plan, kernel, opened.operators, check, self.meter)
        if self.trigger.is_finite:
            for one in self.sources:
                one.source.prepare_available_now()

    def _loop(self) -> None:
        polling_ms = self.definition.milliseconds("spark.sql.streaming.pollingDelay")
        idle = 0
        while self.control.admit(self._settle):
            self.control.wake.clear()
            self._apply(self.control.take_tunings())
            started_ms = self._clock.now_ms()
            ran = self._run_trigger(started_ms)
            if self.control.is_paused:
                self._ahead.drop()
                self._settle()
            self.control.finished_trigger()
            idle = 0 if ran else idle + 1
            delay_ms = polling_delay(idle, polling_ms)
            pause = after_trigger(self.trigger, ran, started_ms, self._clock.now_ms(), delay_ms)
            if pause.is_end:
                return
            if pause.until_ms > self._clock.now_ms() and not self.control.is_stopping:
                self._settle()
                self._say(pause.message, self.status.is_data_available, active=False)
                self._clock.wait(pause.until_ms, self.control.wake)

    def _release(self) -> None:
        self._ahead.drop()
        self._journal.close()
        try:
            self._opened.release()
        finally:
            with suppress(Exception):
                self.sink.stop()

    def _say(self, message: str, available: bool, active: bool) -> None:
        self.status = Status(message, available, active)

    def _apply(self, changes: dict[str, Any]) -> None:
        """Take over what :meth:`Control.tune` asked for."""
        if changes:
            self._settle()
        if "trigger_ms" in changes:
            self.trigger = Trigger(PROCESSING_TIME, changes.pop("trigger_ms"))
        if "state_partitions" in changes:
            self._rescale(changes.pop("state_partitions"))
        if changes:
            self._opened.tune(changes)

    def _rescale(self, partitions: int) -> None:
        """Divide the state anew; a batch already planned keeps its partitions."""
        if self._planned is not None:
            self.control.tune({"state_partitions": partitions})
        else:
            self._opened.rescale(partitions)

    # ------------------------------------------------------------------ one trigger

    def _run_trigger(self, started_ms: int) -> bool:
        """Do what is decided until a batch has run or there is nothing to do; return whether one ran."""
        self._durations = {}
        self._looked = None
        begun = time.perf_counter()
        while (action := next_action(self._situation())) in (Action.LOOK, Action.PLAN):
            self._look() if action is Action.LOOK else self._plan()
        if action is Action.IDLE:
            self._idle(started_ms)
            return False
        self._run_batch(started_ms, begun)
        return True

    def _situation(self) -> Situation:
        enabled = self.definition.setting("spark.sql.streaming.noDataMicroBatches.enabled")
        wants = self._planned is None and bool(self._looked is False and self._wants_batch())
        return Situation(self._planned is not None, self._looked, wants, enabled == "true")

    def _wants_batch(self) -> bool:
        """Whether state is to be let go though there are no rows; asked after a restart too, unlike in Spark."""
        if self.trigger.kind == ONCE:
            return False
        before = self._runner.watermarks(self._late_ms)
        after = self._runner.watermarks(self.watermarks.now_ms)
        return self._opened.want_batch(before, after) or self._is_timer_due()

    def _is_timer_due(self) -> bool:
        """Whether processing time alone gives an operator work.

        A finite run asks only before its first batch, which does whatever is due; asking again, it might never end.
        """
        if self.trigger.is_finite and self._last_started_ms is not None:
            return False
        return self._opened.is_timer_due(self._clock.now_ms())

    def _look(self) -> None:
        self._say("Getting offsets", self.status.is_data_available, active=True)
        with self._timed("latestOffset"):
            for one in self.sources:
                one.look(self.trigger.is_finite, everything=self.trigger.kind == ONCE)
        self._looked = self._opened.has_new_data

    def _plan(self) -> None:
        """Choose what the batch reads, and begin to make it durable: step 1."""
        planned = BatchOffsets(
            tuple(one.available for one in self.sources),
            self.watermarks.now_ms,
            self._clock.now_ms(),
            self._opened.conf,
        )
        with self._timed("walCommit"):
            self._journal.plan(self._batch_id, planned)
        self._planned = planned

    def _idle(self, started_ms: int) -> None:
        self._settle()
        every_ms = self.definition.milliseconds("spark.sql.streaming.noDataProgressEventInterval")
        self._say("Waiting for data to arrive", available=False, active=False)
        self.idle_looks += 1
        if self._last_idle_ms is None or started_ms - self._last_idle_ms >= every_ms:
            self._last_idle_ms = started_ms
            self._bus.publish(QueryIdle(self.query_id, self.run_id, iso_ms(started_ms)))

    # ------------------------------------------------------------------ one batch

    def _run_batch(self, started_ms: int, begun: float) -> None:
        planned = self._planned
        assert planned is not None
        self._say("Processing new data", self._opened.has_new_data, active=True)
        outcome, written = self._process(planned)
        steps = sorted(self.plan.event_times, key=lambda s: s.index)
        seen = [(step.delay_ms, outcome.event_times[step.index]) for step in steps]
        self.watermarks = self.watermarks.after(seen, [step.mark for step in steps])
        with self._timed("commitOffsets"):
            self._journal.commit(self._batch_id, self.watermarks.now_ms)
        self._finish(planned)
        self._durations["triggerExecution"] = time.perf_counter() - begun
        self.meter.ended_batch(self._durations["triggerExecution"])
        self._report(started_ms, planned, outcome, written)
        self._batch_id += 1

    def _process(self, planned: BatchOffsets) -> tuple[Outcome, int | None]:
        self.meter.begins_batch()
        with self._timed("getBatch"):
            tables = {one.name: self._fetch(one) for one in self.sources}
        with self._timed("queryPlanning"):
            late = self._runner.watermarks(self._late_ms)
            evict = self._runner.watermarks(planned.watermark_ms)
        try:
            with self._timed("addBatch"):
                outcome = self._runner.run(
                    tables,
                    lambda i: OperatorBatch(
                        self._batch_id, planned.timestamp_ms, late[i], evict[i]
                    ),
                    planned.timestamp_ms,
                    self._ahead.take(tables),
                    self._read_on,
                )
            with self._timed("walCommit"):
                self._settle()
            with self._timed("addBatch"):
                written = self._write(outcome.table)
                self._commit_state()
        except BaseException:
            self._opened.abort()
            raise
        return outcome, written

    def _fetch(self, one: OpenSource) -> pa.Table | FileScan:
        begun = time.perf_counter()
        rows = one.fetch()
        self.meter.took(one.name, time.perf_counter() - begun, rows, one.rows)
        return rows

    def _read_on(self, held_bytes: float) -> None:
        """Begin to read what the next batch will most probably read, where it follows at once."""
        if may_read_ahead(self.trigger, self.control.is_paused):
            self._ahead.begin(self._runner, self.sources, held_bytes)

    def _write(self, table: pa.Table) -> int | None:
        """Hand the rows to the sink: step 2."""
        self.control.check()
        failpoint("sink.before")
        named = table.rename_columns([attribute.name for attribute in self.plan.output])
        begun = time.perf_counter()
        written = self.sink.add_batch(self._batch_id, named, self.definition.output_mode)
        self._visible_ms = self._clock.exact_ms()
        self.meter.took(SINK, time.perf_counter() - begun, named)
        failpoint("sink.after")
        return written

    def _commit_state(self) -> None:
        """Make the state durable: step 3."""
        for step in self.plan.stateful:
            commit = partial(self._opened.operators[step.index].commit, self._batch_id + 1)
            self.meter.timed(step.name, commit)
            failpoint("state.after")

    def _finish(self, planned: BatchOffsets) -> None:
        for one in self.sources:
            one.advance()
        self._late_ms = planned.watermark_ms
        self._planned = None
        self._unsettled = self._batch_id

    def _settle(self) -> None:
        """Wait until the log is durable; then let the sources forget the last batch, step 5, and old log files go."""
        self._journal.wait()
        if self._unsettled is None:
            return
        batch_id, self._unsettled = self._unsettled, None
        for one in self.sources:
            one.forget()
        failpoint("source.committed")
        maintenance.purge(self.checkpoint, batch_id, self._opened.setting)

    def _report(
        self, started_ms: int, planned: BatchOffsets, outcome: Outcome, written: int | None
    ) -> None:
        facts = BatchFacts(
            self.query_id,
            self.run_id,
            self.definition.name,
            started_ms,
            self._last_started_ms,
            self._batch_id,
            planned.watermark_ms,
            {name: seconds * 1000 for name, seconds in self._durations.items()},
            written,
            batch_latency(self.sources, outcome, self._visible_ms),
        )
        progress = batch_progress(
            facts,
            self.plan,
            outcome,
            self._runner.metrics(planned.watermark_ms),
            self.sources,
            self.sink.description,
            reached(self.plan, self.watermarks.nodes),
        )
        self._last_started_ms = started_ms
        self._last_idle_ms = self._clock.now_ms()
        self.status = replace(self.status, is_trigger_active=False)
        self._journal.then(partial(self._tell, progress))

    def _tell(self, progress: StreamingQueryProgress) -> None:
        """Called behind the commit: a batch that is told of is not run again."""
        self.recent.append(progress)
        self._bus.publish(QueryProgress(progress))

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        begun = time.perf_counter()
        try:
            yield
        finally:
            self._durations[name] = self._durations.get(name, 0.0) + time.perf_counter() - begun
