"""``FetchErrorDetails``: the whole of an error whose status could carry only its head."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.connect import errors
from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions


def handle(
    sessions: Sessions, request: b.FetchErrorDetailsRequest, context: grpc.ServicerContext
) -> b.FetchErrorDetailsResponse:
    """Answer the error and its causes; an id nobody remembers answers no error."""
    session = session_of(sessions, request)
    response = b.FetchErrorDetailsResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    error = session.recall(request.error_id)
    if error is not None:
        response.root_error_idx = 0
        response.errors.extend(errors.to_details(error))
    return response
