"""Spark ML's commands. Only the clean-up every client sends when it exits is answered."""

from __future__ import annotations

from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b

from workbench.base.errors import Unsupported
from workbench.connect.client_session import ClientSession
from workbench.connect.operation import Operation

_CLEAN_UP = frozenset({"clean_cache", "delete", "get_cache_info"})


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Answer that nothing was cached, for nothing can be."""
    kind = message.WhichOneof("command")
    if kind not in _CLEAN_UP:
        reason = "Spark ML is not part of this engine."
        raise Unsupported("UNSUPPORTED_FEATURE.CONNECT_COMMAND", name="ml_command", reason=reason)
    response = b.ExecutePlanResponse()
    response.ml_command_result.SetInParent()
    operation.answer(response)
