"""``Interrupt``: all operations of a session, those with a tag, or one."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.base.errors import AnalysisError
from workbench.connect.client_session import ClientSession
from workbench.connect.handlers.session_of import session_of
from workbench.connect.operation import Operation
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.InterruptRequest, context: grpc.ServicerContext
) -> b.InterruptResponse:
    """Cancel what was asked for and answer the ids of what was running."""
    session = session_of(sessions, request)
    interrupted = [one.id for one in _meant(session, request) if one.interrupt()]
    return b.InterruptResponse(
        session_id=request.session_id,
        server_side_session_id=session.server_id,
        interrupted_ids=interrupted,
    )


def _meant(session: ClientSession, request: b.InterruptRequest) -> list[Operation]:
    """The listener stream is no work of the user's; interrupting all leaves it."""
    running = [one for one in session.operations() if one not in session.listener_buses]
    kinds = b.InterruptRequest
    if request.interrupt_type == kinds.INTERRUPT_TYPE_ALL:
        return running
    if request.interrupt_type == kinds.INTERRUPT_TYPE_TAG:
        return [one for one in running if request.operation_tag in one.tags]
    if request.interrupt_type == kinds.INTERRUPT_TYPE_OPERATION_ID:
        return [one for one in running if one.id == request.operation_id]
    raise AnalysisError(
        "CONNECT_INVALID_PLAN.FIELD_MISSING", field="InterruptRequest.interrupt_type"
    )
