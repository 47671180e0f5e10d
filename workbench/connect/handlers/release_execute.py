"""``ReleaseExecute``: the client has answers it will not ask for again, or is done with an operation."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.ReleaseExecuteRequest, context: grpc.ServicerContext
) -> b.ReleaseExecuteResponse:
    """Let go of answers; an operation already gone is no error, and then the answer names none."""
    session = session_of(sessions, request)
    response = b.ReleaseExecuteResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    operation = session.find_operation(request.operation_id)
    if operation is None:
        return response
    response.operation_id = operation.id
    if request.WhichOneof("release") == "release_until":
        operation.responses.release_until(request.release_until.response_id)
    else:
        session.release(operation.id)
    return response
