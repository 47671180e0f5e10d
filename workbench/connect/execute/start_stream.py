"""``writeStream….start()``."""

from __future__ import annotations

from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import commands_pb2 as c

from workbench.connect.client_session import ClientSession
from workbench.connect.convert.commands import start_stream
from workbench.connect.engine import Event
from workbench.connect.operation import Operation


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Start a query and answer its ids, with the started event for the client's own listeners."""
    seen: list[Event] = []
    command = start_stream(message, session.context)
    session.starts.append(operation.id)
    unsubscribe = session.engine.streams.listeners.subscribe(seen.append)
    try:
        query = session.engine.run_command(command, operation.cancel).stream
    finally:
        unsubscribe()
    assert query is not None
    result = c.WriteStreamOperationStartResult(
        query_id=c.StreamingQueryInstanceId(id=query.id, run_id=query.run_id), name=query.name or ""
    )
    started = next((event for event in seen if _is_start_of(event, query.run_id)), None)
    if started is not None:
        result.query_started_event_json = started.json()
    operation.answer(b.ExecutePlanResponse(write_stream_operation_start_result=result))


def _is_start_of(event: Event, run_id: str) -> bool:
    return type(event).__name__ == "QueryStarted" and getattr(event, "run_id", None) == run_id
