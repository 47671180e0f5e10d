"""``GetStatus``: how the session's operations are."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.handlers.session_of import session_of
from workbench.connect.operation import State
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.GetStatusRequest, context: grpc.ServicerContext
) -> b.GetStatusResponse:
    """Answer the state of the operations named, of all when none is named."""
    session = session_of(sessions, request)
    response = b.GetStatusResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    known = {operation.id: operation.state for operation in session.operations()}
    for operation_id in request.operation_status.operation_ids or known:
        state = known.get(operation_id, State.OPERATION_STATE_UNKNOWN)
        response.operation_statuses.add(operation_id=operation_id, state=state)
    return response
