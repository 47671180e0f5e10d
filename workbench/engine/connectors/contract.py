"""What a connector promises the engine.

A connector knows no plan and no query: it turns options into Arrow, and Arrow into files, rows or messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    from pyspark.sql.types import StructType

Offset = str
"""A source's position as the JSON text that goes into ``offsets/N``; only its source reads it."""


@dataclass(frozen=True, slots=True)
class FileScan:
    """Files to be read by the kernel, which may push columns and filters into them.

    ``format`` has a native DataFusion scan (parquet); other formats arrive as tables.
    """

    paths: tuple[str, ...]
    format: str
    schema: StructType
    options: Mapping[str, str] = field(default_factory=dict)
    partitions: tuple[tuple[Any, ...], ...] = ()
    rows: int | None = None


Rows = "pa.Table | FileScan"


@runtime_checkable
class Reader(Protocol):
    """A bounded source, opened by :attr:`Connector.read`."""

    schema: StructType

    def rows(self) -> pa.Table | FileScan:
        """Return everything; called each time the query runs, so it must see the data as it is now."""


class Source(Protocol):
    """A streaming source of one run of one query. Called from the query's execution thread only.

    A source that knows when its rows were made has one method more, ``created(start, end)``, called after
    ``batch(start, end)``: the times in microseconds since 1970 as a numpy array or an Arrow timestamp column, or None.

    A source of files that the kernel scans may have ``following()``: how to read what the batch after the newest offset will
    most probably read, a function that gives what ``batch`` will give then, or None where no batch follows at once. Asking
    changes nothing; the function may be called from another thread while the source goes on.

    Obligations: ``batch(start, end)`` gives the same rows whenever it is called with the same offsets, also after a
    restart, until ``commit(end)`` (except where :attr:`is_replayable` is False).
    """

    schema: StructType
    description: str

    def initial_offset(self) -> Offset | None:
        """The position before the first row; None where a source starts from nothing (files)."""

    def latest_offset(self, start: Offset | None, available_now: bool = False) -> Offset | None:
        """The end of the next batch, the source's own limits applied; equal to ``start`` or None: nothing new.

        Must not block longer than one look at the source. ``available_now``: what :meth:`prepare_available_now` saw is the
        end of the world.
        """

    def prepare_available_now(self) -> None:
        """Remember the present end of the data; later batches stop there."""

    def batch(self, start: Offset | None, end: Offset) -> pa.Table | FileScan:
        """Rows after ``start`` up to and including ``end``, in :attr:`schema`'s order."""

    def commit(self, end: Offset) -> None:
        """Everything up to ``end`` is durable downstream; clean-up may happen."""

    def metrics(
        self, start: Offset | None, end: Offset, latest: Offset | None
    ) -> Mapping[str, str]:
        """The source's own metrics for the progress, may be empty."""

    def stop(self) -> None:
        """Release everything; may be called from another thread and more than once."""


class Sink(Protocol):
    """A sink of one run of one query. Called from the query's execution thread only."""

    description: str

    def add_batch(self, batch_id: int, table: pa.Table, mode: str) -> int | None:
        """Write one batch; return the number of rows written, None when the sink does not count.

        May be called again with the same ``batch_id`` after a crash: an exactly-once sink then writes nothing twice.
        ``mode``: append, update or complete (the table is the whole result).
        """

    def stop(self) -> None:
        """Release everything."""


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What a source gets at opening beside its options.

    Attributes
    ----------
    log_path : Path
        ``<checkpoint>/sources/<i>``: the source's own durable notes.
    conf : Callable
        ``conf(key) -> str``: session configuration.
    now_ms : Callable
        The clock, milliseconds since 1970.
    """

    log_path: Path
    conf: Callable[[str], str]
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class SinkContext:
    """What a sink gets at opening beside its options.

    Attributes
    ----------
    query_id : str
        The query's id, the same after every restart.
    query_name : str
        The query's name, "" for none.
    conf : Callable
        ``conf(key) -> str``: session configuration.
    now_ms : Callable
        The clock, milliseconds since 1970.
    """

    query_id: str
    query_name: str
    conf: Callable[[str], str]
    now_ms: Callable[[], int]


@dataclass(frozen=True, slots=True)
class Connector:
    """One row of the registry: what a format can do. A missing entry is a named error for the user.

    ``schema(options, user_schema, is_streaming, conf)`` decides a reader's or source's columns before anything runs (it may
    look at files). ``read(options, schema, conf)`` opens what ``schema`` decided. ``write(table, schema, options, mode,
    partition_by, conf)`` writes a batch result; ``mode``: append, overwrite, error, ignore. ``source(options, schema,
    context)`` and ``sink(options, schema, partition_by, context)`` open the two ends of a streaming query.

    Paths are options: ``path`` for one, ``paths`` (a JSON list) for several, as Spark's own sources do it; see
    :func:`workbench.engine.connectors.options.with_paths`.
    """

    name: str
    schema: (
        Callable[[Mapping[str, str], StructType | None, bool, Callable[[str], str]], StructType]
        | None
    ) = None
    read: Callable[[Mapping[str, str], StructType, Callable[[str], str]], Reader] | None = None
    write: (
        Callable[
            [pa.Table, StructType, Mapping[str, str], str, Sequence[str], Callable[[str], str]],
            None,
        ]
        | None
    ) = None
    source: Callable[[Mapping[str, str], StructType, SourceContext], Source] | None = None
    sink: Callable[[Mapping[str, str], StructType, Sequence[str], SinkContext], Sink] | None = None
    sink_modes: Sequence[str] = ("append",)
    options: frozenset[str] = frozenset()
