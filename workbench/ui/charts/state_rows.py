"""Rows in state, per stateful operator."""

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

TITLE = "Rows in state"
COLUMNS = ("rows", "updated", "removed")


def source(frame: Frame, shape: Shape) -> Columns:
    """Return rows kept, updated and evicted, per operator."""
    return {
        name: frame[name]
        for index in range(len(shape.operators))
        for name in (f"state.{index}.{column}" for column in COLUMNS)
    }


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one line an operator."""
    plot = canvas(TITLE, "rows", x_range)
    for index, operator in enumerate(shape.operators):
        name = f"state.{index}"
        area(plot, data, f"{name}.rows", operator_role(index))
        mark = line(plot, data, f"{name}.rows", operator_role(index))
        rows = [(column, f"@{{{name}.{column}}}{{0,0}}") for column in COLUMNS]
        hover(plot, mark, [("operator", operator), *rows])
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say each operator's rows, and what the newest batch changed."""
    return tuple(
        Reading(operator, _rows(frame, f"state.{index}"), operator_role(index))
        for index, operator in enumerate(shape.operators)
    )


def _rows(frame: Frame, name: str) -> str:
    kept, updated, removed = (wording.count(frame.last(f"{name}.{column}")) for column in COLUMNS)
    return f"{kept} rows (+{updated} -{removed})"


CHART = Chart(
    "state_rows",
    TITLE,
    "rows",
    source,
    root,
    update,
    applies=lambda shape: bool(shape.operators),
    missing="the query keeps no state",
    made_of=("operators",),
)
