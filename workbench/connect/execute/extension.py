"""Controls only this engine has, from ``extension.proto``: pause, step, tune, restart, fork, and how the query is."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
from google.protobuf import any_pb2

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import Unsupported
from workbench.connect.client_session import ClientSession, query_method
from workbench.connect.execute.rows import answer_rows
from workbench.connect.extension_pb2 import QueryControl
from workbench.connect.operation import Operation

_NODES = pa.schema(
    [(name, pa.string()) for name in ("node", "kind", "title", "detail")]
    + [("inputs", pa.list_(pa.string()))]
    + [
        (name, pa.float64())
        for name in ("rows", "rows_per_second", "ms", "share", "state_rows", "state_bytes")
    ]
)


def run(session: ClientSession, operation: Operation, message: any_pb2.Any) -> None:
    """Carry out one control and answer one row about the query; about its plan, one row a node."""
    control = QueryControl()
    if not message.Unpack(control):
        reason = f"This server does not know the extension {message.type_url}."
        raise Unsupported("UNSUPPORTED_FEATURE.CONNECT_COMMAND", name="extension", reason=reason)
    query = session.query(control.query_id, control.run_id)
    kind = control.WhichOneof("action") or "look"
    action = getattr(control, kind)
    if kind in STARTS:
        table = _row(STARTS[kind](session, query, action))
    else:
        ACTIONS[kind](query, action)
        table = _nodes(query) if kind == "plan" else _row(query)
    answer_rows(session, operation, spark_schema(table.schema), table.to_batches())


def _row(query: Any) -> pa.Table:
    row = {
        "id": query.id,
        "run_id": query.run_id,
        "name": query.name,
        "is_active": query.is_active,
        "is_paused": bool(getattr(query, "is_paused", False)),
        "message": query.status.message,
        "checkpoint": getattr(query, "checkpoint_location", ""),
        "output_mode": getattr(query, "output_mode", ""),
        "settings": json.dumps(getattr(query, "settings", {})),
    }
    texts, flags = pa.string(), pa.bool_()
    schema = pa.schema([(name, flags if name.startswith("is_") else texts) for name in row])
    return pa.Table.from_pylist([row], schema=schema)


ACTIONS: dict[str, Callable[[Any, Any], Any]] = {
    "pause": lambda query, action: query_method(query, "pause")(),
    "resume": lambda query, action: query_method(query, "resume")(),
    "step": lambda query, action: query_method(query, "step")(action.batches or 1),
    "tune": lambda query, action: query_method(query, "tune")(**_settings(action)),
    "rewind": lambda query, action: query_method(query, "rewind")(action.batch_id),
    "look": lambda query, action: None,
    "plan": lambda query, action: query_method(query, "nodes"),
}
STARTS: dict[str, Callable[[ClientSession, Any, Any], Any]] = {
    "restart": lambda session, query, action: session.engine.streams.restart(
        query, _settings(action)
    ),
    "fork": lambda session, query, action: session.engine.fork(
        query, action.name, _settings(action)
    ),
}
"""Actions whose answer is about another run than they were asked of."""


def _nodes(query: Any) -> pa.Table:
    return pa.Table.from_pylist(query_method(query, "nodes")(), schema=_NODES)


def _settings(action: Any) -> dict[str, Any]:
    return {key: json.loads(value) for key, value in action.settings.items()}
