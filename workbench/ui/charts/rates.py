"""Rows per second: arriving against processed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.canvas import area, canvas, hover, line
from workbench.ui.charts.chart import Chart, Reading

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "Rows per second"


def source(frame: Frame, shape: Shape) -> Columns:
    """Return both rates."""
    return {"rates.input": frame["input_rate"], "rates.processed": frame["processed_rate"]}


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw both rates; processed above input means there is room."""
    plot = canvas(TITLE, "rows/s", x_range)
    area(plot, data, "rates.input", "input")
    line(plot, data, "rates.processed", "processed")
    mark = line(plot, data, "rates.input", "input")
    rows = [
        ("arriving", "@{rates.input}{0,0} rows/s"),
        ("processed", "@{rates.processed}{0,0} rows/s"),
    ]
    hover(plot, mark, [*rows, ("rows", "@{input_rows}{0,0}")])
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say both rates."""
    return (
        Reading("arriving", wording.rate(frame.last("input_rate")), "input"),
        Reading("processed", wording.rate(frame.last("processed_rate")), "processed"),
    )


CHART = Chart("rates", TITLE, "rows/s", source, root, update)
