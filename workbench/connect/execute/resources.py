"""Resource profiles: there is one machine and nothing to place, so they are taken and mean nothing."""

from __future__ import annotations

from typing import Any

from pyspark.sql.connect.proto import base_pb2 as b
from pyspark.sql.connect.proto import commands_pb2 as c

from workbench.connect.client_session import ClientSession
from workbench.connect.operation import Operation


def get(session: ClientSession, operation: Operation, message: Any) -> None:
    """Answer no resources."""
    result = c.GetResourcesCommandResult()
    operation.answer(b.ExecutePlanResponse(get_resources_command_result=result))


def create_profile(session: ClientSession, operation: Operation, message: Any) -> None:
    """Answer the id of Spark's default profile."""
    result = c.CreateResourceProfileCommandResult(profile_id=0)
    operation.answer(b.ExecutePlanResponse(create_resource_profile_command_result=result))
