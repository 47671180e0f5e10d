"""Event time against watermark, on one event-time axis."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from bokeh.models import Scatter, VArea

from workbench.ui import wording
from workbench.ui.charts.canvas import TIME, canvas, hover, line, put, steps
from workbench.ui.charts.chart import Chart, Reading

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "Event time and watermark"
LIVE_WITHIN_MS = 6 * 3600 * 1000


def source(frame: Frame, shape: Shape) -> Columns:
    """Return event times, the watermark, the batch's own time where it is near, and a mark for late rows."""
    oldest, newest, mark = frame["event.min"], frame["event.max"], frame["watermark"]
    near = np.abs(frame["time"] - newest) < LIVE_WITHIN_MS
    return {
        "event.min": oldest,
        "event.avg": frame["event.avg"],
        "event.max": newest,
        "watermark": mark,
        "event.now": np.where(near, frame["time"], np.nan),
        "event.late": np.where(frame["dropped"] > 0, np.fmin(oldest, mark), np.nan),
        "dropped": frame["dropped"],
    }


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw the band of event times, their middle, the watermark below, and late rows as crosses."""
    plot = canvas(TITLE, "event time", x_range)
    put(plot, data, VArea(x=TIME, y1="event.min", y2="event.max", fill_alpha=0.16), "fill:band")
    line(plot, data, "event.now", "now", line_dash="dotted", line_width=1.4)
    line(plot, data, "event.avg", "event", line_width=1.0, line_alpha=0.7)
    # Pointing finds the line: bokeh finds no point on steps.
    mark = line(plot, data, "event.max", "event")
    steps(plot, data, "watermark", "watermark")
    put(plot, data, Scatter(x=TIME, y="event.late", marker="x", size=9, line_width=2), "line:late")
    times = ("event.max", "event.min", "watermark")
    rows = [
        ("newest event", "@{event.max}{%F %T}"),
        ("oldest event", "@{event.min}{%F %T}"),
        ("watermark", "@{watermark}{%F %T}"),
        ("late, dropped", "@{dropped}{0,0} rows"),
    ]
    hover(plot, mark, rows, times)
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say the newest event time, the watermark and how far it is behind."""
    newest, mark = frame.last("event.max"), frame.last("watermark")
    readings = [
        Reading("newest", wording.moment(newest), "event"),
        Reading("watermark", wording.moment(mark, newest), "watermark"),
    ]
    if not math.isnan(newest - mark):
        readings.append(Reading("behind", wording.duration(newest - mark), ""))
    dropped = float(frame["dropped"].sum())
    if dropped:
        readings.append(Reading("late, dropped", f"{wording.count(dropped)} rows", "late"))
    if abs(frame.last("time") - newest) < LIVE_WITHIN_MS:
        readings.append(Reading("now", wording.moment(frame.last("time"), newest), "now"))
    return tuple(readings)


CHART = Chart(
    "watermark",
    TITLE,
    "event time",
    source,
    root,
    update,
    applies=lambda shape: shape.has_event_time,
    missing="the query has no watermark",
)
