"""Calls on ``spark.streams``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import commands_pb2 as c

from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.client_session import ClientSession
from workbench.connect.engine import StreamingQuery, Streams
from workbench.connect.execute.waiting import wait
from workbench.connect.operation import Operation

Result = c.StreamingQueryManagerCommandResult


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Carry out one call and answer its result."""
    kind = message.WhichOneof("command")
    if kind in SERVER_SIDE_LISTENERS:
        reason = "Add listeners with spark.streams.addListener of a client since Spark 4.0."
        raise Unsupported("UNSUPPORTED_FEATURE.CONNECT_COMMAND", name=kind, reason=reason)
    if kind not in CALLS:
        field = "StreamingQueryManagerCommand.command"
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field=field)
    result = Result()
    CALLS[kind](session.engine.streams, message, result, operation)
    operation.answer(b.ExecutePlanResponse(streaming_query_manager_command_result=result))


def _instance(query: StreamingQuery) -> Result.StreamingQueryInstance:
    ids = c.StreamingQueryInstanceId(id=query.id, run_id=query.run_id)
    return Result.StreamingQueryInstance(id=ids, name=query.name)


def _active(streams: Streams, message: Any, result: Result, operation: Operation) -> None:
    result.active.SetInParent()
    result.active.active_queries.extend(_instance(query) for query in streams.active)


def _get(streams: Streams, message: Any, result: Result, operation: Operation) -> None:
    """Only active queries are found (Spark: ``StreamingQueryManager.get``)."""
    query = streams.get(message.get_query)
    if query is not None and query.is_active:
        result.query.CopyFrom(_instance(query))


def _await_any(streams: Streams, message: Any, result: Result, operation: Operation) -> None:
    call = message.await_any_termination
    timeout = call.timeout_ms / 1000 if call.HasField("timeout_ms") else None
    terminated = wait(streams.await_any, timeout, operation.cancel)
    result.await_any_termination.terminated = terminated


def _reset(streams: Streams, message: Any, result: Result, operation: Operation) -> None:
    streams.reset_terminated()
    result.reset_terminated = True


CALLS: dict[str, Callable[[Streams, Any, Result, Operation], None]] = {
    "active": _active,
    "get_query": _get,
    "await_any_termination": _await_any,
    "reset_terminated": _reset,
}
SERVER_SIDE_LISTENERS = frozenset({"add_listener", "remove_listener", "list_listeners"})
"""Listeners that would run in the server: no client since Spark 4.0 sends them."""
