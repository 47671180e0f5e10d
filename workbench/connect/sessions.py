"""Every client session of one server."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING

from workbench.connect.client_session import ClientSession
from workbench.connect.errors import InvalidHandle

if TYPE_CHECKING:
    from workbench.connect.engine import EngineSession

_REMEMBERED_CLOSED = 1000


class Sessions:
    """Client sessions by user and id, made when first named. Thread-safe.

    Parameters
    ----------
    open_engine : Callable
        Makes a new engine session.
    on_open : Callable, optional
        Called with every new session before anyone uses it.
    """

    def __init__(
        self,
        open_engine: Callable[[], EngineSession],
        on_open: Callable[[ClientSession], None] | None = None,
    ) -> None:
        self._open_engine = open_engine
        self._on_open = on_open
        self._lock = threading.Lock()
        self._sessions: dict[tuple[str, str], ClientSession] = {}
        self._closed: dict[tuple[str, str], None] = {}

    def get(self, user_id: str, session_id: str, observed: str = "") -> ClientSession:
        """Return a session, made now when it is new.

        ``observed``: the server-side id the client saw before; another one means the server has forgotten the session.
        """
        key = (user_id, _checked(session_id))
        with self._lock:
            if key in self._closed:
                raise InvalidHandle("INVALID_HANDLE.SESSION_CLOSED", handle=session_id)
            found = self._sessions.get(key)
            if found is None and observed:
                raise InvalidHandle("INVALID_HANDLE.SESSION_CHANGED", handle=session_id)
            if found is None:
                found = self._add(key, self._open_engine())
        if observed and observed != found.server_id:
            raise InvalidHandle("INVALID_HANDLE.SESSION_CHANGED", handle=session_id)
        found.used_at = time.monotonic()
        return found

    def _add(self, key: tuple[str, str], engine: EngineSession) -> ClientSession:
        session = ClientSession(*key, engine)
        if self._on_open is not None:
            self._on_open(session)
        self._sessions[key] = session
        return session

    def find(self, user_id: str, session_id: str) -> ClientSession:
        """Return a session that exists."""
        with self._lock:
            found = self._sessions.get((user_id, session_id))
        if found is None:
            raise InvalidHandle("INVALID_HANDLE.SESSION_NOT_FOUND", handle=session_id)
        return found

    def clone(self, origin: ClientSession, session_id: str) -> ClientSession:
        """Return a new session with a copy of another's state."""
        key = (origin.user_id, _checked(session_id or str(uuid.uuid4())))
        with self._lock:
            if key in self._sessions or key in self._closed:
                raise InvalidHandle("INVALID_HANDLE.SESSION_ALREADY_EXISTS", handle=key[1])
            return self._add(key, origin.engine.clone())

    def release(self, user_id: str, session_id: str, *, allow_reconnect: bool = False) -> str:
        """Close a session and return its server-side id; releasing again is no error."""
        key = (user_id, session_id)
        with self._lock:
            found = self._sessions.pop(key, None)
            if not allow_reconnect:
                self._closed[key] = None
                while len(self._closed) > _REMEMBERED_CLOSED:
                    del self._closed[next(iter(self._closed))]
        if found is None:
            return ""
        found.close()
        return found.server_id

    def all(self) -> list[ClientSession]:
        """Every open session."""
        with self._lock:
            return list(self._sessions.values())

    def forget_idle(self, idle_seconds: float) -> None:
        """Close sessions not used for a while that run no stream; for servers of many clients."""
        limit = time.monotonic() - idle_seconds
        for session in self.all():
            if session.used_at < limit and not session.engine.streams.active:
                self.release(session.user_id, session.id, allow_reconnect=True)

    def close(self) -> None:
        """Close every session."""
        for session in self.all():
            self.release(session.user_id, session.id)


def _checked(session_id: str) -> str:
    try:
        return str(uuid.UUID(session_id))
    except ValueError:
        raise InvalidHandle("INVALID_HANDLE.FORMAT", handle=session_id) from None
