"""One embedded engine for the tests of this folder, and the raw stub beside PySpark's client."""

from __future__ import annotations

import uuid
from types import SimpleNamespace

import pytest

import workbench as wb


@pytest.fixture(scope="module")
def spark():
    session = wb.session()
    yield session
    from workbench.session import stop

    stop()


@pytest.fixture
def raw(spark):
    """The service without PySpark's client around it: a session of its own on the same server."""
    from pyspark.sql.connect.proto import base_pb2, base_pb2_grpc, relations_pb2

    channel = spark.client._builder.toChannel()
    stub = base_pb2_grpc.SparkConnectServiceStub(channel)
    session_id = str(uuid.uuid4())
    user = base_pb2.UserContext(user_id="raw")

    def request(kind, **fields):
        return kind(session_id=session_id, user_context=user, **fields)

    def range_plan(end, step=1):
        rows = relations_pb2.Range(end=end, step=step)
        return base_pb2.Plan(root=relations_pb2.Relation(range=rows))

    yield SimpleNamespace(
        stub=stub, request=request, range_plan=range_plan, session_id=session_id, pb=base_pb2
    )
    channel.close()


@pytest.fixture
def rate(spark):
    """A started query over the rate source; stopped afterwards."""
    started = []

    def start(name, **options):
        frame = spark.readStream.format("rate").options(rowsPerSecond=1000, **options).load()
        query = frame.writeStream.format("memory").queryName(name).start()
        started.append(query)
        return query

    yield start
    for query in started:
        query.stop()
