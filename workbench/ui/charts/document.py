"""Charts of one query as a bokeh document, and history rows as the columns it draws."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from bokeh.document import Document
from bokeh.models import ColumnDataSource, DataRange1d

from workbench.ui.charts.chart import Chart
from workbench.ui.columns import Frame
from workbench.ui.progress import Shape

SOURCE = "rows"
FOLLOW_MS = 5 * 60 * 1000
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
    """Return the charts as the JSON of one bokeh document without data: a root a chart, one time range.

    Building takes a few hundred ms, so it is done once for queries of one shape. Nobody changes the result.
    """
    empty = Frame(0, {}, 0)
    data = ColumnDataSource({name: [] for name in columns_of(charts, empty, shape)}, name=SOURCE)
    time = DataRange1d(
        follow="end", follow_interval=FOLLOW_MS, range_padding=0.02, min_interval=1000
    )
    page = Document()
    with page.models.freeze():
        for chart in charts:
            page.add_root(chart.root(data, shape, time))
    return page.to_json(deferred=False)
