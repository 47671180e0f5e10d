"""What waits in the sources: a line that climbs is a query that falls behind."""

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

TITLE = "Waiting in the source"


def names(shape: Shape) -> list[str]:
    """Return one column a source."""
    return [f"source.{index}.lag" for index in range(max(1, len(shape.sources)))]


def source(frame: Frame, shape: Shape) -> Columns:
    """Return what each source held back after each batch."""
    return {name: frame[name] for name in names(shape)}


def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
    """Draw one line a source."""
    plot = canvas(TITLE, "rows", x_range)
    if len(shape.sources) == 1:
        area(plot, data, names(shape)[0], "lag")
    marks = [
        line(plot, data, name, operator_role(index) if index else "lag")
        for index, name in enumerate(names(shape))
    ]
    rows = [
        (wording.shorten(title, 24), f"@{{{name}}}{{0,0}} waiting")
        for title, name in zip(shape.sources, names(shape), strict=False)
    ]
    hover(plot, marks[0], rows)
    return plot


def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
    """Say what waits in each source."""
    return tuple(
        Reading(
            wording.shorten(title, 24),
            wording.count(frame.last(name)),
            operator_role(index) if index else "lag",
        )
        for index, (title, name) in enumerate(zip(shape.sources, names(shape), strict=False))
    )


CHART = Chart(
    "lag",
    TITLE,
    "rows",
    source,
    root,
    update,
    applies=lambda shape: shape.has_lag,
    missing="the sources do not tell how much they hold",
    made_of=("sources",),
)
