"""The stream of listener events to a client that runs its listeners itself."""

from __future__ import annotations

import logging
import time
from contextlib import suppress
from queue import Empty, Full, Queue
from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import commands_pb2 as c

from workbench.connect.client_session import ClientSession
from workbench.connect.engine import Event
from workbench.connect.operation import Operation

logger = logging.getLogger(__name__)

Result = c.StreamingQueryListenerEventsResult

# The started event is not here: the client gets it with the answer of start().
_KINDS = {
    "QueryProgress": c.QUERY_PROGRESS_EVENT,
    "QueryIdle": c.QUERY_IDLE_EVENT,
    "QueryTerminated": c.QUERY_TERMINATED_EVENT,
}
_MAX_WAITING = 10_000
_LOOK_SECONDS = 0.2
_TAKEN_SECONDS, _POST_SECONDS, _STEP_SECONDS = 1.0, 0.02, 0.002
"""How long a start's answer may lie untaken, and how long a client that has taken it needs to post the event in it."""


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Add the client's bus: the operation lasts until the bus is removed. Or remove it: that one ends at once."""
    if message.WhichOneof("command") == "remove_listener_bus_listener":
        session.end_listener_buses()
        return
    waiting: Queue[Event] = Queue(_MAX_WAITING)
    unsubscribe = session.engine.streams.listeners.subscribe(lambda event: _put(waiting, event))
    session.listener_buses.append(operation)
    try:
        operation.answer(_response(Result(listener_bus_listener_added=True)))
        _forward(waiting, operation, session)
    finally:
        unsubscribe()
        session.listener_buses.remove(operation)


def _put(waiting: Queue[Event], event: Event) -> None:
    """Called on the thread that publishes: a client that does not read loses events, the query loses no time."""
    if type(event).__name__ not in _KINDS:
        return
    try:
        waiting.put_nowait(event)
    except Full:
        logger.warning("a listener of session is too slow: an event is dropped")


def _forward(waiting: Queue[Event], operation: Operation, session: ClientSession) -> None:
    """Send events as they come, several in one answer when several wait; once cancelled, send what is left and end."""
    while True:
        is_last = operation.cancel.is_set()
        events = _take(waiting, wait=not is_last)
        if events:
            _let_starts_be_told(session)
            operation.answer(_response(Result(events=events)))
        elif is_last:
            return


def _let_starts_be_told(session: ClientSession) -> None:
    """Wait until the client has taken the answers of its starts: it posts the started events, which come first, from them."""
    starts = [*session.starts]
    if not starts:
        return
    end = time.monotonic() + _TAKEN_SECONDS
    while any(map(session.find_operation, starts)) and time.monotonic() < end:
        time.sleep(_STEP_SECONDS)
    time.sleep(_POST_SECONDS)
    for one in starts:
        with suppress(ValueError):  # so many have been started since that it was forgotten
            session.starts.remove(one)


def _take(waiting: Queue[Event], *, wait: bool) -> list[c.StreamingQueryListenerEvent]:
    taken: list[c.StreamingQueryListenerEvent] = []
    try:
        taken.append(_message(waiting.get(timeout=_LOOK_SECONDS) if wait else waiting.get_nowait()))
        while True:
            taken.append(_message(waiting.get_nowait()))
    except Empty:
        return taken


def _message(event: Event) -> c.StreamingQueryListenerEvent:
    kind = _KINDS[type(event).__name__]
    return c.StreamingQueryListenerEvent(event_json=event.json(), event_type=kind)


def _response(result: Result) -> b.ExecutePlanResponse:
    return b.ExecutePlanResponse(streaming_query_listener_events_result=result)
