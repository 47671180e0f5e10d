"""The message inside a ``Plan``, unpacked."""

from __future__ import annotations

from typing import Any

import zstandard
from google.protobuf.message import DecodeError
from pyspark.sql.connect.proto import base_pb2, commands_pb2, relations_pb2

from workbench.base.errors import AnalysisError

_KINDS: dict[int, Any] = {1: relations_pb2.Relation, 2: commands_pb2.Command}
# A small message that says it unpacks to more than this is an attack or a mistake.
_MAX_UNPACKED_BYTES = 1 << 31


def unpack(plan: base_pb2.Plan) -> Any:
    """Return the relation or command of a plan, decompressed where the client compressed it."""
    kind = plan.WhichOneof("op_type")
    if kind is None:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Plan.op_type")
    if kind == "compressed_operation":
        return _decompress(plan.compressed_operation)
    return getattr(plan, kind)


def relation_of(plan: base_pb2.Plan) -> relations_pb2.Relation:
    """Return the relation of a plan that must be one."""
    message = unpack(plan)
    if not isinstance(message, relations_pb2.Relation):
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Plan.root")
    return message


def _decompress(operation: base_pb2.Plan.CompressedOperation) -> Any:
    is_zstd = operation.compression_codec == base_pb2.COMPRESSION_CODEC_ZSTD
    if not is_zstd or operation.op_type not in _KINDS:
        reason = "its compression or its content is of no known kind"
        raise AnalysisError("CONNECT_INVALID_PLAN.CANNOT_PARSE", reason=reason)
    try:
        data = zstandard.ZstdDecompressor().decompress(operation.data, _MAX_UNPACKED_BYTES)
        return _KINDS[operation.op_type].FromString(data)
    except (zstandard.ZstdError, DecodeError) as error:
        raise AnalysisError("CONNECT_INVALID_PLAN.CANNOT_PARSE", reason=error) from error
