"""``ReattachExecute``: the answers of a running operation, from where the client lost them."""

from __future__ import annotations

from collections.abc import Iterator

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.errors import InvalidHandle
from workbench.connect.handlers.execute_plan import answers
from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.ReattachExecuteRequest, context: grpc.ServicerContext
) -> Iterator[bytes]:
    """Yield what came after ``last_response_id``."""
    session = session_of(sessions, request)
    operation = session.operation(request.operation_id)
    if not operation.is_reattachable:
        raise InvalidHandle("INVALID_CURSOR.NOT_REATTACHABLE")
    yield from answers(operation, request.last_response_id, context)
