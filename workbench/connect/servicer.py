"""The gRPC service: each call finds its handler, and its errors the one map."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import grpc
from grpc_status import rpc_status
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.base.errors import WorkbenchError
from workbench.connect import errors
from workbench.connect.handlers import (
    add_artifacts,
    analyze_plan,
    artifact_status,
    clone_session,
    config,
    execute_plan,
    fetch_error_details,
    get_status,
    interrupt,
    reattach_execute,
    release_execute,
    release_session,
)
from workbench.connect.sessions import Sessions

logger = logging.getLogger(__name__)

SERVICE = "spark.connect.SparkConnectService"


class Rpc(NamedTuple):
    """One RPC: how gRPC shapes it, its request, and the handler ``(sessions, request, context) -> answer``."""

    shape: Callable[..., grpc.RpcMethodHandler]
    request: Any
    handle: Callable[[Sessions, Any, grpc.ServicerContext], Any]


_UNARY = grpc.unary_unary_rpc_method_handler
_STREAM = grpc.unary_stream_rpc_method_handler
_UPLOAD = grpc.stream_unary_rpc_method_handler

RPCS = {
    "ExecutePlan": Rpc(_STREAM, b.ExecutePlanRequest, execute_plan.handle),
    "AnalyzePlan": Rpc(_UNARY, b.AnalyzePlanRequest, analyze_plan.handle),
    "Config": Rpc(_UNARY, b.ConfigRequest, config.handle),
    "AddArtifacts": Rpc(_UPLOAD, b.AddArtifactsRequest, add_artifacts.handle),
    "ArtifactStatus": Rpc(_UNARY, b.ArtifactStatusesRequest, artifact_status.handle),
    "Interrupt": Rpc(_UNARY, b.InterruptRequest, interrupt.handle),
    "ReattachExecute": Rpc(_STREAM, b.ReattachExecuteRequest, reattach_execute.handle),
    "ReleaseExecute": Rpc(_UNARY, b.ReleaseExecuteRequest, release_execute.handle),
    "ReleaseSession": Rpc(_UNARY, b.ReleaseSessionRequest, release_session.handle),
    "FetchErrorDetails": Rpc(_UNARY, b.FetchErrorDetailsRequest, fetch_error_details.handle),
    "CloneSession": Rpc(_UNARY, b.CloneSessionRequest, clone_session.handle),
    "GetStatus": Rpc(_UNARY, b.GetStatusRequest, get_status.handle),
}


def method_handlers(sessions: Sessions) -> dict[str, grpc.RpcMethodHandler]:
    """Return gRPC's handlers of the service, by method name.

    The generated registration would serialize each answer once more; this one lets ready-made bytes pass.
    """
    return {
        name: rpc.shape(
            _guarded_stream(sessions, rpc) if rpc.shape is _STREAM else _guarded(sessions, rpc),
            request_deserializer=rpc.request.FromString,
            response_serializer=_serialize,
        )
        for name, rpc in RPCS.items()
    }


def _serialize(response: Any) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()


def _guarded(sessions: Sessions, rpc: Rpc) -> Callable[[Any, grpc.ServicerContext], Any]:
    def call(request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return rpc.handle(sessions, request, context)
        except BaseException as error:  # noqa: BLE001 - the top of an RPC: whatever happened, the client gets an answer.
            return _abort(sessions, request, context, error)

    return call


def _guarded_stream(
    sessions: Sessions, rpc: Rpc
) -> Callable[[Any, grpc.ServicerContext], Iterator[Any]]:
    def call(request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        try:
            yield from rpc.handle(sessions, request, context)
        except GeneratorExit:
            raise  # the client has gone
        except BaseException as error:  # noqa: BLE001 - the top of an RPC: whatever happened, the client gets an answer.
            _abort(sessions, request, context, error)

    return call


def _abort(
    sessions: Sessions, request: Any, context: grpc.ServicerContext, error: BaseException
) -> None:
    if not isinstance(error, WorkbenchError):
        # The client shows it; printed here it would stand twice in the cell of an embedded engine.
        logger.info("an error without a name", exc_info=error)
    status = errors.to_status(error, _remember(sessions, request, error))
    context.abort_with_status(rpc_status.to_status(status))


def _remember(sessions: Sessions, request: Any, error: BaseException) -> str:
    """Keep the error in its session, where there is one: an upload's request is an iterator and names none."""
    if not hasattr(request, "session_id"):
        return ""
    try:
        session = sessions.find(request.user_context.user_id, request.session_id)
    except errors.InvalidHandle:
        return ""
    return session.remember(error)
