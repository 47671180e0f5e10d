"""``ArtifactStatus``: which artifacts the session has already."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.ArtifactStatusesRequest, context: grpc.ServicerContext
) -> b.ArtifactStatusesResponse:
    """Answer each name."""
    session = session_of(sessions, request)
    response = b.ArtifactStatusesResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    for name in request.names:
        response.statuses[name].exists = session.artifacts.exists(name)
    return response
