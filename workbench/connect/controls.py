"""Controls only this engine has, for a query PySpark's client holds. Another server answers with the reason it has none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pyspark.sql.connect.dataframe import DataFrame
from pyspark.sql.connect.plan import LogicalPlan
from pyspark.sql.connect.proto import commands_pb2, relations_pb2

from workbench.connect.extension_pb2 import QueryControl, QueryPeek

if TYPE_CHECKING:
    import pandas as pd
    from pyspark.sql.connect.client import SparkConnectClient
    from pyspark.sql.connect.streaming.query import StreamingQuery


def pause(query: StreamingQuery) -> dict[str, Any]:
    """Start no further batch; the one under way ends. Return the query as :func:`look` shows it."""
    return _send(query, pause=QueryControl.Pause())


def resume(query: StreamingQuery) -> dict[str, Any]:
    """Go on as the trigger says."""
    return _send(query, resume=QueryControl.Resume())


def step(query: StreamingQuery, batches: int = 1) -> dict[str, Any]:
    """Pause, run some triggers, and return when they are done."""
    return _send(query, step=QueryControl.Step(batches=batches))


def tune(query: StreamingQuery, **settings: Any) -> dict[str, Any]:
    """Change settings of a running query from its next batch on."""
    return _send(query, tune=QueryControl.Tune(settings=_texts(settings)))


def rewind(query: StreamingQuery, batch_id: int) -> dict[str, Any]:
    """Go back to the state after an earlier batch."""
    return _send(query, rewind=QueryControl.Rewind(batch_id=batch_id))


def plan(query: StreamingQuery) -> list[dict[str, Any]]:
    """Return the plan as a graph with live figures: one dict a node, each behind those named in its ``inputs``."""
    nodes: list[dict[str, Any]] = _rows(query, plan=QueryControl.Plan()).to_dict("records")
    return nodes


def restart(query: StreamingQuery, **settings: Any) -> dict[str, Any]:
    """Stop, change what only a restart can (``watermark``), start again from the checkpoint; the handle follows the new run."""
    row = _send(query, restart=QueryControl.Restart(settings=_texts(settings)))
    query._run_id = row["run_id"]  # noqa: SLF001 - the same query goes on, and its users hold this handle.
    return row


def fork(query: StreamingQuery, name: str, **settings: Any) -> StreamingQuery:
    """Start the query once more on a copy of its checkpoint, into a table ``name``; return the new query."""
    row = _send(query, fork=QueryControl.Fork(name=name, settings=_texts(settings)))
    return type(query)(query._session, row["id"], row["run_id"], row["name"])  # noqa: SLF001 - PySpark has no public way.


def look(query: StreamingQuery) -> dict[str, Any]:
    """Return a query as it stands: its ids, name, state and message, ``checkpoint``, ``output_mode`` and ``settings``."""
    return _send(query, look=QueryControl.Look())


def peek(query: StreamingQuery, node: str = "", rows: int = 20) -> DataFrame:
    """Return the newest rows that passed a node of a running query's plan, "" for its output; each action looks anew."""
    message = QueryPeek(query_id=query.id, run_id=query.runId, node=node, rows=rows)
    return DataFrame(_Peek(message), query._session)  # noqa: SLF001 - PySpark has no public way to it.


def _texts(settings: dict[str, Any]) -> dict[str, str]:
    return {key: json.dumps(value) for key, value in settings.items()}


def _send(query: StreamingQuery, **action: Any) -> dict[str, Any]:
    return dict(_rows(query, **action).iloc[0])


def _rows(query: StreamingQuery, **action: Any) -> pd.DataFrame:
    control = QueryControl(query_id=query.id, run_id=query.runId, **action)
    command = commands_pb2.Command()
    command.extension.Pack(control)
    rows, _, _ = query._session.client.execute_command(command)  # noqa: SLF001 - PySpark has no public way to it.
    return rows


class _Peek(LogicalPlan):  # type: ignore[misc]
    """A look at a query's rows as a plan of PySpark's client."""

    def __init__(self, message: QueryPeek) -> None:
        super().__init__(None)
        self._message = message

    def plan(self, session: SparkConnectClient) -> relations_pb2.Relation:
        """Return the relation, the message inside as an extension."""
        relation = self._create_proto_relation()
        relation.extension.Pack(self._message)
        return relation
