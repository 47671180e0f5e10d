"""Several queries on one time axis."""

from __future__ import annotations

import math
from threading import RLock

from workbench.ui.columns import ColumnRing, Frame
from workbench.ui.history import CAPACITY, History
from workbench.ui.progress import Shape

COMPARED = (
    "input_rate",
    "processed_rate",
    "duration",
    "output_rows",
    "state.0.rows",
    "watermark",
    "event.max",
)


class MergedHistory:
    """The histories of several queries as one: a row for every batch of any of them, in the order of time.

    A row holds the newest figures of every query (`0.duration`, `1.duration`, …), so that lines do not break
    where the other query had a batch. It reads like a `History` for a `RowStream`, and is brought up to date
    whenever it is read. A batch heard late is put at the end: rows are never renumbered.
    """

    def __init__(self, histories: tuple[History, ...]) -> None:
        self.histories = histories
        self.lock = RLock()
        self.shape = Shape()
        self.read = [0] * len(histories)
        self.epochs = [history.epoch for history in histories]
        self.latest: dict[str, float] = {}
        self.epoch = 0
        self.merged = ColumnRing(CAPACITY)

    @property
    def title(self) -> str:
        """The queries' names."""
        return "the comparison of " + " and ".join(history.title for history in self.histories)

    @property
    def version(self) -> int:
        """Rises whenever any of the queries has news."""
        return sum(history.version for history in self.histories)

    @property
    def ring(self) -> ColumnRing:
        """The rows, up to date."""
        with self.lock:
            self.take_news()
            return self.merged

    def since(self, row: int = 0) -> Frame:
        """Return the rows from number `row` on."""
        with self.lock:
            return self.ring.since(row)

    def tail(self, count: int) -> Frame:
        """Return the newest `count` rows."""
        with self.lock:
            ring = self.ring
            return ring.since(ring.total - count)

    def take_news(self) -> None:
        """Merge the batches that are new. The caller holds the lock."""
        if self.epochs != [history.epoch for history in self.histories]:
            self.epochs = [history.epoch for history in self.histories]
            self.read, self.latest = [0] * len(self.histories), {}
            self.merged = ColumnRing(CAPACITY)
            self.epoch += 1
        rows = [row for index in range(len(self.histories)) for row in self.news_of(index)]
        for row in sorted(rows, key=lambda row: row["time"]):
            self.latest |= row
            self.merged.append(self.latest)

    def news_of(self, index: int) -> list[dict[str, float]]:
        """Return what one query did since it was last read."""
        frame = self.histories[index].since(self.read[index])
        self.read[index] = frame.first + len(frame)
        columns = {f"{index}.{name}": frame[name].tolist() for name in COMPARED}
        columns["time"] = frame["time"].tolist()
        columns["batch"] = frame["batch"].tolist()
        columns["duration"] = frame["duration"].tolist()
        columns["interval"] = frame["interval"].tolist()
        columns["query"] = [float(index)] * len(frame)
        rows = zip(*columns.values(), strict=True)
        return [
            dict(zip(columns, row, strict=True))
            for row in rows
            if not math.isnan(row[len(COMPARED)])
        ]
