"""Charts of several queries: one line a query."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.ui import wording
from workbench.ui.charts.canvas import canvas, hover, line
from workbench.ui.charts.chart import Chart, Reading
from workbench.ui.theme import operator_role

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.charts.chart import Columns
    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure that queries are compared by."""

    name: str
    title: str
    unit: str
    values: Callable[[Frame, int], np.ndarray]
    word: Callable[[float], str]


MEASURES = (
    Measure("processed", "Rows processed per second", "rows/s", lambda f, q: f[f"{q}.processed_rate"], wording.rate),
    Measure("input", "Rows arriving per second", "rows/s", lambda f, q: f[f"{q}.input_rate"], wording.rate),
    Measure("duration", "Batch duration", "ms", lambda f, q: f[f"{q}.duration"], wording.duration),
    Measure("state", "Rows in state", "rows", lambda f, q: f[f"{q}.state.0.rows"], wording.count),
    Measure("output", "Rows out", "rows", lambda f, q: f[f"{q}.output_rows"], wording.count),
    Measure("lag", "Watermark behind the newest event", "ms",
            lambda f, q: f[f"{q}.event.max"] - f[f"{q}.watermark"], wording.duration),
)  # fmt: skip


def comparison(names: tuple[str, ...]) -> tuple[Chart, ...]:
    """Return one chart a measure for the queries of these names."""
    return tuple(chart_of(measure, names) for measure in MEASURES)


def chart_of(measure: Measure, names: tuple[str, ...]) -> Chart:
    """Return the chart of one measure."""
    columns = [f"{measure.name}.{index}" for index in range(len(names))]

    def source(frame: Frame, shape: Shape) -> Columns:
        return {column: measure.values(frame, index) for index, column in enumerate(columns)}

    def root(data: ColumnDataSource, shape: Shape, x_range: Range1d) -> figure:
        plot = canvas(measure.title, measure.unit, x_range)
        marks = [
            line(plot, data, column, operator_role(index)) for index, column in enumerate(columns)
        ]
        rows = [
            (name, f"@{{{column}}}{{0,0}}") for name, column in zip(names, columns, strict=True)
        ]
        hover(plot, marks[0], rows)
        return plot

    def update(frame: Frame, shape: Shape) -> tuple[Reading, ...]:
        newest = source(frame, shape)
        return tuple(
            Reading(name, measure.word(float(newest[column][-1])), operator_role(index))
            for index, (name, column) in enumerate(zip(names, columns, strict=True))
        )

    return Chart(measure.name, measure.title, measure.unit, source, root, update)
