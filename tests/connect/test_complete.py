"""Nothing a client can send is met by silence: every member of every oneof is handled or named as unsupported."""

from __future__ import annotations

import pytest
from pyspark.sql.connect.proto import (
    base_pb2,
    catalog_pb2,
    commands_pb2,
    expressions_pb2,
    relations_pb2,
    types_pb2,
)

from workbench.connect.convert import commands, expressions, literals, relations
from workbench.connect.execute import commands as executed
from workbench.connect.execute import extension, streaming_manager, streaming_query
from workbench.connect.extension_pb2 import QueryControl
from workbench.connect.handlers import analyze_plan, config
from workbench.connect.servicer import RPCS


def members(message, oneof):
    return {field.name for field in message.DESCRIPTOR.oneofs_by_name[oneof].fields}


INNER_TYPES = {"array": ["element_type"], "map": ["key_type", "value_type"]}

TABLES = {
    "relations": (
        members(relations_pb2.Relation, "rel_type"),
        [relations.RELATIONS, relations.UNSUPPORTED],
    ),
    "expressions": (
        members(expressions_pb2.Expression, "expr_type"),
        [expressions.EXPRESSIONS, expressions.UNSUPPORTED],
    ),
    "literals": (
        members(expressions_pb2.Expression.Literal, "literal_type"),
        [literals.HANDLED],
    ),
    "commands": (
        members(commands_pb2.Command, "command_type"),
        [commands.COMMANDS, executed.COMMANDS, commands.UNSUPPORTED],
    ),
    "questions": (members(base_pb2.AnalyzePlanRequest, "analyze"), [analyze_plan.QUESTIONS]),
    "configuration": (
        members(base_pb2.ConfigRequest.Operation, "op_type"),
        [config.OPERATIONS],
    ),
    "calls on a query": (
        members(commands_pb2.StreamingQueryCommand, "command"),
        [streaming_query.CALLS],
    ),
    "calls on the manager": (
        members(commands_pb2.StreamingQueryManagerCommand, "command"),
        [streaming_manager.CALLS, streaming_manager.SERVER_SIDE_LISTENERS],
    ),
    "controls": (members(QueryControl, "action"), [extension.ACTIONS, extension.STARTS]),
    "rpcs": (
        {
            method.name
            for method in base_pb2.DESCRIPTOR.services_by_name["SparkConnectService"].methods
        },
        [RPCS],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_every_member_stands_in_exactly_one_table(name):
    wanted, tables = TABLES[name]
    rows = [row for table in tables for row in table]
    assert sorted(rows) == sorted(set(rows)), "a member stands in two tables"
    assert set(rows) == wanted


def test_every_catalog_call_can_be_converted(spark):
    from workbench.connect.convert.catalog import catalog

    for kind in members(catalog_pb2.Catalog, "cat_type"):
        message = catalog_pb2.Catalog()
        getattr(message, kind).SetInParent()
        assert catalog(message, None).kind == kind


def test_every_type_message_has_a_pyspark_type():
    from workbench.connect.convert import types

    for kind in members(types_pb2.DataType, "kind") - {"udt", "unparsed"}:
        message = types_pb2.DataType()
        getattr(message, kind).SetInParent()
        for inner in INNER_TYPES.get(kind, ()):
            getattr(getattr(message, kind), inner).integer.SetInParent()
        if kind in {"geometry", "geography"}:
            getattr(message, kind).srid = 4326
        assert types.from_proto(message, None) is not None
