"""The handle of a query."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from workbench.base.errors import StreamingQueryError, WorkbenchError
from workbench.engine.streaming.control import StopQuery
from workbench.engine.streaming.events import QueryStarted, QueryTerminated
from workbench.engine.streaming.execution import Execution
from workbench.engine.streaming.nodes import SINK
from workbench.engine.streaming.peek import node_row, peek
from workbench.engine.streaming.progress import iso_ms
from workbench.engine.streaming.render import explain
from workbench.engine.streaming.status import Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa

    from workbench.engine.streaming.listener_bus import ListenerBus
    from workbench.engine.streaming.progress import StreamingQueryProgress

logger = logging.getLogger(__name__)


class StreamingQuery:
    """A streaming query; safe to use from any thread.

    Attributes
    ----------
    id : str
        The query's id, kept in its checkpoint.
    run_id : str
        The id of this start of it.
    name : str or None
        The name given by the user.
    started : QueryStarted
        The event its listeners got first.
    """

    def __init__(
        self, execution: Execution, bus: ListenerBus, on_end: Callable[[StreamingQuery], None]
    ) -> None:
        self.id = execution.query_id
        self.run_id = execution.run_id
        self.name = execution.definition.name
        self.started = QueryStarted(
            self.id, self.run_id, self.name, iso_ms(execution.definition.clock.now_ms())
        )
        self._execution = execution
        self._bus = bus
        self._on_end = on_end
        self._error: StreamingQueryError | None = None
        self._is_over = False
        self._ended = threading.Event()
        self._thread = threading.Thread(
            target=self._work, name=f"stream-{self.name or self.id}", daemon=True
        )

    # ------------------------------------------------------------------ what it is doing

    @property
    def is_active(self) -> bool:
        """Whether the query runs."""
        return not self._is_over

    @property
    def status(self) -> Status:
        """What the query does at the moment."""
        if self._error is not None:
            return Status(f"Terminated with exception: {self._error.parameters['message']}")
        return self._execution.status if self.is_active else Status("Stopped")

    @property
    def recent_progress(self) -> list[StreamingQueryProgress]:
        """The progress of the last batches, oldest first."""
        return list(self._execution.recent)

    @property
    def last_progress(self) -> StreamingQueryProgress | None:
        """The progress of the last batch, None before the first."""
        recent = self._execution.recent
        return recent[-1] if recent else None

    @property
    def checkpoint_location(self) -> str:
        """Where its offsets, commits and state are; a temporary place is gone when the query ends."""
        return str(self._execution.checkpoint.root)

    @property
    def output_mode(self) -> str:
        """What goes to the sink: append, update or complete."""
        return self._execution.definition.output_mode

    @property
    def settings(self) -> dict[str, Any]:
        """The trigger's interval, and whatever was tuned so far, under the names :meth:`tune` takes."""
        execution = self._execution
        return {"trigger_ms": execution.trigger.interval_ms, **execution.control.tuned}

    def exception(self) -> StreamingQueryError | None:
        """Return why the query failed; None while it runs, or when it was stopped."""
        return self._error

    def explain(self, extended: bool = False) -> str:
        """Return the query's plan as text: its steps; extended, the plan they were cut from too."""
        return explain(self._execution, extended)

    def nodes(self) -> list[dict[str, Any]]:
        """Return the plan as a graph with live figures, one row a node, each behind those it reads."""
        execution = self._execution
        figures = execution.meter.figures()
        return [node_row(node, figures, self.last_progress) for node in execution.nodes]

    def peek(self, node: str = "", rows: int = 20) -> pa.Table:
        """Return the newest rows that passed a node, "" for the sink; none before its first ones.

        Raises
        ------
        IllegalArgument
            There is no such node.
        """
        return peek(self._execution, node or SINK, rows)

    # ------------------------------------------------------------------ waiting

    def await_termination(self, timeout: float | None = None) -> bool:
        """Return whether the query ended within ``timeout`` seconds; raise its error when it failed.

        A query that has failed has ended when its checkpoint is let go too, so that it can be started again at once.
        """
        ended = self._ended.wait(timeout)
        if ended and self._error is not None:
            raise self._error
        return ended

    def wait_for_end(self, timeout: float | None = None) -> bool:
        """Return whether the query ended within ``timeout`` seconds, however it ended."""
        return self._ended.wait(timeout)

    def process_all_available(self) -> None:
        """Return when everything the sources had is in the sink; raise the query's error when it fails."""
        execution = self._execution
        # Two looks that find nothing: one may have begun before the caller added its rows.
        target = execution.idle_looks + 2
        while self.is_active and execution.idle_looks < target:
            execution.control.wake.set()
            self._ended.wait(0.001)
        if self._error is not None:
            raise self._error

    # ------------------------------------------------------------------ steering

    def stop(self) -> None:
        """End the query and return when it has; a batch under way is left and run again at the next start."""
        self._execution.control.stop()
        if threading.current_thread() is not self._thread:
            self._thread.join()
            self._bus.flush()

    def pause(self) -> None:
        """Let the batch under way finish and start no other."""
        self._execution.control.pause()

    def resume(self) -> None:
        """Go on as the trigger says."""
        self._execution.control.resume()

    @property
    def is_paused(self) -> bool:
        """Whether the query is paused."""
        return self._execution.control.is_paused

    def step(self, triggers: int = 1) -> None:
        """Pause, run ``triggers`` triggers, and return when they are done; a trigger that finds nothing counts too."""
        self.pause()
        self._execution.control.step(triggers)
        if self._error is not None:
            raise self._error

    @property
    def execution(self) -> Execution:
        """What runs; for the manager, which starts it once more."""
        return self._execution

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Hold the query between two batches; afterwards it goes on, unless it was paused before."""
        was_paused = self.is_paused
        self.pause()
        try:
            self._execution.control.rest()
            yield
        finally:
            if not was_paused:
                self.resume()

    def tune(self, **changes: Any) -> None:
        """Change a running query from its next trigger on.

        Parameters
        ----------
        **changes
            ``trigger_ms``: a new processing-time interval; ``state_partitions``: how many parts state is divided into;
            all others go to the sources that take them, such as ``max_rows_per_trigger`` and
            ``max_files_per_trigger``.
        """
        self._execution.control.tune(changes)

    # ------------------------------------------------------------------ the thread

    def start(self) -> None:
        """Start the query's thread; called once, by the manager."""
        self._thread.start()

    def _work(self) -> None:
        try:
            self._execution.run()
        except StopQuery:
            logger.debug("query %s left a batch to be run again", self.id)
        except BaseException as error:  # the top of a thread: every failure becomes the query's own
            logger.debug("query %s failed", self.id, exc_info=True)
            if not self._was_told_to(error):
                self._error = failure(self._execution, error)
        finally:
            self._end()

    def _was_told_to(self, error: BaseException) -> bool:
        """Whether an error is a call of the user's code cut short because the query is to end."""
        cut = isinstance(error, WorkbenchError) and error.condition == "OPERATION_CANCELED"
        return cut and self._execution.control.is_stopping

    def _end(self) -> None:
        self._execution.control.ended()
        self._execution.checkpoint.close()
        self._on_end(self)
        error = self._error
        text = None if error is None else str(error)
        self._is_over = True
        # Before those who wait for the end go on: a listener they add then is not to hear of it.
        self._bus.publish(QueryTerminated(self.id, self.run_id, text, error_class(error)))
        self._ended.set()

    def __repr__(self) -> str:
        state = "running" if self.is_active else "failed" if self._error else "stopped"
        return f"<StreamingQuery {self.name or self.id} {state}>"


def failure(execution: Execution, error: Exception) -> StreamingQueryError:
    """Return the query's error for what a batch raised, with the text Spark's shows."""
    known = StreamingQueryError(
        "STREAM_FAILED",
        id=execution.query_id,
        runId=execution.run_id,
        message=str(error) or type(error).__name__,
    )
    known.__cause__ = error
    known.details = details(execution)
    return known


def details(execution: Execution) -> str:
    """Return where the query stood when it failed."""
    name = f"{execution.definition.name} " if execution.definition.name else ""
    committed = {one.source.description: one.committed for one in execution.sources}
    available = {one.source.description: one.available for one in execution.sources}
    return "\n".join(
        [
            "=== Streaming Query ===",
            f"Identifier: {name}[id = {execution.query_id}, runId = {execution.run_id}]",
            f"Current Committed Offsets: {_offsets(committed)}",
            f"Current Available Offsets: {_offsets(available)}",
        ]
    )


def _offsets(found: dict[str, str | None]) -> str:
    known = (f"{name}: {offset}" for name, offset in found.items() if offset is not None)
    return "{" + ", ".join(known) + "}"


def error_class(error: StreamingQueryError | None) -> str | None:
    """Return the condition of what made a query fail; None for none, and for what has no condition."""
    cause = error.__cause__ if error is not None else None
    return cause.condition if isinstance(cause, WorkbenchError) else None
