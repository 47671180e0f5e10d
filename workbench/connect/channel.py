"""How PySpark's client reaches a server in its own process."""

from __future__ import annotations

import grpc
from pyspark.sql.connect.client import DefaultChannelBuilder

from workbench.connect.lane import LaneInterceptor
from workbench.connect.server import OPTIONS


class PrivateChannelBuilder(DefaultChannelBuilder):  # type: ignore[misc]
    """Opens the Unix-domain socket at ``address``; everything else is the official builder's.

    Parameters
    ----------
    address : str
        ``unix:<path>``.
    user_id, session_id : str, optional
        Names the session; without an id the client makes one.
    """

    def __init__(
        self, address: str, user_id: str = "workbench", session_id: str | None = None
    ) -> None:
        super().__init__("sc://localhost", list(OPTIONS))
        self._address = address
        self.add_interceptor(LaneInterceptor())
        self.set(self.PARAM_USER_ID, user_id)
        if session_id is not None:
            self.set(self.PARAM_SESSION_ID, session_id)

    @property
    def endpoint(self) -> str:
        """The socket."""
        return self._address

    @property
    def secure(self) -> bool:
        """No token and no TLS: only this user can open the socket."""
        return False

    def toChannel(self) -> grpc.Channel:  # noqa: N802
        """Return a channel of its own: shared ones would keep a stopped server's socket."""
        self.setChannelOption("grpc.use_local_subchannel_pool", 1)
        return self._insecure_channel(self._address)
