"""End-to-end latency: from an event's making to its being visible in the sink."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.canvas import canvas, hover, line
from workbench.ui.charts.chart import Chart, Reading
from workbench.ui.progress import LATENCY

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "End-to-end latency"


def source(frame: Frame, shape: Shape) -> Columns:
    """Return the percentiles."""
    return {f"latency.{name}": frame[f"latency.{name}"] for name in LATENCY}


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one line a percentile."""
    plot = canvas(TITLE, "ms", x_range)
    marks = [line(plot, data, f"latency.{name}", name) for name in LATENCY]
    hover(plot, marks[0], [(name, f"@{{latency.{name}}}{{0,0.0}} ms") for name in LATENCY])
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say the percentiles."""
    return tuple(
        Reading(name, wording.duration(frame.last(f"latency.{name}")), name) for name in LATENCY
    )


CHART = Chart(
    "latency",
    TITLE,
    "ms",
    source,
    root,
    update,
    applies=lambda shape: shape.has_latency,
    missing="nothing tells when the rows were made (a live event time, or a source that knows), or the server measures none",
)
