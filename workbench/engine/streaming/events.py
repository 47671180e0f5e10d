"""What a query tells its listeners."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.engine.streaming.checkpoint.offset_log import compact

if TYPE_CHECKING:
    from workbench.engine.streaming.progress import StreamingQueryProgress


@dataclass(frozen=True, slots=True)
class QueryStarted:
    """A query has started; published before ``start()`` returns."""

    id: str
    run_id: str
    name: str | None
    timestamp: str
    job_tags: tuple[str, ...] = field(default=())

    def json(self) -> str:
        """Return the text PySpark's ``QueryStartedEvent.fromJson`` reads."""
        return compact(
            {
                "id": self.id,
                "runId": self.run_id,
                "name": self.name,
                "timestamp": self.timestamp,
                "jobTags": list(self.job_tags),
            }
        )


@dataclass(frozen=True, slots=True)
class QueryProgress:
    """A batch is done."""

    progress: StreamingQueryProgress

    @property
    def id(self) -> str:
        """The query's id."""
        return self.progress.id

    @property
    def run_id(self) -> str:
        """The id of this run of the query."""
        return self.progress.run_id

    def json(self) -> str:
        """Return the text PySpark's ``QueryProgressEvent.fromJson`` reads."""
        return f'{{"progress":{self.progress.json()}}}'


@dataclass(frozen=True, slots=True)
class QueryIdle:
    """There was nothing to do for a while."""

    id: str
    run_id: str
    timestamp: str

    def json(self) -> str:
        """Return the text PySpark's ``QueryIdleEvent.fromJson`` reads."""
        return compact({"id": self.id, "runId": self.run_id, "timestamp": self.timestamp})


@dataclass(frozen=True, slots=True)
class QueryTerminated:
    """A query has ended: ``exception`` says why when it failed, ``error_class`` is the error's condition."""

    id: str
    run_id: str
    exception: str | None = None
    error_class: str | None = None

    def json(self) -> str:
        """Return the text PySpark's ``QueryTerminatedEvent.fromJson`` reads."""
        return compact(
            {
                "id": self.id,
                "runId": self.run_id,
                "exception": self.exception,
                "errorClassOnException": self.error_class,
            }
        )


Event = QueryStarted | QueryProgress | QueryIdle | QueryTerminated
