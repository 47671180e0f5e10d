"""What a chart is: a figure, the columns it draws, and the words that say the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from bokeh.models import ColumnDataSource, Range1d
    from bokeh.plotting import figure

    from workbench.ui.columns import Frame
    from workbench.ui.progress import Shape

Columns = dict[str, np.ndarray]
"""Column name → one value a batch."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One figure of a chart in words; its role gives the colour of its mark in the legend."""

    label: str
    value: str
    role: str


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart of the dashboard.

    Parameters
    ----------
    name, title, unit : str
        Its key in `CHARTS`, its heading, and the unit of its vertical axis.
    source : callable
        History rows and the query's shape → the columns the figure draws, one value a batch. Row by row: the
        columns of new rows are streamed behind the old ones.
    root : callable
        A data source with those columns, the shape and the shared time range → a bokeh figure, built once.
    update : callable
        The newest rows and the shape → the readings, sent whenever they change.
    applies : callable
        Whether a query of this shape has anything to draw here.
    missing : str
        Why not, when it has not.
    made_of : tuple of str
        The fields of the shape that its figure and its columns depend on: as long as they stay, the figure stays.
    """

    name: str
    title: str
    unit: str
    source: Callable[[Frame, Shape], Columns]
    root: Callable[[ColumnDataSource, Shape, Range1d], figure]
    update: Callable[[Frame, Shape], tuple[Reading, ...]]
    applies: Callable[[Shape], bool] = lambda _: True
    missing: str = ""
    made_of: tuple[str, ...] = ()

    def sentence(self, frame: Frame, shape: Shape) -> str:
        """Return the readings on one line, for readers who do not see the figure."""
        return ", ".join(
            f"{reading.label} {reading.value}" for reading in self.update(frame, shape)
        )
