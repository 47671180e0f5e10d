"""The server: the service on a private Unix-domain socket, or on a TCP port behind a token."""

from __future__ import annotations

import hmac
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
from grpc_status import rpc_status

from workbench.base.errors import IllegalState
from workbench.connect import errors
from workbench.connect.daemon_pool import DaemonPool
from workbench.connect.servicer import SERVICE, method_handlers
from workbench.connect.sessions import Sessions

_MAX_MESSAGE_BYTES = 128 << 20

# Both ends: large frames and a large window, for a result is one long stream over a local socket.
OPTIONS: Sequence[tuple[str, Any]] = (
    ("grpc.max_send_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.http2.max_frame_size", (1 << 24) - 1),
    ("grpc.http2.lookahead_bytes", 32 << 20),
    ("grpc.so_reuseport", 0),
)


class TokenGate(grpc.ServerInterceptor):  # type: ignore[misc]
    """Refuses every call without the server's bearer token, compared in constant time."""

    def __init__(self, token: str) -> None:
        self._expected = f"Bearer {token}".encode()
        status = errors.to_status(errors.Unauthenticated("AUTHENTICATION_FAILED"), "")

        def refuse(request: Any, context: grpc.ServicerContext) -> None:
            context.abort_with_status(rpc_status.to_status(status))

        self._refusal = grpc.stream_stream_rpc_method_handler(refuse)

    def intercept_service(
        self, continuation: Callable[..., Any], call: grpc.HandlerCallDetails
    ) -> Any:
        """Pass the call on when its ``authorization`` is right."""
        given = dict(call.invocation_metadata).get("authorization", "")
        if hmac.compare_digest(given.encode(), self._expected):
            return continuation(call)
        return self._refusal


class Server:
    """A gRPC server over some sessions. Start and stop it once, from any thread.

    Parameters
    ----------
    sessions : Sessions
        What it serves; stopping the server closes them.
    token : str, optional
        What callers must show; None only where the socket itself is private.
    """

    def __init__(self, sessions: Sessions, token: str | None = None) -> None:
        self.sessions = sessions
        self._server = grpc.server(
            DaemonPool(),  # type: ignore[arg-type]
            interceptors=[TokenGate(token)] if token else [],
            options=OPTIONS,
        )
        handlers = method_handlers(sessions)
        self._server.add_registered_method_handlers(SERVICE, handlers)
        self._server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler(SERVICE, handlers),)
        )
        self._directory: Path | None = None
        self._owner = os.getpid()

    def listen_privately(self) -> str:
        """Listen on a socket only this user can open, and return its address."""
        self._directory = Path(tempfile.mkdtemp(prefix="workbench-"))
        path = self._directory / "connect.sock"
        address = f"unix:{path}"
        self._server.add_insecure_port(address)
        path.chmod(0o600)
        return address

    def listen(self, host: str, port: int, credentials: grpc.ServerCredentials) -> int:
        """Listen on a TCP port (0: any free one) and return it."""
        bound = self._server.add_secure_port(f"{host}:{port}", credentials)
        if not bound:
            raise IllegalState("SERVER_PORT_TAKEN", host=host, port=port)
        return int(bound)

    def start(self) -> None:
        """Serve."""
        self._server.start()

    def wait(self) -> None:
        """Return when the server has stopped."""
        self._server.wait_for_termination()

    def end_listener_streams(self) -> None:
        """Let every listener stream end, so that clients' threads that read them can."""
        for session in self.sessions.all():
            session.end_listener_buses()

    def stop(self) -> None:
        """Remove the socket, close every session, then the server. In a forked child: nothing, it is the parent's."""
        if os.getpid() != self._owner:
            return
        self.remove_socket()
        self.sessions.close()
        self._server.stop(grace=0.5).wait()

    def remove_socket(self) -> None:
        """Let nobody else connect; who is connected stays so."""
        if self._directory is not None and os.getpid() == self._owner:
            shutil.rmtree(self._directory, ignore_errors=True)
