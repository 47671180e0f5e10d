"""Calls on a streaming query's handle."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import commands_pb2 as c

from workbench.base.errors import AnalysisError, WorkbenchError
from workbench.connect.client_session import ClientSession
from workbench.connect.engine import StreamingQuery
from workbench.connect.execute.waiting import wait
from workbench.connect.operation import Operation

Result = c.StreamingQueryCommandResult


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Carry out one call and answer its result."""
    kind = message.WhichOneof("command")
    if kind not in CALLS:
        raise AnalysisError(
            "CONNECT_INVALID_PLAN.FIELD_MISSING", field="StreamingQueryCommand.command"
        )
    query = session.query(message.query_id.id, message.query_id.run_id)
    result = Result(query_id=message.query_id)
    CALLS[kind](query, message, result, operation)
    operation.answer(b.ExecutePlanResponse(streaming_query_command_result=result))


def _status(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    status = query.status
    result.status.status_message = status.message
    result.status.is_data_available = status.is_data_available
    result.status.is_trigger_active = status.is_trigger_active
    result.status.is_active = query.is_active


def _last_progress(
    query: StreamingQuery, message: Any, result: Result, operation: Operation
) -> None:
    result.recent_progress.SetInParent()
    if query.last_progress is not None:
        result.recent_progress.recent_progress_json.append(query.last_progress.json())


def _recent_progress(
    query: StreamingQuery, message: Any, result: Result, operation: Operation
) -> None:
    result.recent_progress.SetInParent()
    texts = (progress.json() for progress in query.recent_progress)
    result.recent_progress.recent_progress_json.extend(texts)


def _stop(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    query.stop()


def _process_all(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    query.process_all_available()


def _explain(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    result.explain.result = query.explain(message.explain.extended)


def _exception(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    """The client cuts the text at the first colon: before it stands the class."""
    result.exception.SetInParent()
    error = query.exception()
    if error is None:
        return
    spark_class = getattr(error, "spark_class", WorkbenchError.spark_class)
    result.exception.exception_message = f"{spark_class}: {error}"
    result.exception.error_class = spark_class


def _await(query: StreamingQuery, message: Any, result: Result, operation: Operation) -> None:
    call = message.await_termination
    timeout = call.timeout_ms / 1000 if call.HasField("timeout_ms") else None
    result.await_termination.terminated = wait(query.await_termination, timeout, operation.cancel)


CALLS: dict[str, Callable[[StreamingQuery, Any, Result, Operation], None]] = {
    "status": _status,
    "last_progress": _last_progress,
    "recent_progress": _recent_progress,
    "stop": _stop,
    "process_all_available": _process_all,
    "explain": _explain,
    "exception": _exception,
    "await_termination": _await,
}
