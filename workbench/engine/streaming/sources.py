"""The open sources of a query and how far each has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.base.arrow_types import arrow_schema
from workbench.engine.connectors.contract import FileScan
from workbench.engine.streaming.latency import sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pyarrow as pa

    from workbench.engine.connectors.contract import Offset, Source


@dataclass(slots=True)
class OpenSource:
    """One source of one run.

    Attributes
    ----------
    name : str
        The placeholder its rows go to.
    committed : Offset or None
        The end of the last batch.
    available : Offset or None
        The end of the next.
    rows : int
        How many rows the last batch had.
    created : tuple of numpy.ndarray and int, optional
        When rows of the last batch were made, in microseconds, and how many rows each time stands for; None where the
        source does not know.
    """

    name: str
    source: Source
    committed: Offset | None = None
    available: Offset | None = None
    rows: int = 0
    start: Offset | None = None
    created: tuple[np.ndarray, int] | None = None
    _moved: bool = False

    @property
    def has_new_data(self) -> bool:
        """Whether the next batch goes further than the last."""
        return self.available is not None and self.available != self.committed

    def look(self, available_now: bool, *, everything: bool) -> None:
        """Ask how far the next batch may go; ``everything``: as far as there is, whatever the limits."""
        start = self._start()
        self.available = self._latest(start, available_now)
        while (
            everything
            and (further := self._latest(self.available, available_now)) != self.available
        ):
            self.available = further

    def _latest(self, start: Offset | None, available_now: bool) -> Offset | None:
        found = self.source.latest_offset(start, available_now)
        return found if found is not None else self.committed

    def _start(self) -> Offset | None:
        return self.committed if self.committed is not None else self.source.initial_offset()

    def fetch(self) -> pa.Table | FileScan:
        """Return the next batch's rows; none where there is nothing new."""
        self.start, self.created = self.committed, None
        if not self.has_new_data:
            self.rows = 0
            return arrow_schema(self.source.schema).empty_table()
        rows = self.source.batch(self._start(), self.available)  # type: ignore[arg-type]
        self.rows = count_rows(rows)
        made = getattr(self.source, "created", None)
        times = made(self._start(), self.available) if made else None
        self.created = None if times is None else sample(times)
        return rows

    def following(self) -> Callable[[], pa.Table | FileScan] | None:
        """Return how to read what the batch after the present one will most probably read; None: the source cannot tell."""
        ask = getattr(self.source, "following", None)
        return ask() if ask else None

    def advance(self) -> None:
        """The batch has run: start the next one from its end."""
        self._moved = self.has_new_data
        self.committed = self.available if self.available is not None else self.committed

    def forget(self) -> None:
        """The last batch is durable: tell the source."""
        if self._moved:
            self._moved = False
            self.source.commit(self.committed)  # type: ignore[arg-type]

    def latest(self) -> Offset | None:
        """Return how far the source says it goes, for the progress; None where it does not say."""
        report = getattr(self.source, "report_latest_offset", None)
        return report() if report else None

    def tune(self, changes: dict[str, Any]) -> None:
        """Hand changed limits to a source that takes them."""
        take = getattr(self.source, "tune", None)
        if take:
            take(**changes)


def count_rows(rows: pa.Table | FileScan) -> int:
    """Return how many rows there are, reading no more than file footers."""
    if not isinstance(rows, FileScan):
        return rows.num_rows
    if rows.rows is not None:
        return rows.rows
    from pyarrow import parquet

    return sum(parquet.read_metadata(path).num_rows for path in rows.paths)
