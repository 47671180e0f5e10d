"""What the Connect server asks of the engine: the facade ``workbench.engine.session`` satisfies.

Every call may come from any thread. Errors are :class:`workbench.base.errors.WorkbenchError`; anything else a call raises
reaches the user as ``INTERNAL_ERROR``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import threading

    import pyarrow as pa
    from pyspark.sql import SparkSession
    from pyspark.sql.types import DataType, StructType

    from workbench.engine.plan.commands import Command
    from workbench.engine.plan.relations import Relation


class Conf(Protocol):
    """Session configuration."""

    def find(self, key: str) -> str | None:
        """The value, else Spark's default for a known key, else None."""

    def set(self, key: str, value: str) -> None:
        """Raise ``CANNOT_MODIFY_CONFIG`` for a static key, ``INVALID_CONF_VALUE.…`` for a value it does not take."""

    def unset(self, key: str) -> None:
        """Back to the default; an unknown key is no error."""

    def all(self) -> Mapping[str, str]:
        """What was set, and every known default."""

    def is_modifiable(self, key: str) -> bool:
        """Whether ``set`` takes the key."""


class Analyzed(Protocol):
    """A relation understood."""

    @property
    def schema(self) -> StructType:
        """The columns."""

    @property
    def is_streaming(self) -> bool:
        """Whether a streaming source is read."""

    @property
    def is_local(self) -> bool:
        """Whether the rows are at hand without running anything."""

    @property
    def input_files(self) -> Sequence[str]:
        """The files read."""

    def tree(self, level: int | None = None) -> str:
        """``printSchema``'s text, ``level`` deep."""

    def explain(self, mode: str) -> str:
        """``mode``: simple, extended, codegen, cost, formatted."""


class Rows(Protocol):
    """A relation's rows on their way out. ``batches`` is read once; reading it may run the query and may raise."""

    @property
    def schema(self) -> StructType:
        """The columns."""

    @property
    def batches(self) -> Iterable[pa.RecordBatch]:
        """The rows; read once, which may run the query and may raise."""


class CommandResult(Protocol):
    """What a command left: rows at hand, a query still to run (SQL ``SELECT``), or a running stream; else all None."""

    @property
    def table(self) -> pa.Table | None:
        """Rows at hand."""

    @property
    def relation(self) -> Relation | None:
        """A query still to run."""

    @property
    def stream(self) -> StreamingQuery | None:
        """A running stream."""


class Status(Protocol):
    """``StreamingQuery.status``."""

    @property
    def message(self) -> str:
        """What the query is doing, in words."""

    @property
    def is_data_available(self) -> bool:
        """Whether there is more to read."""

    @property
    def is_trigger_active(self) -> bool:
        """Whether a batch is under way."""


class Event(Protocol):
    """A listener event: one of the dataclasses ``QueryStarted``, ``QueryProgress``, ``QueryIdle``, ``QueryTerminated``."""

    def json(self) -> str:
        """The text PySpark's ``Query…Event.fromJson`` reads."""


class StreamingQuery(Protocol):
    """A streaming query; ``id`` and ``run_id`` are UUID texts."""

    @property
    def id(self) -> str:
        """The id that survives restarts."""

    @property
    def run_id(self) -> str:
        """The id of this start."""

    @property
    def name(self) -> str | None:
        """The name given by the user."""

    @property
    def is_active(self) -> bool:
        """Whether it runs."""

    @property
    def status(self) -> Status:
        """What it is doing."""

    @property
    def recent_progress(self) -> Sequence[Any]:
        """The newest progresses, oldest first; each has ``json()``."""

    @property
    def last_progress(self) -> Any | None:
        """The newest progress."""

    def stop(self) -> None:
        """Return when the query has stopped."""

    def process_all_available(self) -> None:
        """Return when what was there is in the sink; raise the query's error when it fails."""

    def explain(self, extended: bool = False) -> str:
        """The plan of the last batch as text."""

    def exception(self) -> Exception | None:
        """Why the query failed, None while it runs or when it was stopped."""

    def await_termination(self, timeout: float | None = None) -> bool:
        """Whether it ended within ``timeout`` seconds; raise the query's error when it failed."""


class Listeners(Protocol):
    """Where the engine publishes events."""

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``callback`` with every event, on the publishing thread; the answer takes the callback off again."""


class Streams(Protocol):
    """The streaming query manager of one session."""

    @property
    def active(self) -> Sequence[StreamingQuery]:
        """The queries that run."""

    @property
    def listeners(self) -> Listeners:
        """Where events are published."""

    def get(self, query_id: str) -> StreamingQuery | None:
        """The query of this id, also one that has ended and is still remembered."""

    def restart(self, query: StreamingQuery, settings: Mapping[str, Any]) -> StreamingQuery:
        """Stop a query and start it from its checkpoint with some things changed."""

    def await_any(self, timeout: float | None = None) -> bool:
        """Whether any query ended since :meth:`reset_terminated`; raise its error when it failed."""

    def reset_terminated(self) -> None:
        """Forget queries that ended."""


class Caching(Protocol):
    """The queries whose rows a session keeps. A level is :mod:`workbench.connect.storage`'s text."""

    def keep(self, relation: Relation, level: str) -> None:
        """Keep a relation's rows once something has read them."""

    def let_go(self, relation: Relation) -> None:
        """Keep them no longer."""

    def level(self, relation: Relation) -> str | None:
        """The level they are kept at."""


class EngineSession(Protocol):
    """One session: configuration, catalogue, functions, streams.

    ``cached``: relations the client knows by id (``foreachBatch``'s frame, checkpoints): tables or relations.
    ``client``: set by this package; a function that returns, in the calling thread, the session's own PySpark client with
    ``client._create_remote_dataframe(relation_id)`` giving a frame over ``cached[relation_id]``. ``foreachBatch`` and
    ``foreach`` use it; it also makes that session the thread's active one, so pickled functions may name ``spark``.
    """

    @property
    def conf(self) -> Conf:
        """Its configuration."""

    @property
    def streams(self) -> Streams:
        """Its streaming queries."""

    @property
    def cached(self) -> dict[str, Any]:
        """Relations the client knows by id."""

    @property
    def caching(self) -> Caching:
        """Queries whose rows are kept."""

    client: Callable[[], SparkSession] | None

    def analyze(self, relation: Relation) -> Analyzed:
        """Understand a relation; nothing runs."""

    def execute(
        self, relation: Relation, observed: dict[str, pa.Table], cancel: threading.Event
    ) -> Rows:
        """Run a relation.

        ``observed`` gets a one-row table per ``observe`` in the plan once the rows are read. When ``cancel`` is set, stop
        soon and raise ``OPERATION_CANCELED``.
        """

    def run_command(self, command: Command, cancel: threading.Event) -> CommandResult:
        """Run a command to its end (a stream: until it has started)."""

    def fork(self, query: StreamingQuery, name: str, settings: Mapping[str, Any]) -> StreamingQuery:
        """Start a query once more beside itself, on a copy of its checkpoint, with some things changed."""

    def run_sql(self, relation: Relation, cancel: threading.Event) -> CommandResult:
        """Look at SQL text (a ``SqlQuery``, plan ids and names around it or not).

        A query does not run: the answer's ``relation`` is the relation given. A command runs now: the answer's ``table`` is
        what it says, of no columns when it says nothing.
        """

    def parse_ddl(self, text: str) -> DataType:
        """A type written as DDL (``a INT, b STRING``; ``array<int>``)."""

    def clone(self) -> EngineSession:
        """A new session with a copy of this one's conf, views and functions, and no streams."""

    def close(self) -> None:
        """Stop every stream and release everything; called once."""
