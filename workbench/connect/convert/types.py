"""DataType messages to PySpark's types and back. Both ways are the client's own, so the two ends cannot differ."""

from __future__ import annotations

import json
from collections.abc import Callable

from pyspark.sql.connect.proto import types_pb2
from pyspark.sql.connect.types import (
    proto_schema_to_pyspark_data_type,
    pyspark_types_to_proto_types,
)
from pyspark.sql.types import DataType, StructType

from workbench.base.errors import AnalysisError

to_proto = pyspark_types_to_proto_types


def from_proto(message: types_pb2.DataType, parse_ddl: Callable[[str], DataType]) -> DataType:
    """Return the type of a message; a type still written as DDL is parsed."""
    kind = message.WhichOneof("kind")
    if kind is None:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="DataType.kind")
    if kind == "unparsed":
        return parse_ddl(message.unparsed.data_type_string)
    return proto_schema_to_pyspark_data_type(message)


def struct_from_json(text: str) -> StructType | None:
    """Return the struct of a JSON text, None when the text is no JSON object (it is DDL then)."""
    if not text.lstrip().startswith("{"):
        return None
    return StructType.fromJson(json.loads(text))
