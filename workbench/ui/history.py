"""What one query did, bounded in memory."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import RLock
from typing import Any

from workbench.base.latency_sketch import LatencySketch
from workbench.ui import wording
from workbench.ui.columns import ColumnRing, Frame
from workbench.ui.pace import Pace
from workbench.ui.progress import Shape, flatten, latency_sketch, millis, shape_of

CAPACITY = 100_000
RAW_KEPT = 200
EVENTS_KEPT = 500
MARKED = ("restarted", "tuned", "paused", "resumed", "stepped", "forked")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a query, besides an ordinary batch."""

    time_ms: float
    kind: str
    text: str
    batch: int | None = None


class History:
    """The progress of one query over all its runs, fed by listener events.

    Keyed by the query's id, so a restart from the checkpoint goes on in the same history and is marked as
    a new run. Any thread may call any method; a lock guards the columns. Nothing here does I/O.

    Parameters
    ----------
    query_id : str
        The id that survives restarts.
    name : str or None
        The query's name.
    capacity : int
        How many batches to keep.
    """

    def __init__(self, query_id: str, name: str | None = None, capacity: int = CAPACITY) -> None:
        self.query_id = query_id
        self.name = name
        self.lock = RLock()
        self.ring = ColumnRing(capacity)
        self.raw: deque[Mapping[str, Any]] = deque(maxlen=min(RAW_KEPT, capacity))
        self.events: deque[Event] = deque(maxlen=EVENTS_KEPT)
        self.runs: list[str] = []
        self.shape = Shape()
        self.state = "starting"
        self.is_paused = False
        self.error: str | None = None
        self.cell: str | None = None
        self.dropped_total = 0.0
        self.late_rows = 0.0
        self.checkpoint = ""
        self.output_mode = ""
        self.settings: dict[str, Any] = {}
        self.nodes: list[dict[str, Any]] = []
        self.newest: dict[str, float] = {}
        self.latency: LatencySketch | None = None
        self.pace = Pace()
        self.version = 0
        self.epoch = 0

    @property
    def title(self) -> str:
        """The query's name, else the beginning of its id."""
        return self.name or f"query {self.query_id[:8]}"

    @property
    def last(self) -> Mapping[str, Any] | None:
        """The newest progress event, as Spark sent it."""
        with self.lock:
            return self.raw[-1] if self.raw else None

    @property
    def is_over(self) -> bool:
        """Whether the newest run has ended."""
        return self.state in ("stopped", "failed")

    @property
    def standing(self) -> str:
        """Its state in one word, `paused` included."""
        return "paused" if self.is_paused and not self.is_over else self.state

    @property
    def marks(self) -> list[Event]:
        """What charts mark: restarts, and whatever somebody changed."""
        with self.lock:
            return [event for event in self.events if event.kind in MARKED]

    def pause(self, is_paused: bool) -> None:
        """Note whether the query starts batches by itself."""
        with self.lock:
            if is_paused != self.is_paused:
                self.is_paused = is_paused
                self.version += 1

    def __len__(self) -> int:
        return self.ring.total

    def started(self, run_id: str, time_ms: float, name: str | None = None) -> None:
        """Note that a run began; a second run is a restart."""
        with self.lock:
            if run_id in self.runs:
                return
            self.name = name or self.name
            again = bool(self.runs)
            self.runs.append(run_id)
            self.state, self.error, self.is_paused = "running", None, False
            self.note(Event(time_ms, "restarted" if again else "started", f"run {run_id[:8]}"))

    def add(self, progress: Mapping[str, Any]) -> None:
        """Take in one progress event; one that is already known is ignored."""
        with self.lock:
            row = flatten(progress)
            if self.knows(row, progress):
                return
            self.started(str(progress.get("runId")), row["time"], progress.get("name"))
            self.append(row, progress)
            if not self.is_over:
                self.state = "running"

    def append(self, row: dict[str, float], progress: Mapping[str, Any]) -> None:
        """Write one row and what follows from it. The caller holds the lock."""
        row["interval"] = row["time"] - self.newest["time"] if self.newest else math.nan
        row["pace"] = self.pace.after(row["interval"], self.newest.get("duration", math.nan))
        row["run"] = float(self.runs.index(str(progress.get("runId"))))
        self.ring.append(row)
        self.newest = row
        self.raw.append(progress)
        self.shape = self.shape.joined(shape_of(progress))
        self.dropped_total += row["dropped"]
        self.add_latency(latency_sketch(progress))
        if row["dropped"]:
            self.note_late(row["time"], int(row["batch"]), row["dropped"])
        self.version += 1

    def add_latency(self, text: str) -> None:
        """Merge a batch's latencies into the whole history's. The caller holds the lock."""
        if text:
            sketch = LatencySketch.parse(text)
            self.latency = sketch if self.latency is None else self.latency + sketch

    def note_late(self, time_ms: float, batch: int, rows: float) -> None:
        """Note dropped rows; as long as nothing else happens, one event counts them all."""
        if self.events and self.events[-1].kind == "late":
            rows += self.late_rows
            batch = self.events.pop().batch or 0
        self.late_rows = rows
        text = f"{rows:,.0f} rows came behind the watermark and were dropped"
        self.note(Event(time_ms, "late", text, batch))

    def knows(self, row: Mapping[str, float], progress: Mapping[str, Any]) -> bool:
        """Whether this batch of this run is among the events kept. The caller holds the lock."""
        key = (progress.get("runId"), row["batch"], progress.get("timestamp"))
        return any(
            key == (known.get("runId"), known.get("batchId"), known.get("timestamp"))
            for known in reversed(self.raw)
        )

    def backfill(self, progresses: Iterable[Mapping[str, Any]]) -> None:
        """Take in events from before we listened, in order.

        Rows are renumbered, so `epoch` rises and whoever copied rows has to copy them again. A history longer
        than the raw events it keeps only goes on: what is newer than all it knows is added.
        """
        with self.lock:
            unseen = [p for p in progresses if not self.knows(flatten(p), p)]
            if all(millis(p.get("timestamp")) > self.newest.get("time", math.inf) for p in unseen):
                for progress in unseen:
                    self.add(progress)
                return
            if not unseen or self.ring.total > len(self.raw):
                return
            known, self.raw = list(self.raw), deque(maxlen=self.raw.maxlen)
            self.ring = ColumnRing(self.ring.capacity)
            self.newest, self.pace, self.dropped_total, self.latency = {}, Pace(), 0.0, None
            over, error = self.state, self.error
            for progress in sorted([*unseen, *known], key=lambda p: str(p.get("timestamp"))):
                self.add(progress)
            if over in ("stopped", "failed"):
                self.state, self.error = over, error
            self.epoch += 1

    def idle(self, time_ms: float) -> None:
        """Note that the query is up and has no new data."""
        with self.lock:
            if self.state != "idle" and not self.is_over:
                self.state = "idle"
                self.note(Event(time_ms, "idle", "no new data"))

    def ended(self, run_id: str, time_ms: float, error: str | None) -> None:
        """Note that a run ended; the end of an older run changes nothing."""
        with self.lock:
            if self.is_over or (self.runs and run_id != self.runs[-1]):
                return
            self.state, self.error = ("failed", error) if error else ("stopped", None)
            self.note(
                Event(
                    time_ms,
                    self.state,
                    wording.readable(error) if error else "the query was stopped",
                )
            )

    def note(self, event: Event) -> None:
        """Keep an event."""
        with self.lock:
            self.events.append(event)
            self.version += 1

    def since(self, row: int = 0) -> Frame:
        """Return the rows from number `row` on."""
        with self.lock:
            return self.ring.since(row)

    def progress_of(self, row: int) -> Mapping[str, Any] | None:
        """Return the progress event of row number `row` as the server sent it; None when it is no longer kept."""
        with self.lock:
            index = row - (self.ring.total - len(self.raw))
            return self.raw[index] if 0 <= index < len(self.raw) else None

    def tail(self, count: int) -> Frame:
        """Return the newest `count` rows."""
        with self.lock:
            return self.ring.since(self.ring.total - count)
