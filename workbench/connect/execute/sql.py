"""``spark.sql``: a command runs at once, a query when its rows are asked for."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import relations_pb2

from workbench.base.arrow_types import spark_schema
from workbench.connect.client_session import ClientSession
from workbench.connect.convert.relations import relation
from workbench.connect.operation import Operation


def run(session: ClientSession, operation: Operation, message: Any) -> None:
    """Answer the relation whose rows are the text's. A query is understood now, so that its errors come now."""
    given = message.input if message.HasField("input") else _from_fields(message)
    plan = relation(given, session.context)
    result = session.engine.run_sql(plan, operation.cancel)
    if result.table is None:
        session.engine.analyze(plan)
    answer = given if result.table is None else local_relation(result.table)
    command_result = b.ExecutePlanResponse.SqlCommandResult(relation=answer)
    operation.answer(b.ExecutePlanResponse(sql_command_result=command_result))


def _from_fields(message: Any) -> relations_pb2.Relation:
    """Clients before 3.5 put the text and its arguments into the command itself."""
    query = relations_pb2.SQL(
        query=message.sql,
        args=message.args,
        pos_args=message.pos_args,
        named_arguments=message.named_arguments,
        pos_arguments=message.pos_arguments,
    )
    return relations_pb2.Relation(sql=query)


def local_relation(table: pa.Table) -> relations_pb2.Relation:
    """Return a relation that holds a command's answer."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    local = relations_pb2.LocalRelation(
        data=sink.getvalue().to_pybytes(), schema=spark_schema(table.schema).json()
    )
    return relations_pb2.Relation(local_relation=local)
