"""Commands carried out, one small function per command."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.arrow_types import arrow_schema
from workbench.base.ddl import parse_ddl
from workbench.base.errors import Unsupported
from workbench.engine.caching import level_named
from workbench.engine.connectors.python_source.connector import python_connector
from workbench.engine.kernel.python_functions import load
from workbench.engine.kernel.running import stoppable
from workbench.engine.plan import commands as c
from workbench.engine.plan import relations as r
from workbench.engine.results import CommandResult
from workbench.engine.shows import show
from workbench.engine.streams import start_stream

if TYPE_CHECKING:
    import threading

    from pyspark.sql.types import StructType

    from workbench.engine.session import EngineSession


def run_command(
    session: EngineSession, command: c.Command, cancel: threading.Event
) -> CommandResult:
    """Carry out a command.

    Raises
    ------
    WorkbenchError
        What is wrong, in Spark's conditions; ``UNSUPPORTED_FEATURE.COMMAND`` for a command this engine lacks.
    """
    with stoppable(cancel):
        return _run(command, session) or CommandResult()


@singledispatch
def _run(command: c.Command, _session: EngineSession) -> CommandResult | None:
    raise Unsupported("UNSUPPORTED_FEATURE.COMMAND", command=type(command).__name__)


def _rows(session: EngineSession, relation: r.Relation) -> tuple[pa.Table, StructType]:
    """Run a relation and return its rows under Spark's names and types."""
    operator = session.understand(relation).operator
    schema = session.schema_of(operator)
    rows = session.run(operator)
    return pa.Table.from_arrays(rows.columns, schema=_nullable(arrow_schema(schema))), schema


def _nullable(schema: pa.Schema) -> pa.Schema:
    return pa.schema([field.with_nullable(True) for field in schema])


@_run.register(c.CreateView)
def _view(command: c.CreateView, session: EngineSession) -> None:
    child = r.ToDF(command.child, command.columns) if command.columns else command.child
    # Understood now, as in Spark: a view may replace one it reads.
    made = session.analyze(child)
    if not command.is_global:
        session.caching.forget((command.name,), unless=made.operator)
    session.tables.catalog.create_view(command.name, made, command.is_global, command.replace)


@_run.register(c.RegisterFunction)
def _function(command: c.RegisterFunction, session: EngineSession) -> None:
    session.functions[command.name.lower()] = command.function


@_run.register(c.RegisterTableFunction)
def _table_function(command: c.RegisterTableFunction, session: EngineSession) -> None:
    session.table_functions[command.name.lower()] = command.function


@_run.register(c.RegisterDataSource)
def _data_source(command: c.RegisterDataSource, session: EngineSession) -> None:
    session.data_sources[command.name.lower()] = python_connector(load(command.command))


@_run.register(c.StartStream)
def _start_stream(command: c.StartStream, session: EngineSession) -> CommandResult:
    return CommandResult(stream=start_stream(session, command))


_V2_MODES = {
    "create": "error",
    "create_or_replace": "overwrite",
    "replace": "overwrite",
    "overwrite_partitions": "overwrite",
}


@_run.register(c.Write)
def _write(command: c.Write, session: EngineSession) -> None:
    rows, schema = _rows(session, command.child)
    if command.table is not None:
        _write_table(command, session, rows, schema)
        session.caching.changed(command.table)
        return
    connector = session.connector(command.format)
    if connector.write is None:
        raise Unsupported("UNSUPPORTED_DATA_SOURCE_MODE", source=connector.name, operator="writing")
    options = {**command.options, **({"path": command.path} if command.path else {})}
    connector.write(rows, schema, options, command.mode, command.partition_by, session.conf)
    if "path" in options:
        session.caching.refresh_path(options["path"])


def _write_table(
    command: c.Write, session: EngineSession, rows: pa.Table, schema: StructType
) -> None:
    storage = session.tables.storage
    if command.insert_into:
        storage.insert(
            rows, schema, session.tables.writable(command.table), command.mode == "overwrite"
        )
        return
    mode = _V2_MODES.get(command.mode, command.mode)
    storage.save(
        rows, schema, command.table, command.format, mode, command.partition_by, command.options
    )


@_run.register(c.CreateTable)
def _create_table(command: c.CreateTable, session: EngineSession) -> None:
    tables = session.tables
    options = {**command.options, **({"path": command.location} if command.location else {})}
    if command.child is not None:
        rows, schema = _rows(session, command.child)
        mode = "ignore" if command.if_not_exists else "overwrite" if command.replace else "error"
        tables.storage.save(
            rows, schema, command.table, command.format, mode, command.partition_by, options
        )
        session.caching.changed(command.table)
        return
    provider = command.format or session.conf("spark.sql.sources.default")
    schema = (
        parse_ddl(command.schema) if command.schema else tables.storage.infer(provider, options)
    )
    table = tables.catalog.new_table(
        command.table, provider, schema, command.partition_by, command.location, options
    )
    tables.storage.create(table, command.if_not_exists, command.replace)


@_run.register(c.InsertInto)
def _insert(command: c.InsertInto, session: EngineSession) -> None:
    child = r.ToDF(command.child, command.columns) if command.columns else command.child
    rows, schema = _rows(session, child)
    table = session.tables.writable(command.table)
    session.tables.storage.insert(
        rows, schema, table, command.overwrite, by_name=command.by_name or bool(command.columns)
    )
    session.caching.changed(command.table)


@_run.register(c.DropTable)
def _drop_table(command: c.DropTable, session: EngineSession) -> None:
    session.caching.forget(command.table)
    session.tables.catalog.drop(command.table, command.is_view, command.if_exists)


@_run.register(c.CreateDatabase)
def _create_database(command: c.CreateDatabase, session: EngineSession) -> None:
    session.tables.catalog.create_database(command.name, command.if_not_exists)


@_run.register(c.DropDatabase)
def _drop_database(command: c.DropDatabase, session: EngineSession) -> None:
    session.tables.catalog.drop_database(command.name, command.if_exists, command.cascade)


@_run.register(c.UseDatabase)
def _use(command: c.UseDatabase, session: EngineSession) -> None:
    session.tables.catalog.use(command.name)


@_run.register(c.SetConf)
def _set(command: c.SetConf, session: EngineSession) -> CommandResult:
    if command.key is None:
        pairs = sorted(session.conf.all().items())
    else:
        if command.value is not None:
            session.conf.set(command.key, command.value)
        pairs = [(command.key, session.conf.find(command.key) or "<undefined>")]
    names, values = zip(*pairs, strict=True)
    return CommandResult(table=pa.table({"key": list(names), "value": list(values)}))


@_run.register(c.ResetConf)
def _reset(command: c.ResetConf, session: EngineSession) -> None:
    for key in [command.key] if command.key else list(session.conf.all()):
        session.conf.unset(key)


@_run.register(c.CacheTable)
def _cache(command: c.CacheTable, session: EngineSession) -> None:
    level = level_named(command.level) if command.level else None
    if command.child is not None:
        made = session.analyze(command.child)
        session.tables.catalog.create_view(command.table[-1], made, is_global=False, replace=False)
    session.caching.cache_table(command.table, level, lazy=command.lazy)


@_run.register(c.UncacheTable)
def _uncache(command: c.UncacheTable, session: EngineSession) -> None:
    if not command.table:
        session.caching.clear()
    elif not command.if_exists or session.tables.catalog.lookup(command.table) is not None:
        session.caching.uncache_table(command.table)


@_run.register(c.RefreshTable)
def _refresh(command: c.RefreshTable, session: EngineSession) -> None:
    if command.table:
        session.caching.refresh_table(command.table)


@_run.register(c.Show)
def _show(command: c.Show, session: EngineSession) -> CommandResult:
    return CommandResult(table=show(session, command))
