"""From an event's making to its being visible in the sink, as far as progress carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.base.latency_sketch import LatencySketch
from workbench.ui import wording
from workbench.ui.charts.latency import CHART
from workbench.ui.history import History
from workbench.ui.progress import LATENCY, latency_sketch

if TYPE_CHECKING:
    import pandas as pd

LOOK_BACK = 50


class Latency:
    """End-to-end latency of a query's batches: from a row's making to its batch being in the sink.

    Made is when the source says (`rate`, `socket`, `wb.replay` by its clock), else the row's event time where that is
    the present's. What an aggregate in append mode waits for its watermark comes on top.

    Parameters
    ----------
    history : History
        What the query did.
    """

    def __init__(self, history: History) -> None:
        self.history = history

    @property
    def overall(self) -> dict[str, float]:
        """The percentiles over every row of every batch seen, in milliseconds: the batches' sketches, merged."""
        with self.history.lock:
            sketch = self.history.latency
        return {} if sketch is None else {p: sketch.quantile(int(p[1:]) / 100) for p in LATENCY}

    def between(self, first: int, last: int) -> dict[str, float]:
        """Return the percentiles over the rows of batches `first` to `last`, as far as their progress is kept."""
        with self.history.lock:
            chosen = [p for p in self.history.raw if first <= int(p.get("batchId", -1)) <= last]
        sketches = [LatencySketch.parse(text) for text in map(latency_sketch, chosen) if text]
        whole = sum(sketches, LatencySketch())
        return {p: whole.quantile(int(p[1:]) / 100) for p in LATENCY} if whole.rows else {}

    @property
    def table(self) -> pd.DataFrame:
        """One row a batch: `batch`, `time`, and the percentiles in milliseconds."""
        import pandas as pd  # heavy, and only needed here

        frame = self.history.since(0)
        found = pd.DataFrame(
            {"batch": frame["batch"], "time": pd.to_datetime(frame["time"], unit="ms", utc=True)}
        )
        return found.assign(**{name: frame[f"latency.{name}"] for name in LATENCY})

    def __repr__(self) -> str:
        """Return the newest percentiles, or why there are none."""
        if not self.history.shape.has_latency:
            return f"No latency: {CHART.missing}."
        frame = self.history.tail(LOOK_BACK)
        newest = {name: frame.last(f"latency.{name}") for name in LATENCY}
        return f"newest batch: {said(newest)}\nall batches:  {said(self.overall)}"


def said(percentiles: dict[str, float]) -> str:
    """Return percentiles on one line."""
    return ", ".join(f"{name} {wording.duration(value)}" for name, value in percentiles.items())
