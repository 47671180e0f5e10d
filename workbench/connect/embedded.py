"""The engine behind a private socket in this process."""

from __future__ import annotations

from workbench.connect.client_session import ClientSession
from workbench.connect.inner_client import attach
from workbench.connect.server import Server
from workbench.connect.sessions import Sessions
from workbench.engine.kernel.unpickling import share_notebook
from workbench.engine.session import EngineSession


def start() -> tuple[Server, str]:
    """Start a server only this user can reach; return it and its address."""

    def on_open(session: ClientSession) -> None:
        attach(session, address)

    share_notebook()
    server = Server(Sessions(EngineSession, on_open))  # type: ignore[arg-type]
    address = server.listen_privately()
    server.start()
    return server, address
