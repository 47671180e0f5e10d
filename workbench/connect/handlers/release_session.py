"""``ReleaseSession``: the client is done."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.ReleaseSessionRequest, context: grpc.ServicerContext
) -> b.ReleaseSessionResponse:
    """Stop the session's queries and forget it."""
    server_id = sessions.release(
        request.user_context.user_id,
        request.session_id,
        allow_reconnect=request.allow_reconnect,
    )
    return b.ReleaseSessionResponse(session_id=request.session_id, server_side_session_id=server_id)
