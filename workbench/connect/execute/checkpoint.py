"""``df.checkpoint`` and ``df.localCheckpoint``: rows kept by the server under an id."""

from __future__ import annotations

import uuid
from typing import Any

import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import relations_pb2

from workbench.base.arrow_types import arrow_schema
from workbench.connect.arrow_out import with_schema
from workbench.connect.client_session import ClientSession
from workbench.connect.convert.relations import relation
from workbench.connect.operation import Operation
from workbench.engine.plan.relations import LocalData


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Keep the relation's rows (lazily: its plan) and answer their id."""
    plan = relation(message.relation, session.context)
    if message.eager:
        rows = session.engine.execute(plan, {}, operation.cancel)
        schema = arrow_schema(rows.schema)
        batches = (with_schema(batch, schema) for batch in rows.batches)
        table = pa.Table.from_batches(batches, schema)
        plan = LocalData(table, rows.schema)
    relation_id = str(uuid.uuid4())
    session.engine.cached[relation_id] = plan
    kept = relations_pb2.CachedRemoteRelation(relation_id=relation_id)
    result = b.CheckpointCommandResult(relation=kept)
    operation.answer(b.ExecutePlanResponse(checkpoint_command_result=result))


def remove(session: ClientSession, operation: Operation, message: Any) -> None:
    """Forget what was kept; the client says so when its frame is gone."""
    session.engine.cached.pop(message.relation.relation_id, None)
