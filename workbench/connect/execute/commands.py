"""Command messages to what carries them out, found by the member's name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pyspark.sql.connect.proto import commands_pb2

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.client_session import ClientSession
from workbench.connect.convert import commands as convert
from workbench.connect.execute import (
    checkpoint,
    extension,
    listener_bus,
    machine_learning,
    resources,
    sql,
    start_stream,
    streaming_manager,
    streaming_query,
)
from workbench.connect.execute.rows import answer_rows
from workbench.connect.operation import Operation

Run = Callable[[ClientSession, Operation, Any], None]


def run_command(
    session: ClientSession, operation: Operation, message: commands_pb2.Command
) -> None:
    """Carry out a command; its answers go to the operation."""
    kind = message.WhichOneof("command_type")
    if kind in convert.UNSUPPORTED:
        reason = convert.UNSUPPORTED[kind]
        raise Unsupported("UNSUPPORTED_FEATURE.CONNECT_COMMAND", name=kind, reason=reason)
    if kind in convert.COMMANDS:
        _run_in_engine(session, operation, kind, getattr(message, kind))
    elif kind in COMMANDS:
        COMMANDS[kind](session, operation, getattr(message, kind))
    else:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Command.command_type")


def _run_in_engine(session: ClientSession, operation: Operation, kind: str, message: Any) -> None:
    command = convert.COMMANDS[kind](message, session.context)
    result = session.engine.run_command(command, operation.cancel)
    if result.table is not None:
        answer_rows(
            session, operation, spark_schema(result.table.schema), result.table.to_batches()
        )


COMMANDS: dict[str, Run] = {
    "sql_command": sql.run,
    "write_stream_operation_start": start_stream.run,
    "streaming_query_command": streaming_query.run,
    "streaming_query_manager_command": streaming_manager.run,
    "streaming_query_listener_bus_command": listener_bus.run,
    "checkpoint_command": checkpoint.run,
    "remove_cached_remote_relation_command": checkpoint.remove,
    "get_resources_command": resources.get,
    "create_resource_profile_command": resources.create_profile,
    "ml_command": machine_learning.run,
    "extension": extension.run,
}
"""Commands about the connection, a running stream, or what the server keeps."""
