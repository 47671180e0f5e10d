"""``writeStream…start()``: from the command to a running query."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.errors import AnalysisError
from workbench.engine.analysis.streaming_rules import check_stream
from workbench.engine.catalog.names import parse_name
from workbench.engine.connectors.foreach_batch import ForeachBatchSink
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.connectors.options import Options
from workbench.engine.foreach_work import ForeachInSession
from workbench.engine.kernel.python_functions import load, user_error
from workbench.engine.streaming.definition import StreamDefinition
from workbench.engine.streaming.triggers import parse_trigger

if TYPE_CHECKING:
    from pyspark.sql.types import StructType

    from workbench.engine.connectors.contract import Sink, SinkContext, Source, SourceContext
    from workbench.engine.plan import operators as o
    from workbench.engine.plan.commands import StartStream
    from workbench.engine.plan.operators import StreamScan
    from workbench.engine.plan.python_function import PythonFunction
    from workbench.engine.session import EngineSession
    from workbench.engine.streaming.query import StreamingQuery

_MODES = ("append", "update", "complete")
_CHECKPOINT = "checkpointLocation"
_CHECKPOINT_CONF = "spark.sql.streaming.checkpointLocation"
_PARTITIONS = "statePartitions"
"""Writer option: how many parts state has from this start on; the session's setting counts at the first start only."""
_FORGETFUL = ("memory", "console", "noop", "foreach", "foreachbatch")
"""Sinks that may run on a temporary checkpoint."""


def start_stream(session: EngineSession, command: StartStream) -> StreamingQuery:
    """Start a query.

    Raises
    ------
    AnalysisError
        The query cannot stream, the sink does not take the output mode, or no checkpoint is named where one is needed.
    IllegalArgument
        A bad trigger, or a name in use.
    """
    plan = session.understand(command.child).operator
    mode = _mode(command.output_mode)
    options = Options({**command.options, **({"path": command.path} if command.path else {})})
    format_name = _format(session, command)
    if command.table:
        format_name, options = _table(session, command, plan, options)
    check_stream(plan, mode)
    open_sink = _sink(session, command, format_name, options, mode, plan)
    definition = StreamDefinition(
        plan=session.kept.use(plan),
        kernel=session.kernel,
        open_sink=open_sink,
        output_mode=mode,
        trigger=parse_trigger(*command.trigger),
        name=command.query_name or None,
        checkpoint=_checkpoint(session, command, format_name, options),
        recovers=_recovers(format_name, mode, options),
        conf=session.conf.find,
        open_source=partial(_open_source, session),
        state_partitions=options.positive(_PARTITIONS),
    )
    return session.streams.start(definition)


def _recovers(format_name: str, mode: str, options: Options) -> bool:
    """Whether a query may go on from a checkpoint; a table in memory is told to, by an option that Spark does not read."""
    if format_name == "memory" and options.flag("recover"):
        return True
    return format_name not in ("memory", "console") or mode == "complete"


def _open_source(session: EngineSession, scan: StreamScan, context: SourceContext) -> Source:
    return session.connector(scan.format).source(scan.options, scan.schema, context)


def _mode(mode: str) -> str:
    chosen = (mode or "append").lower()
    if chosen not in _MODES:
        raise AnalysisError("STREAMING_OUTPUT_MODE.INVALID", outputMode=mode)
    return chosen


def _format(session: EngineSession, command: StartStream) -> str:
    if command.foreach is not None:
        return "foreach"
    if command.foreach_batch is not None:
        return "foreachbatch"
    return (command.format or session.conf("spark.sql.sources.default")).lower()


def _table(
    session: EngineSession, command: StartStream, plan: o.Operator, options: Options
) -> tuple[str, Options]:
    """``toTable``: the table's own format and folder, made when it is not there."""
    schema, parts = session.schema_of(plan), parse_name(command.table)
    table = session.tables.storage.sink(
        parts, schema, command.format or None, command.partition_by, options
    )
    return table.provider, Options({**options, "path": table.location})


def _checkpoint(
    session: EngineSession, command: StartStream, format_name: str, options: Options
) -> str:
    if options.get(_CHECKPOINT):
        return options[_CHECKPOINT]
    root = session.conf(_CHECKPOINT_CONF)
    if root:
        return str(Path(root) / (command.query_name or str(uuid.uuid4())))
    if format_name in _FORGETFUL:
        return ""
    raise AnalysisError(
        "STREAMING_CHECKPOINT_LOCATION_MISSING", option=_CHECKPOINT, conf=_CHECKPOINT_CONF
    )


def _sink(
    session: EngineSession,
    command: StartStream,
    format_name: str,
    options: Options,
    mode: str,
    plan: o.Operator,
) -> Callable[[SinkContext], Sink]:
    schema = session.schema_of(plan)
    if command.foreach is not None:
        return lambda _context: ForeachInSession(command.foreach, schema, session.calls)
    if command.foreach_batch is not None:
        return lambda _context: ForeachBatchSink(
            partial(_call_batch, session, command.foreach_batch, schema)
        )
    connector = session.connector(format_name)
    if connector.sink is None:
        raise AnalysisError("UNSUPPORTED_SINK", source=connector.name)
    if mode not in connector.sink_modes:
        raise AnalysisError(
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE",
            className=connector.name,
            outputMode=mode,
        )

    def opened(context: SinkContext) -> Sink:
        sink = connector.sink(options, schema, command.partition_by, context)
        if isinstance(sink, MemorySink):
            session.tables.show_sink(command.query_name, sink)
        return sink

    return opened


def _call_batch(
    session: EngineSession,
    function: PythonFunction,
    schema: StructType,
    table: pa.Table,
    batch_id: int,
) -> None:
    """Give a user's function a frame over the batch, readable while the function runs."""
    relation_id = str(uuid.uuid4())
    session.cached[relation_id] = table.rename_columns(schema.fieldNames())
    try:
        frame = session.client()._create_remote_dataframe(relation_id)  # noqa: SLF001 - what PySpark's own worker calls
        load(function.command)(frame, batch_id)
    except BaseException as error:
        raise user_error("foreachBatch", error) from error
    finally:
        session.cached.pop(relation_id, None)
