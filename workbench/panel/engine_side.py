"""What the panel knows of this process's engine beyond PySpark's public API: which queries are paused."""

from __future__ import annotations

from workbench.session import embedded_server


def paused_here() -> dict[str, bool]:
    """Return the ids of this process's running queries and whether each is paused; attributes are read, nothing is asked."""
    server = embedded_server()
    sessions = server.sessions.all() if server is not None else []
    return {
        query.id: bool(getattr(query, "is_paused", False))
        for session in sessions
        for query in session.engine.streams.active
    }
