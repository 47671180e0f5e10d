"""Each chart of a query as a bokeh document of its own, and history rows as the columns it draws."""

from __future__ import annotations

from threading import RLock

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
KEPT = 256

_documents: dict[tuple[Chart, Shape], dict] = {}
_building = RLock()


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


def own_shape(chart: Chart, shape: Shape) -> Shape:
    """Return what a chart's figure depends on of a shape, and nothing else."""
    return Shape(**{name: getattr(shape, name) for name in chart.made_of})


def figure_id(chart: Chart, shape: Shape) -> str:
    """Return what stays the same as long as a widget's figure does."""
    return " ".join(
        [chart.name, *(name for part in chart.made_of for name in getattr(shape, part))]
    )


def built(chart: Chart, shape: Shape) -> dict | None:
    """Return the document of a figure that was built before."""
    return _documents.get((chart, own_shape(chart, shape)))


def document(chart: Chart, shape: Shape) -> dict:
    """Return a figure as the JSON of a bokeh document without data, built once for each shape it depends on.

    Building takes tens of milliseconds. The page fills the sources, moves the time ranges of all figures together and
    leaves alone what is out of sight. Nobody changes the result. Any thread may call it.
    """
    key = (chart, own_shape(chart, shape))
    with _building:
        if key not in _documents:
            for oldest in list(_documents)[: max(0, len(_documents) - KEPT + 1)]:
                del _documents[oldest]
            _documents[key] = _build(*key)
        return _documents[key]


def _build(chart: Chart, shape: Shape) -> dict:
    page = Document()
    with page.models.freeze():
        empty = columns_of((chart,), Frame(0, {}, 0), shape)
        data = ColumnDataSource({name: [] for name in empty}, name="rows")
        plot = chart.root(data, shape, Range1d(0, 1))
        mark_changes(plot, ColumnDataSource({"at": [], "text": []}, name="marks"))
        page.add_root(plot)
    return page.to_json(deferred=False)
