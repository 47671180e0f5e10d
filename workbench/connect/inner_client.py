"""The session's own PySpark client inside the server, for functions of the user that run here."""

from __future__ import annotations

import threading

from pyspark.sql.connect.session import SparkSession

from workbench.connect.channel import PrivateChannelBuilder
from workbench.connect.client_session import ClientSession


class InnerClient:
    """Makes, once, a client of the same session over the private socket; calling it makes that session the thread's active one.

    ``foreachBatch`` gets its frame from it, and a pickled function that names ``spark`` is unpickled to it.
    """

    def __init__(self, address: str, session: ClientSession) -> None:
        self._address, self._user_id, self._session_id = address, session.user_id, session.id
        self._lock = threading.Lock()
        self._client: SparkSession | None = None

    def __call__(self) -> SparkSession:
        """Return the client, for the calling thread."""
        with self._lock:
            if self._client is None or self._client.is_stopped:
                builder = PrivateChannelBuilder(self._address, self._user_id, self._session_id)
                self._client = SparkSession(connection=builder)
                # The session is the user's: this client going away must not end it.
                self._client.release_session_on_close = False
        SparkSession._active_session.session = self._client  # noqa: SLF001 - PySpark has no public setter.
        return self._client

    def close(self) -> None:
        """Close the client while the server still answers: at exit it would try for minutes to reach one that is gone."""
        with self._lock:
            client, self._client = self._client, None
        if client is not None:
            client.client.close()
            client.stop()


def attach(session: ClientSession, address: str) -> None:
    """Give a session its own client, which goes away with it."""
    client = InnerClient(address, session)
    session.engine.client = client
    session.on_close.append(client.close)
