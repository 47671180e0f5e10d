"""Command messages to plan commands: those that change something and answer with rows at most.

Commands that are about the connection or a running stream have handlers of their own (``connect/handlers``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.convert.context import Context
from workbench.connect.convert.expressions import expressions
from workbench.connect.convert.functions import foreach_function, python_function, table_function
from workbench.connect.convert.names import parse_name
from workbench.connect.convert.relations import relation
from workbench.engine.plan import commands as c
from workbench.engine.plan import expressions as e
from workbench.engine.plan import relations as r

_SAVE_MODES = {0: "error", 1: "append", 2: "overwrite", 3: "error", 4: "ignore"}
_V2_MODES = {
    1: "create",
    2: "overwrite",
    3: "overwrite_partitions",
    4: "append",
    5: "replace",
    6: "create_or_replace",
}
# trigger's oneof: its field, and what Spark calls the trigger. The default trigger is a processing time of 0.
_TRIGGERS = {
    "processing_time_interval": "processingTime",
    "available_now": "availableNow",
    "once": "once",
    "continuous_checkpoint_interval": "continuous",
    "real_time_batch_duration": "realTime",
}


def _register_function(message: Any, context: Context) -> c.Command:
    return c.RegisterFunction(message.function_name, python_function(message, context))


def _register_table_function(message: Any, context: Context) -> c.Command:
    declared = message.python_udtf.HasField("return_type")
    function = table_function(message, context)
    return c.RegisterTableFunction(
        message.function_name,
        r.PythonTableFunction(function, (), function.return_type if declared else None),
    )


def _register_data_source(message: Any, context: Context) -> c.Command:
    return c.RegisterDataSource(message.name, message.python_data_source.command)


def _create_view(message: Any, context: Context) -> c.Command:
    child = relation(message.input, context)
    return c.CreateView(child, message.name, message.is_global, message.replace)


def _write(message: Any, context: Context) -> c.Command:
    if message.bucket_by.num_buckets:
        raise Unsupported("UNSUPPORTED_FEATURE.BUCKET_BY")
    to_table = message.WhichOneof("save_type") == "table"
    return c.Write(
        child=relation(message.input, context),
        format=message.source if message.HasField("source") else None,
        mode=_SAVE_MODES[message.mode],
        path=message.path if message.HasField("path") else None,
        table=parse_name(message.table.table_name) if to_table else None,
        insert_into=to_table and message.table.save_method == 2,
        partition_by=tuple(message.partitioning_columns),
        sort_by=tuple(message.sort_column_names),
        options=dict(message.options),
    )


def _write_v2(message: Any, context: Context) -> c.Command:
    if message.mode not in _V2_MODES:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="WriteOperationV2.mode")
    if message.HasField("overwrite_condition") and not _is_true(
        message.overwrite_condition, context
    ):
        raise Unsupported("UNSUPPORTED_FEATURE.OVERWRITE_BY_CONDITION")
    partitioning = expressions(message.partitioning_columns, context)
    if not all(isinstance(one, e.Name) for one in partitioning):
        raise Unsupported("UNSUPPORTED_FEATURE.PARTITION_TRANSFORM")
    return c.Write(
        child=relation(message.input, context),
        format=message.provider if message.HasField("provider") else None,
        mode=_V2_MODES[message.mode],
        table=parse_name(message.table_name),
        partition_by=tuple(".".join(one.parts) for one in partitioning if isinstance(one, e.Name)),
        options={**message.table_properties, **message.options},
    )


def _is_true(message: Any, context: Context) -> bool:
    (condition,) = expressions([message], context)
    return isinstance(condition, e.Literal) and condition.value is True


def start_stream(message: Any, context: Context) -> c.StartStream:
    """Return the command of ``writeStream….start()``."""
    batch, row = message.HasField("foreach_batch"), message.HasField("foreach_writer")
    return c.StartStream(
        child=relation(message.input, context),
        format=message.format,
        options=dict(message.options),
        output_mode=message.output_mode or "append",
        trigger=_trigger(message),
        query_name=message.query_name,
        path=message.path,
        table=message.table_name,
        partition_by=tuple(message.partitioning_column_names),
        foreach=foreach_function(message.foreach_writer, "foreach") if row else None,
        foreach_batch=foreach_function(message.foreach_batch, "foreachBatch") if batch else None,
    )


def _trigger(message: Any) -> tuple[str, str]:
    field = message.WhichOneof("trigger")
    if field is None:
        return ("processingTime", "0 seconds")
    value = getattr(message, field)
    return (_TRIGGERS[field], value if isinstance(value, str) else "")


COMMANDS: dict[str, Callable[[Any, Context], c.Command]] = {
    "register_function": _register_function,
    "register_table_function": _register_table_function,
    "register_data_source": _register_data_source,
    "create_dataframe_view": _create_view,
    "write_operation": _write,
    "write_operation_v2": _write_v2,
}
"""Commands the engine runs in one go."""

UNSUPPORTED: dict[str, str] = {
    "merge_into_table_command": "No format here keeps enough about its rows to merge.",
    "execute_external_command": "There is no external system to run it in.",
    "pipeline_command": "Declarative pipelines are not part of this engine.",
}
