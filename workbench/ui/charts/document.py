"""Charts of one query as a bokeh document, and history rows as the columns it draws."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from bokeh.document import Document
from bokeh.models import ColumnDataSource, Range1d

from workbench.ui.charts.canvas import mark_changes
from workbench.ui.charts.chart import Chart
from workbench.ui.columns import Frame
from workbench.ui.progress import Shape

COMMON = ("time", "batch", "input_rows")
LONGEST_BAR_MS = 10_000
BAR_SHARE = 0.85


def columns_of(charts: tuple[Chart, ...], frame: Frame, shape: Shape) -> dict[str, np.ndarray]:
    """Return everything the charts draw for these rows, one value a row."""
    found = {name: frame[name] for name in COMMON} | {"width": widths(frame)}
    for chart in charts:
        found |= chart.source(frame, shape)
    return found


def widths(frame: Frame) -> np.ndarray:
    """Return how wide a batch's bar is: as long as it took, or most of the way to the batch before."""
    gap = np.minimum(frame["interval"], LONGEST_BAR_MS)
    return np.fmax(np.fmax(gap, frame["duration"]) * BAR_SHARE, 1.0)


@lru_cache(maxsize=32)
def document(charts: tuple[Chart, ...], shape: Shape) -> dict:
    """Return the charts as the JSON of one bokeh document without data: a root and a source a chart.

    The page fills the sources and moves the time ranges together, and leaves alone what is out of sight. Building takes a few hundred ms, so it is done once for queries of one shape. Nobody changes the result.
    """
    page = Document()
    with page.models.freeze():
        for chart in charts:
            empty = columns_of((chart,), Frame(0, {}, 0), shape)
            data = ColumnDataSource({name: [] for name in empty}, name=f"rows.{chart.name}")
            plot = chart.root(data, shape, Range1d(0, 1))
            mark_changes(plot, ColumnDataSource({"at": [], "text": []}, name=f"marks.{chart.name}"))
            page.add_root(plot)
    return page.to_json(deferred=False)
