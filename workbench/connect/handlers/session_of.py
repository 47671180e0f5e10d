"""The session a request names."""

from __future__ import annotations

from typing import Any

from workbench.connect.client_session import ClientSession
from workbench.connect.sessions import Sessions


def session_of(sessions: Sessions, request: Any) -> ClientSession:
    """Return the session of a request, made when it is new."""
    observed = getattr(request, "client_observed_server_side_session_id", "")
    return sessions.get(request.user_context.user_id, request.session_id, observed)
