"""From an event's making to its being visible in the sink, as far as progress carries it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.latency import CHART
from workbench.ui.history import History
from workbench.ui.progress import LATENCY

if TYPE_CHECKING:
    import pandas as pd

LOOK_BACK = 50


class Latency:
    """End-to-end latency of a query's batches.

    Parameters
    ----------
    history : History
        What the query did.
    """

    def __init__(self, history: History) -> None:
        self.history = history

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
        return ", ".join(
            f"{name} {wording.duration(frame.last(f'latency.{name}'))}" for name in LATENCY
        )
