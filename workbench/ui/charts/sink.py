"""Rows per second into the sink."""

from __future__ import annotations

import math
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

TITLE = "Rows out"


def source(frame: Frame, shape: Shape) -> Columns:
    """Return the rows each batch wrote."""
    return {"output_rows": frame["output_rows"], "output_rate": frame["output_rate"]}


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one bar a batch."""
    plot = canvas(TITLE, "rows", x_range)
    rows = [("rows out", "@{output_rows}{0,0}"), ("rate", "@{output_rate}{0,0} rows/s")]
    hover(plot, bars(plot, data, "output_rows", "sink"), rows)
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say what the newest batch wrote, and where to."""
    rows = frame.last("output_rows")
    if math.isnan(rows):
        return (Reading(wording.shorten(shape.sink, 24), "does not count its rows", "sink"),)
    return (
        Reading(wording.shorten(shape.sink, 24), f"{wording.count(rows)} rows", "sink"),
        Reading("at", wording.rate(frame.last("output_rate")), ""),
    )


CHART = Chart("sink", TITLE, "rows", source, root, update)
