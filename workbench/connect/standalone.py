"""The engine as a server of its own: a TCP port behind a token."""

from __future__ import annotations

import ipaddress
import threading
from dataclasses import dataclass
from pathlib import Path

import grpc

from workbench.base.errors import IllegalArgument
from workbench.connect.client_session import ClientSession
from workbench.connect.inner_client import attach
from workbench.connect.server import Server
from workbench.connect.sessions import Sessions
from workbench.engine.session import EngineSession

_IDLE_SECONDS = 3600.0
_SWEEP_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a server listens. ``certificate`` and ``key`` are PEM files; without them only this machine may call."""

    host: str = "localhost"
    port: int = 15002
    certificate: Path | None = None
    key: Path | None = None

    @property
    def is_here_only(self) -> bool:
        """Whether only this machine can call."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host.strip("[]")).is_loopback
        except ValueError:
            return False

    def credentials(self) -> grpc.ServerCredentials:
        """Return TLS where there is a certificate, else what PySpark's client uses towards ``localhost``."""
        if self.certificate is not None and self.key is not None:
            pair = (self.key.read_bytes(), self.certificate.read_bytes())
            return grpc.ssl_server_credentials([pair])
        if not self.is_here_only:
            raise IllegalArgument("SERVER_NEEDS_TLS", host=self.host)
        return grpc.local_server_credentials(grpc.LocalConnectionType.LOCAL_TCP)


class Standalone:
    """A server for many clients; sessions nobody uses for an hour, and that run no stream, are closed.

    Parameters
    ----------
    place : Place
        Where to listen.
    token : str
        What callers must show.
    """

    def __init__(self, place: Place, token: str) -> None:
        credentials = place.credentials()
        self._stopping = threading.Event()
        self._sessions = Sessions(EngineSession, self._on_open)  # type: ignore[arg-type]
        # Functions of the users that run here reach their own session through a second, private server.
        self._inner = Server(self._sessions)
        self._inner_address = self._inner.listen_privately()
        self._server = Server(self._sessions, token)
        self.port = self._server.listen(place.host, place.port, credentials)

    def _on_open(self, session: ClientSession) -> None:
        attach(session, self._inner_address)

    def start(self) -> None:
        """Serve, on threads of their own."""
        self._inner.start()
        self._server.start()
        threading.Thread(target=self._sweep, name="workbench-sessions", daemon=True).start()

    def _sweep(self) -> None:
        while not self._stopping.wait(_SWEEP_SECONDS):
            self._sessions.forget_idle(_IDLE_SECONDS)

    def stop(self) -> None:
        """Stop everything; called once."""
        self._stopping.set()
        self._server.stop()
        self._inner.stop()
