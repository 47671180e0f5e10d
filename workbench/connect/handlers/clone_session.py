"""``CloneSession``: a new session with a copy of this one's state."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.CloneSessionRequest, context: grpc.ServicerContext
) -> b.CloneSessionResponse:
    """Answer the new session's ids."""
    session = session_of(sessions, request)
    clone = sessions.clone(session, request.new_session_id)
    return b.CloneSessionResponse(
        session_id=request.session_id,
        server_side_session_id=session.server_id,
        new_session_id=clone.id,
        new_server_side_session_id=clone.server_id,
    )
