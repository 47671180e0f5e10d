"""A relation's rows as answers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import relations_pb2
from pyspark.sql.types import BooleanType, StructType

from workbench.base.arrow_types import from_field
from workbench.connect.arrow_out import messages, wire_schema
from workbench.connect.client_session import ClientSession
from workbench.connect.convert import literals, types
from workbench.connect.convert.relations import relation
from workbench.connect.operation import Operation
from workbench.engine.plan.expressions import Alias, Literal
from workbench.engine.plan.relations import Project, Relation


def run_relation(
    session: ClientSession, operation: Operation, message: relations_pb2.Relation
) -> None:
    """Run a relation: the answers are its rows, the first with the schema, then the observed metrics."""
    observed: dict[str, pa.Table] = {}
    plan = relation(message, session.context)
    rows = session.engine.execute(plan, observed, operation.cancel)
    if rows.schema.fields:
        answer_rows(session, operation, rows.schema, rows.batches)
    else:
        counted = session.engine.execute(_with_one_column(plan), observed, operation.cancel)
        without = (batch.select([]) for batch in counted.batches)
        answer_rows(session, operation, rows.schema, without)
    if observed:
        operation.answer(b.ExecutePlanResponse(observed_metrics=_metrics(observed)))


def _with_one_column(plan: Relation) -> Relation:
    """Rows of no columns can still be counted (``df.isEmpty`` does): a constant beside them keeps their number."""
    return Project(plan, (Alias(Literal(True, BooleanType()), ("_",)),))


def answer_rows(
    session: ClientSession, operation: Operation, schema: StructType, batches: Any
) -> None:
    """Answer rows; schema and first batch travel together, for a small result is one message."""
    zone = session.engine.conf.find("spark.sql.session.timeZone") or "UTC"
    head = [b.ExecutePlanResponse(schema=types.to_proto(schema)).SerializeToString()]
    for pieces in messages(batches, wire_schema(schema, zone)):
        operation.answer_parts([*head, *pieces])
        head = []


def _metrics(observed: dict[str, pa.Table]) -> list[b.ExecutePlanResponse.ObservedMetrics]:
    return [_metric(name, table) for name, table in observed.items()]


def _metric(name: str, table: pa.Table) -> b.ExecutePlanResponse.ObservedMetrics:
    (row,) = table.to_pylist()
    fields = [from_field(field) for field in table.schema]
    return b.ExecutePlanResponse.ObservedMetrics(
        name=name,
        keys=[field.name for field in fields],
        values=[literals.to_proto(row[field.name], field.dataType) for field in fields],
    )
