"""Rows dropped because they came behind the watermark."""

from __future__ import annotations

from workbench.ui import wording
from workbench.ui.charts.canvas import bars, canvas, hover
from workbench.ui.charts.chart import Chart, Reading

TITLE = "Rows dropped as late"


def source(frame, shape):
    """Return the rows each batch dropped."""
    return {"dropped": frame["dropped"]}


def root(data, shape, x_range):
    """Draw one bar a batch."""
    plot = canvas(TITLE, "rows", x_range)
    hover(plot, bars(plot, data, "dropped", "late"), [("late, dropped", "@{dropped}{0,0} rows")])
    return plot


def update(frame, shape):
    """Say how many the newest batches dropped."""
    dropped = frame["dropped"]
    return (
        Reading("this batch", f"{wording.count(frame.last('dropped'))} rows", "late"),
        Reading(f"last {len(dropped)} batches", f"{wording.count(float(dropped.sum()))} rows", ""),
    )


CHART = Chart(
    "late",
    TITLE,
    "rows",
    source,
    root,
    update,
    applies=lambda shape: bool(shape.operators) and shape.has_event_time,
    missing="only stateful operators with a watermark drop late rows",
)
