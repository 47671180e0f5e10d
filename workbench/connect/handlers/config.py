"""``Config``: session configuration, read and written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from pyspark.sql.connect.proto import base_pb2 as b

from workbench.base.errors import AnalysisError, WorkbenchError
from workbench.connect.client_conf import CLIENT_DEFAULTS
from workbench.connect.client_session import ClientSession
from workbench.connect.errors import ConfNotFound
from workbench.connect.handlers.session_of import session_of
from workbench.connect.sessions import Sessions

Pairs = list[tuple[str, str | None]]


def handle(
    sessions: Sessions, request: b.ConfigRequest, context: grpc.ServicerContext
) -> b.ConfigResponse:
    """Answer the pairs asked for."""
    session = session_of(sessions, request)
    kind = request.operation.WhichOneof("op_type")
    if kind not in OPERATIONS:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="ConfigRequest.operation")
    response = b.ConfigResponse(
        session_id=request.session_id, server_side_session_id=session.server_id
    )
    for key, value in OPERATIONS[kind](session, getattr(request.operation, kind)):
        response.pairs.add(key=key, value=value)
    return response


def find(session: ClientSession, key: str) -> str | None:
    """Return a key's value, else what the client counts on, else None."""
    value = session.engine.conf.find(key)
    return CLIENT_DEFAULTS.get(key) if value is None else value


def _known(session: ClientSession, key: str) -> str:
    value = find(session, key)
    if value is None:
        raise ConfNotFound("SQL_CONF_NOT_FOUND", sqlConf=f'"{key}"')
    return value


def _set(session: ClientSession, operation: Any) -> Pairs:
    for pair in operation.pairs:
        try:
            session.engine.conf.set(pair.key, pair.value)
        except WorkbenchError:
            # A builder's options are set silently: some of them may be fixed by now.
            if not operation.silent:
                raise
    return []


def _get(session: ClientSession, operation: Any) -> Pairs:
    return [(key, _known(session, key)) for key in operation.keys]


def _get_with_default(session: ClientSession, operation: Any) -> Pairs:
    pairs: Pairs = []
    for pair in operation.pairs:
        value = find(session, pair.key)
        default = pair.value if pair.HasField("value") else None
        pairs.append((pair.key, default if value is None else value))
    return pairs


def _get_option(session: ClientSession, operation: Any) -> Pairs:
    return [(key, find(session, key)) for key in operation.keys]


def _get_all(session: ClientSession, operation: Any) -> Pairs:
    prefix = operation.prefix
    everything = {**CLIENT_DEFAULTS, **session.engine.conf.all()}
    keys = sorted(key for key in everything if key.startswith(prefix))
    return [(key.removeprefix(prefix), everything[key]) for key in keys]


def _unset(session: ClientSession, operation: Any) -> Pairs:
    for key in operation.keys:
        session.engine.conf.unset(key)
    return []


def _is_modifiable(session: ClientSession, operation: Any) -> Pairs:
    conf = session.engine.conf
    return [(key, str(conf.is_modifiable(key)).lower()) for key in operation.keys]


OPERATIONS: dict[str, Callable[[ClientSession, Any], Pairs]] = {
    "set": _set,
    "get": _get,
    "get_with_default": _get_with_default,
    "get_option": _get_option,
    "get_all": _get_all,
    "unset": _unset,
    "is_modifiable": _is_modifiable,
}
