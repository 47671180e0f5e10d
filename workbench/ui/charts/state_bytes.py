"""Memory used by state, per stateful operator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.canvas import area, canvas, hover, line
from workbench.ui.charts.chart import Chart, Reading
from workbench.ui.theme import operator_role

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

TITLE = "State memory"


def source(frame: Frame, shape: Shape) -> Columns:
    """Return bytes per operator."""
    return {
        f"state.{index}.bytes": frame[f"state.{index}.bytes"]
        for index in range(len(shape.operators))
    }


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one line an operator."""
    plot = canvas(TITLE, "bytes", x_range)
    for index, operator in enumerate(shape.operators):
        column = f"state.{index}.bytes"
        area(plot, data, column, operator_role(index))
        mark = line(plot, data, column, operator_role(index))
        hover(plot, mark, [("operator", operator), ("memory", f"@{{{column}}}{{0.[00] b}}")])
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say each operator's bytes."""
    return tuple(
        Reading(operator, wording.size(frame.last(f"state.{index}.bytes")), operator_role(index))
        for index, operator in enumerate(shape.operators)
    )


CHART = Chart(
    "state_bytes",
    TITLE,
    "bytes",
    source,
    root,
    update,
    applies=lambda shape: bool(shape.operators),
    missing="the query keeps no state",
    made_of=("operators",),
)
