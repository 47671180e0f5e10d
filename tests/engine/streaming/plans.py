"""Plans for stream tests, written as SQL over memory streams."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

from workbench.engine.plan import relations as r
from workbench.engine.plan.commands import CreateView
from workbench.engine.session import EngineSession
from workbench.testing.memory_stream import FORMAT, MemoryStream

SESSION = EngineSession()


def at(second: float) -> datetime:
    """A time on New Year's Day 2024, so many seconds after midnight."""
    return datetime(2024, 1, 1) + timedelta(seconds=second)


def span(start: float, end: float) -> tuple[datetime, datetime]:
    """A time window as the sink shows it."""
    return at(start), at(end)


def events(
    stream: MemoryStream, delay: str | None = None, column: str = "t", **options: str
) -> r.Relation:
    """A memory stream as a relation, with a watermark when a delay is given."""
    read = r.ReadSource(FORMAT, options={**stream.options, **options}, is_streaming=True)
    return r.Watermark(read, column, delay) if delay else read


def sql(text: str, **views: r.Relation):
    """A query over named relations, as the plan of a stream."""

    def plan():
        for name, view in views.items():
            SESSION.run_command(
                CreateView(view, name, is_global=False, replace=True), threading.Event()
            )
        return SESSION.understand(r.SqlQuery(text)).operator

    return plan


def relation(made: r.Relation):
    """A relation as the plan of a stream."""
    return lambda: SESSION.understand(made).operator
