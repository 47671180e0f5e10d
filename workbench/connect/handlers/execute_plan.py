"""``ExecutePlan``: run a relation or a command on a thread of its own and stream the answers."""

from __future__ import annotations

import time
from collections.abc import Iterator

import grpc
from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import relations_pb2

from workbench.connect.client_session import ClientSession
from workbench.connect.execute.commands import run_command
from workbench.connect.execute.rows import run_relation
from workbench.connect.handlers.plans import unpack
from workbench.connect.handlers.session_of import session_of
from workbench.connect.lane import sent
from workbench.connect.operation import Operation
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.ExecutePlanRequest, context: grpc.ServicerContext
) -> Iterator[bytes]:
    """Yield the answers of a new operation, or of the same one asked for again after a lost connection."""
    session = session_of(sessions, request)
    session.forget_abandoned(time.monotonic())
    operation, is_new = session.begin(request)
    if is_new:
        operation.start(lambda started: _work(session, started))
    try:
        yield from answers(operation, "", context)
    finally:
        if not operation.is_reattachable:
            session.release(operation.id)


def answers(operation: Operation, after: str, context: grpc.ServicerContext) -> Iterator[bytes]:
    """Yield the answers after one; a client that goes away ends this, not the operation."""
    reader = object()
    context.add_callback(lambda: operation.responses.leave(reader))
    yield from sent(operation.responses.read(after, reader), context)


def _work(session: ClientSession, operation: Operation) -> None:
    message = unpack(operation.request.plan)
    if isinstance(message, relations_pb2.Relation):
        run_relation(session, operation, message)
    else:
        run_command(session, operation, message)
