"""All queries of a session."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.base.errors import AnalysisError, IllegalArgument, IllegalState
from workbench.engine.connectors.contract import SinkContext
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint
from workbench.engine.streaming.checkpoint.copying import copied
from workbench.engine.streaming.checkpoint.query_metadata import has_batches
from workbench.engine.streaming.execution import Execution
from workbench.engine.streaming.listener_bus import ListenerBus
from workbench.engine.streaming.query import StreamingQuery
from workbench.engine.streaming.redefinition import RESTARTS, redefined, trigger_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from workbench.engine.streaming.definition import StreamDefinition

_KNOWN_ALREADY = {"state_partitions", "trigger_ms"}
"""What was tuned and is in the checkpoint, or in the definition."""
_STOP_OLD = "spark.sql.streaming.stopActiveRunOnRestart"

_RUNNING: dict[str, StreamingQuery] = {}
_RUNNING_LOCK = threading.RLock()
"""The active queries of the process by id: two sessions must not run one checkpoint either."""


class StreamingQueryManager:
    """Starts queries and knows those that run; safe to use from any thread.

    Parameters
    ----------
    new_id : callable, optional
        Makes ids; a test gives its own.
    """

    def __init__(self, new_id: Callable[[], str] = lambda: str(uuid.uuid4())) -> None:
        self.listeners = ListenerBus()
        self._new_id = new_id
        self._known: dict[str, StreamingQuery] = {}
        self._ended: list[StreamingQuery] = []
        self._changed = threading.Condition(threading.RLock())

    @property
    def active(self) -> list[StreamingQuery]:
        """The queries that run."""
        with self._changed:
            return [query for query in self._known.values() if query.is_active]

    def get(self, query_id: str) -> StreamingQuery | None:
        """Return the query of this id, also one that has ended."""
        return self._known.get(str(query_id))

    def start(self, definition: StreamDefinition) -> StreamingQuery:
        """Start a query; listeners have heard of it when this returns.

        Raises
        ------
        IllegalArgument
            A query of this name is active.
        IllegalState
            ``CONCURRENT_QUERY``: this checkpoint's query is active and is not to be replaced.
        AnalysisError
            The sink cannot go on from a checkpoint that has batches.
        """
        return self._launch(definition)

    def _launch(
        self,
        definition: StreamDefinition,
        checkpoint: Checkpoint | None = None,
        is_paused: bool = False,
    ) -> StreamingQuery:
        with self._changed:
            self._check_name(definition.name)
            checkpoint = checkpoint or Checkpoint(definition.checkpoint)
            try:
                query = self._open(definition, checkpoint)
            except BaseException:
                checkpoint.close()
                raise
            self._known[query.id] = query
        if is_paused:
            query.pause()
        self.listeners.publish_now(query.started)
        query.start()
        return query

    def restart(self, query: StreamingQuery, settings: Mapping[str, Any]) -> StreamingQuery:
        """Stop a query, change what only a restart can, and start it from its checkpoint; it has a new run id.

        What was tuned stays tuned, and a paused query stays paused. A table in memory keeps its rows.

        Raises
        ------
        IllegalArgument, Unsupported, AnalysisError
            The change is not possible; the query goes on as it was.
        """
        execution = query.execution
        definition = redefined(execution.definition, settings, RESTARTS)
        if isinstance(execution.sink, MemorySink):
            definition = replace(definition, open_sink=lambda _: execution.sink)
        definition = replace(
            definition, trigger=trigger_of(execution), recovers=True, state_partitions=None
        )
        return self._again(query, definition)

    def _again(self, query: StreamingQuery, definition: StreamDefinition) -> StreamingQuery:
        old = query.execution
        is_temporary, old.checkpoint.is_temporary = old.checkpoint.is_temporary, False
        was_paused = query.is_paused
        query.stop()
        checkpoint = Checkpoint(str(old.checkpoint.root))
        checkpoint.is_temporary = is_temporary
        started = self._launch(
            replace(definition, checkpoint=str(old.checkpoint.root)), checkpoint, was_paused
        )
        return tuned_like(started, query)

    def fork(self, query: StreamingQuery, definition: StreamDefinition) -> StreamingQuery:
        """Start a definition on a copy of a query's checkpoint, made between two of its batches; the query goes on."""
        with query.at_rest():
            checkpoint = copied(query.execution.checkpoint.root, self._new_id)
        started = self._launch(replace(definition, checkpoint=str(checkpoint.root)), checkpoint)
        return tuned_like(started, query)

    def _open(self, definition: StreamDefinition, checkpoint: Checkpoint) -> StreamingQuery:
        if not definition.recovers and has_batches(checkpoint.root):
            raise AnalysisError("STREAMING_SINK_CANNOT_RECOVER", path=checkpoint.root / "offsets")
        query_id = checkpoint.identify(self._new_id)
        self._make_way(query_id, definition)
        checkpoint.lock()
        context = SinkContext(
            query_id, definition.name or "", definition.setting, definition.clock.now_ms
        )
        sink = definition.open_sink(context)
        execution = Execution(
            definition, checkpoint, sink, query_id, self._new_id(), self.listeners
        )
        query = StreamingQuery(execution, self.listeners, self._on_end)
        with _RUNNING_LOCK:
            _RUNNING[query_id] = query
        return query

    def _check_name(self, name: str | None) -> None:
        if name and any(query.name == name for query in self.active):
            raise IllegalArgument("STREAMING_QUERY_NAME_TAKEN", name=name)

    def _make_way(self, query_id: str, definition: StreamDefinition) -> None:
        """Stop the run of this query that is active, or refuse when the session says so."""
        with _RUNNING_LOCK:
            running = _RUNNING.get(query_id)
        if running is None or not running.is_active:
            return
        if definition.conf(_STOP_OLD) == "false":
            raise IllegalState("CONCURRENT_QUERY", id=query_id, name=running.name or query_id)
        running.stop()

    def await_any(self, timeout: float | None = None) -> bool:
        """Return whether a query ended since :meth:`reset_terminated`; raise its error when one failed."""
        deadline = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not self._ended:
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    return False
                self._changed.wait(left)
            failed = next((query.exception() for query in self._ended if query.exception()), None)
        if failed is not None:
            raise failed
        return True

    def reset_terminated(self) -> None:
        """Forget queries that ended."""
        with self._changed:
            self._ended.clear()

    def close(self) -> None:
        """Stop every query and the listeners' thread."""
        for query in self.active:
            query.stop()
        self.listeners.close()

    def _on_end(self, query: StreamingQuery) -> None:
        with _RUNNING_LOCK:
            if _RUNNING.get(query.id) is query:
                del _RUNNING[query.id]
        # The query may be starting under the same lock in another thread that waits for this one to end.
        threading.Thread(target=self._remember, args=(query,), daemon=True).start()

    def _remember(self, query: StreamingQuery) -> None:
        with self._changed:
            self._ended.append(query)
            self._changed.notify_all()


def tuned_like(started: StreamingQuery, before: StreamingQuery) -> StreamingQuery:
    """Tune a query as another one was; its trigger, and what is in the checkpoint, are as they should be already."""
    tuned = before.execution.control.tuned
    kept = {name: value for name, value in tuned.items() if name not in _KNOWN_ALREADY}
    if kept:
        started.tune(**kept)
    return started
