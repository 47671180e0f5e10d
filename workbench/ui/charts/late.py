"""Rows dropped because they came behind the watermark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.canvas import bars, canvas, hover
from workbench.ui.charts.chart import Chart, Reading

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "Rows dropped as late"


def source(frame: Frame, shape: Shape) -> Columns:
    """Return the rows each batch dropped."""
    return {"dropped": frame["dropped"]}


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one bar a batch."""
    plot = canvas(TITLE, "rows", x_range)
    hover(plot, bars(plot, data, "dropped", "late"), [("late, dropped", "@{dropped}{0,0} rows")])
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
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
