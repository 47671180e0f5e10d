"""What a page is told: a snapshot, then what is new; played back by a page of a few lines."""

from __future__ import annotations

import numpy as np

from tests.ui.fake_query import progress
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.history import History
from workbench.ui.rowstream import WINDOW, RowStream


class Page:
    """What `assets/store.js` does, in Python."""

    def __init__(self, snapshot):
        self.epoch, self.next, self.missed = (
            snapshot["epoch"],
            snapshot["first"] + snapshot["count"],
            False,
        )
        self.columns = self.matrix(snapshot, snapshot["data"], 0)

    @staticmethod
    def matrix(header, data, skip):
        values = np.frombuffer(data, "<f8").reshape(len(header["names"]), header["count"])
        return {
            name: row[skip:].tolist() for name, row in zip(header["names"], values, strict=True)
        }

    def take(self, message):
        header, data = message
        self.missed |= header["epoch"] != self.epoch or header["first"] > self.next
        skip = max(0, self.next - header["first"])
        for name, values in self.matrix(header, data, skip).items():
            self.columns[name] += values
        self.next = max(self.next, header["first"] + header["count"])


def stream(batches):
    history = History("query-1")
    for batch in batches:
        history.add(progress(batch))
    return history, RowStream(history, tuple(CHARTS.values()))


def test_a_page_sees_every_batch_once():
    history, rows = stream(range(3))
    page = Page(rows.snapshot())
    for batch in (3, 4, 5):
        history.add(progress(batch))
        page.take(rows.rows())
    assert page.columns["batch"] == [0, 1, 2, 3, 4, 5]
    assert rows.rows() is None
    assert not page.missed


def test_a_page_that_comes_late_still_sees_everything():
    history, rows = stream(range(3))
    page = Page(rows.snapshot())
    history.add(progress(3))
    rows.rows(again=True)  # sent before the page listened
    history.add(progress(4))
    page.take(rows.rows(again=True))
    assert page.columns["batch"] == [0, 1, 2, 3, 4]


def test_a_lost_message_is_noticed():
    history, rows = stream(range(3))
    page = Page(rows.snapshot())
    history.add(progress(3))
    rows.rows()
    history.add(progress(4))
    page.take(rows.rows())
    assert page.missed


def test_a_new_shape_asks_for_a_new_snapshot():
    history, rows = stream([])
    first = rows.snapshot()
    assert [card["name"] for card in first["cards"]] == ["rates", "duration", "sink"]
    missing = dict(first["missing"])
    assert missing["End-to-end latency"].startswith("nothing tells when the rows were made")
    history.add(progress(0))
    assert rows.is_stale()
    assert "watermark" in [card["name"] for card in rows.snapshot()["cards"]]
    assert not rows.is_stale()


def test_a_page_gets_at_most_one_window_of_rows():
    _, rows = stream(range(WINDOW + 50))
    assert rows.snapshot()["count"] == WINDOW
    assert rows.snapshot()["first"] == 50


def test_every_column_a_figure_draws_is_sent():
    _, rows = stream(range(2))
    snapshot = rows.snapshot()
    figures = {key: build() for key, build in rows.figures().items()}
    assert list(figures) == [card["figure"] for card in snapshot["cards"]]
    drawn = {key for model in models(list(figures.values())) for key in fields(model)}
    assert drawn >= {"rates.input", "watermark", "state.0.rows", "dropped", "output_rows"}
    assert drawn <= set(snapshot["names"])


def models(value):
    """Every model of a bokeh document."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from models(item)


def fields(model):
    """The columns a glyph reads."""
    is_glyph = model.get("name") in ("Line", "VBar", "VArea", "Step", "Scatter")
    values = model.get("attributes", {}).values() if is_glyph else ()
    return {
        v["field"]
        for v in values
        if isinstance(v, dict) and "field" in v and v.get("type") == "field"
    }
