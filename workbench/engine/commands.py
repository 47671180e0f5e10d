"""Commands carried out, one small function per command."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING, Any

from workbench.base.errors import Unsupported
from workbench.engine.plan import commands as c
from workbench.engine.streams import start_stream

if TYPE_CHECKING:
    import threading

    import pyarrow as pa

    from workbench.engine.plan.relations import Relation
    from workbench.engine.session import EngineSession


@dataclass(frozen=True, slots=True)
class CommandResult:
    """What a command left; see :class:`workbench.connect.engine.CommandResult`."""

    table: pa.Table | None = None
    relation: Relation | None = None
    stream: Any = None


def run_command(session: EngineSession, command: c.Command, cancel: threading.Event) -> CommandResult:
    """Carry out a command."""
    return _run(command, session, cancel) or CommandResult()


@singledispatch
def _run(command: c.Command, _session: EngineSession, _cancel: threading.Event) -> CommandResult | None:
    raise Unsupported("UNSUPPORTED_FEATURE.COMMAND", command=type(command).__name__)


@_run.register(c.CreateView)
def _view(command: c.CreateView, session: EngineSession, _cancel: threading.Event) -> None:
    session.tables.views[command.name.lower()] = command.child


@_run.register(c.RegisterFunction)
def _function(command: c.RegisterFunction, session: EngineSession, _cancel: threading.Event) -> None:
    session.functions[command.name.lower()] = command.function


@_run.register(c.RegisterTableFunction)
def _table_function(command: c.RegisterTableFunction, session: EngineSession, _cancel: threading.Event) -> None:
    session.table_functions[command.name.lower()] = command.function


@_run.register(c.StartStream)
def _start_stream(command: c.StartStream, session: EngineSession, _cancel: threading.Event) -> CommandResult:
    return CommandResult(stream=start_stream(session, command))
