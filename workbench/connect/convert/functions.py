"""A user's functions as messages, to the plan's :class:`PythonFunction`."""

from __future__ import annotations

from pyspark.sql.connect.proto import commands_pb2, expressions_pb2, relations_pb2
from pyspark.sql.types import NullType

from workbench.base.errors import Unsupported
from workbench.connect.convert import types
from workbench.connect.convert.context import Context
from workbench.engine.plan.python_function import PythonFunction


def python_function(
    message: expressions_pb2.CommonInlineUserDefinedFunction, context: Context
) -> PythonFunction:
    """Return the function of an inline call; one written in Scala or Java is refused."""
    kind = message.WhichOneof("function")
    if kind != "python_udf":
        raise Unsupported("UNSUPPORTED_FEATURE.JVM_FUNCTION", name=message.function_name, kind=kind)
    udf = message.python_udf
    return PythonFunction(
        name=message.function_name,
        eval_type=udf.eval_type,
        command=udf.command,
        return_type=types.from_proto(udf.output_type, context.parse_ddl),
        deterministic=message.deterministic,
    )


def table_function(
    message: relations_pb2.CommonInlineUserDefinedTableFunction, context: Context
) -> PythonFunction:
    """Return the class of a Python table function; its return type stays NullType when ``analyze`` decides."""
    udtf = message.python_udtf
    declared = udtf.HasField("return_type")
    return PythonFunction(
        name=message.function_name,
        eval_type=udtf.eval_type,
        command=udtf.command,
        return_type=types.from_proto(udtf.return_type, context.parse_ddl)
        if declared
        else NullType(),
        deterministic=message.deterministic,
    )


def foreach_function(message: commands_pb2.StreamingForeachFunction, name: str) -> PythonFunction:
    """Return the function of ``foreach`` or ``foreachBatch``; it returns nothing, so its type is NullType."""
    if message.WhichOneof("function") != "python_function":
        raise Unsupported("UNSUPPORTED_FEATURE.JVM_FUNCTION", name=name, kind="scala_function")
    function = message.python_function
    return PythonFunction(name, function.eval_type, function.command, NullType())
