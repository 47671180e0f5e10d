"""What the panel knows of queries beyond PySpark's public API: which are paused, and the buttons only this engine has."""

from __future__ import annotations

from typing import Any

from workbench.connect import controls
from workbench.session import embedded_server

ACTIONS = {
    "stop": lambda query: query.stop(),
    "pause": controls.pause,
    "resume": controls.resume,
    "step": controls.step,
}


def paused_queries() -> set[str]:
    """Return the ids of this process's queries that are paused; attributes are read, nothing is asked."""
    server = embedded_server()
    sessions = server.sessions.all() if server is not None else []
    return {
        query.id
        for session in sessions
        for query in session.engine.streams.active
        if query.is_paused
    }
