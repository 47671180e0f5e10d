"""What to send a page next, so that it shows what a history holds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from workbench.ui.charts.chart import Chart
from workbench.ui.charts.document import built, columns_of, document, figure_id
from workbench.ui.columns import Frame
from workbench.ui.history import History
from workbench.ui.merged_history import MergedHistory
from workbench.ui.progress import Shape
from workbench.ui.theme import palette

WINDOW = 1_000
OVERLAP = 200
LOOK_BACK = 50

Message = tuple[dict[str, Any], bytes]


class RowStream:
    """The rows of one history for one widget: a snapshot, then what is new.

    A message names its rows by number, so a page that gets some of them twice keeps one copy, and a page that
    misses some knows. All columns of all charts go in one matrix of 8-byte floats, column after column. When the
    query turns out to have another shape (its first state, its first event time) a snapshot goes out instead; the
    figures, which take time to build, go by themselves and are named by ids. Pure: no threads, no clock, no widget.
    """

    def __init__(self, history: History | MergedHistory, charts: tuple[Chart, ...]) -> None:
        self.history = history
        self.charts = charts
        self.shape: Shape | None = None
        self.epoch = -1
        self.sent = 0
        self.base = 0

    def snapshot(self, rows: int = WINDOW) -> dict[str, Any]:
        """Return everything a page needs to begin, with the newest `rows`, and go on from there."""
        with self.history.lock:
            frame, shape, self.epoch = (
                self.history.tail(rows),
                self.history.shape,
                self.history.epoch,
            )
        self.shape = shape
        self.sent = self.base = frame.first + len(frame)
        header, data = self.matrix(frame)
        return {
            **header,
            "data": data,
            "cards": [card(chart, shape) for chart in self.drawn()],
            "missing": [
                [chart.title, chart.missing] for chart in self.charts if not chart.applies(shape)
            ],
            "palette": palette(),
            "window": WINDOW,
        }

    def is_stale(self) -> bool:
        """Whether only a new snapshot can tell what changed."""
        return self.history.shape != self.shape or self.history.epoch != self.epoch

    def rows(self, again: bool = False) -> Message | None:
        """Return the rows not yet sent, None if there are none.

        Parameters
        ----------
        again : bool
            Send what was sent since the snapshot once more: the page may not have been listening yet.
        """
        first = self.again_from() if again else self.sent
        frame = self.history.since(first)
        if len(frame) == 0:
            return None
        self.sent = frame.first + len(frame)
        return self.matrix(frame)

    def again_from(self) -> int:
        """Return the number of the first row that is sent again for a page that was not listening."""
        return max(self.base, self.history.ring.total - OVERLAP)

    def can_go_on(self, epoch: int | None, next_row: int | None) -> bool:
        """Whether a page that has every row before `next_row` needs no more than rows sent again."""
        return epoch == self.epoch and not self.is_stale() and (next_row or 0) >= self.again_from()

    def drawn(self) -> tuple[Chart, ...]:
        """Return the charts that have something to draw, as the page was told."""
        return tuple(chart for chart in self.charts if chart.applies(self.shape or Shape()))

    def figures(self) -> dict[str, Callable[[], dict[str, Any]]]:
        """Return what builds each figure, by its id."""
        shape = self.shape or Shape()
        return {figure_id(each, shape): partial(document, each, shape) for each in self.drawn()}

    def built_figures(self) -> dict[str, dict[str, Any]]:
        """Return the figures that need not be built any more, by their ids."""
        shape = self.shape or Shape()
        found = {figure_id(each, shape): built(each, shape) for each in self.drawn()}
        return {key: figure for key, figure in found.items() if figure is not None}

    def matrix(self, frame: Frame) -> Message:
        """Return rows as a header and the bytes of their columns."""
        columns = columns_of(self.drawn(), frame, self.shape or Shape())
        stacked = np.stack(list(columns.values())) if len(frame) else np.empty((len(columns), 0))
        header = {
            "epoch": self.epoch,
            "first": frame.first,
            "count": len(frame),
            "names": list(columns),
        }
        return header, stacked.astype("<f8").tobytes()

    def readings(self) -> dict[str, list[list[str]]]:
        """Return the words of every chart: name → [label, value, role]."""
        frame, shape = self.history.tail(LOOK_BACK), self.shape or Shape()
        if len(frame) == 0:
            return {}
        return {
            chart.name: [[r.label, r.value, r.role] for r in chart.update(frame, shape)]
            for chart in self.drawn()
        }


def card(chart: Chart, shape: Shape) -> dict[str, Any]:
    """Return what the page writes around one figure; `columns` are those of the table twin."""
    empty = Frame(0, {}, 0)
    columns = list(chart.source(empty, shape))
    drawn = list(columns_of((chart,), empty, shape))
    return {
        "name": chart.name,
        "figure": figure_id(chart, shape),
        "title": chart.title,
        "unit": chart.unit,
        "columns": columns,
        "drawn": drawn,
    }
