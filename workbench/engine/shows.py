"""``SHOW``, ``DESCRIBE`` and ``EXPLAIN``: each kind answers a table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pyarrow as pa

from workbench.base.errors import Unsupported
from workbench.engine.catalog import show as shown
from workbench.engine.catalog.entries import TableEntry
from workbench.engine.catalog.names import CATALOG, matches
from workbench.engine.functions import catalog as built_in

if TYPE_CHECKING:
    from workbench.engine.plan.commands import Show
    from workbench.engine.session import EngineSession


def show(session: EngineSession, command: Show) -> pa.Table:
    """Answer a SHOW, DESCRIBE or EXPLAIN.

    Raises
    ------
    Unsupported
        ``UNSUPPORTED_FEATURE.COMMAND`` for a kind this engine lacks.
    """
    answer = _KINDS.get(command.kind)
    if answer is None:
        raise Unsupported("UNSUPPORTED_FEATURE.COMMAND", command=command.kind)
    return answer(session, command)


def _tables(session: EngineSession, command: Show) -> pa.Table:
    database = command.target[-1] if command.target else None
    return shown.table_names(session.tables.catalog.listed(database, command.pattern))


def _views(session: EngineSession, command: Show) -> pa.Table:
    database = command.target[-1] if command.target else None
    found = session.tables.catalog.listed(database, command.pattern)
    views = [entry for entry in found if not isinstance(entry, TableEntry)]
    return shown.table_names(views).rename_columns(["namespace", "viewName", "isTemporary"])


def _databases(session: EngineSession, command: Show) -> pa.Table:
    names = [
        one.name
        for one in session.tables.catalog.warehouse.databases()
        if matches(one.name, command.pattern)
    ]
    return pa.table({"namespace": pa.array(names, pa.string())})


def _functions(_session: EngineSession, command: Show) -> pa.Table:
    pattern = command.pattern or (command.target[-1] if command.target else None)
    return pa.table(
        {
            "function": pa.array(
                [name for name in built_in.names() if matches(name, pattern)], pa.string()
            )
        }
    )


def _columns(session: EngineSession, command: Show) -> pa.Table:
    return shown.column_names(session.tables.schema(command.target))


def _create_table(session: EngineSession, command: Show) -> pa.Table:
    return pa.table(
        {"createtab_stmt": [shown.create_statement(session.tables.catalog.table(command.target))]}
    )


def _properties(session: EngineSession, command: Show) -> pa.Table:
    table = session.tables.catalog.table(command.target)
    pairs = sorted((k, v) for k, v in table.properties.items() if command.pattern in (None, k))
    return pa.Table.from_pylist([{"key": k, "value": v} for k, v in pairs], shown.PROPERTIES)


def _partitions(session: EngineSession, command: Show) -> pa.Table:
    return shown.partitions(session.tables.catalog.table(command.target), session.conf)


def _catalogs(_session: EngineSession, _command: Show) -> pa.Table:
    return pa.table({"catalog": [CATALOG]})


def _namespace(session: EngineSession, _command: Show) -> pa.Table:
    return pa.table({"catalog": [CATALOG], "namespace": [session.tables.catalog.database]})


def _describe(extended: bool) -> Callable[[EngineSession, Show], pa.Table]:
    def answer(session: EngineSession, command: Show) -> pa.Table:
        found = session.tables.catalog.find(command.target)
        if isinstance(found, TableEntry):
            return shown.describe_table(found, extended)
        return shown.description(shown.describe_columns(session.tables.schema(command.target)))

    return answer


def _describe_query(session: EngineSession, command: Show) -> pa.Table:
    return shown.description(shown.describe_columns(session.analyze(command.child).schema))


def _describe_function(session: EngineSession, command: Show) -> pa.Table:
    name = command.target[-1]
    if built_in.find(name) is None and name.lower() not in session.functions:
        raise built_in.unknown(name)
    return pa.table({"function_desc": [f"Function: {name}"]})


def _describe_database(session: EngineSession, command: Show) -> pa.Table:
    return shown.describe_database(session.tables.catalog.warehouse.database(command.target[-1]))


def _explain(session: EngineSession, command: Show) -> pa.Table:
    return pa.table({"plan": [session.analyze(command.child).explain(command.pattern or "simple")]})


_KINDS: dict[str, Callable[[EngineSession, Show], pa.Table]] = {
    "tables": _tables,
    "views": _views,
    "databases": _databases,
    "functions": _functions,
    "columns": _columns,
    "create_table": _create_table,
    "tblproperties": _properties,
    "partitions": _partitions,
    "catalogs": _catalogs,
    "current_namespace": _namespace,
    "describe_table": _describe(extended=False),
    "describe_table_extended": _describe(extended=True),
    "describe_query": _describe_query,
    "describe_function": _describe_function,
    "describe_function_extended": _describe_function,
    "describe_database": _describe_database,
    "explain": _explain,
}
