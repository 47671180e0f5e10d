"""A second query beside a running one: the same plan on a copy of its checkpoint, into a table in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from workbench.engine.connectors.memory import MemorySink
from workbench.engine.streaming.redefinition import FORKS, redefined, trigger_of

if TYPE_CHECKING:
    from workbench.engine.connectors.contract import Sink, SinkContext
    from workbench.engine.session import EngineSession
    from workbench.engine.streaming.query import StreamingQuery


def fork(
    session: EngineSession, query: StreamingQuery, name: str, settings: Mapping[str, Any]
) -> StreamingQuery:
    """Start a query's plan once more from where it is, with some things changed; the first query goes on.

    Parameters
    ----------
    session : EngineSession
        Gets the new query's table as a view.
    query : StreamingQuery
        The query to begin from; one that ended may be forked while its checkpoint is there.
    name : str
        The new query's name and its table's.
    settings : mapping of str to object
        ``watermark``, ``trigger_ms``, ``output_mode``.

    Raises
    ------
    IllegalArgument, Unsupported, AnalysisError
        The name is in use, or the query may not stream when changed.
    """
    execution = query.execution
    schema = session.schema_of(execution.definition.plan)

    def opened(_: SinkContext) -> Sink:
        sink = MemorySink(schema)
        session.tables.show_sink(name, sink)
        return sink

    known = replace(execution.definition, trigger=trigger_of(execution))
    definition = redefined(known, settings, FORKS)
    return session.streams.fork(
        query,
        replace(definition, name=name, open_sink=opened, recovers=True, state_partitions=None),
    )
