"""Batch duration, stacked by phase, against the trigger interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bokeh.models import VBar
from bokeh.transform import stack

from workbench.ui import wording
from workbench.ui.charts.canvas import TIME, canvas, hover, line, put
from workbench.ui.charts.chart import Chart, Reading
from workbench.ui.progress import PHASES

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "Batch duration by phase"
STACK = tuple(
    f"phase.{name}" for name in ("addBatch", *(p for p in PHASES if p != "addBatch"), "other")
)


def source(frame: Frame, shape: Shape) -> Columns:
    """Return each phase's time, the whole batch's, and the pace of the trigger."""
    return {
        **{phase: frame[phase] for phase in STACK},
        "duration": frame["duration"],
        "trigger": frame["pace"],
    }


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one stacked bar a batch and the trigger's interval as a line above."""
    plot = canvas(TITLE, "ms", x_range)
    marks = [put(plot, data, stacked(index), f"fill:{name}") for index, name in enumerate(STACK)]
    line(plot, data, "trigger", "trigger", line_dash="dashed", line_width=1.4)
    rows = [(phase.removeprefix("phase."), f"@{{{phase}}}{{0,0}} ms") for phase in STACK]
    hover(plot, marks[0], [("whole batch", "@{duration}{0,0} ms"), *rows])
    return plot


def stacked(index: int) -> VBar:
    """Return the bars of one step, standing on those of the steps before it."""
    below, above = stack(*STACK[:index]), stack(*STACK[: index + 1])
    return VBar(x=TIME, width="width", bottom=below, top=above, line_color=None)


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say how long the newest batch took, where most of it went, and the trigger's interval."""
    times = {phase: frame.last(phase) for phase in STACK}
    longest = sorted((phase for phase in STACK if times[phase] > 0), key=lambda p: -times[p])[:2]
    readings = [Reading("batch", wording.duration(frame.last("duration")), "")]
    readings += [Reading(p.removeprefix("phase."), wording.duration(times[p]), p) for p in longest]
    pace = frame.last("pace")
    if not math.isnan(pace):
        readings.append(Reading("trigger", wording.duration(pace), "trigger"))
    return tuple(readings)


CHART = Chart("duration", TITLE, "ms", source, root, update)
