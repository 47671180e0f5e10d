"""The live handle: dashboard, figures, events and reasons of one query, and each as text."""

from __future__ import annotations

import re

import pytest
from ipykernel.comm import Comm
from IPython.utils.dir2 import dir2
from pyspark.sql import Row

from tests.ui.fake_query import FakeQuery, FakeSession
from tests.ui.test_feed import until
from workbench.ui.charts import document
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.live import live
from workbench.ui.live_bokeh import ROUTE
from workbench.ui.progress import Shape


@pytest.fixture
def query():
    return FakeQuery(FakeSession([Row(origin="<script>alert(1)</script>", n=1)]))


def test_the_handle_prints_the_whole_view(query):
    handle = live(query)
    query.emit()
    query.emit()
    text = repr(handle)
    assert text.startswith("flights · running · batch 1\n")
    assert "Rows per second           arriving 500 rows/s, processed 2,500 rows/s" in text
    assert "newest 2013-01-01 00:26:40, watermark 00:26:30, behind 10.0 s" in text
    assert text.endswith("  Rows are coming out: 5 in batch 1.")


def test_a_query_without_batches_and_without_a_name_has_a_view(query):
    query.name = None
    handle = live(query)
    until(lambda: handle.history.state == "running")
    text = f"query {query.id[:8]} · running\n  The first batch is not finished yet."
    assert repr(handle) == text


def test_progress_is_a_table_with_one_row_a_batch(query):
    handle = live(query)
    for _ in range(3):
        query.emit()
    table = handle.progress
    assert list(table["batch"]) == [0, 1, 2]
    assert list(table.columns[:3]) == ["batch", "time", "run"]
    assert str(table["watermark"].dtype) == "datetime64[ns, UTC]"


def test_progress_of_nothing_is_an_empty_table(query):
    assert len(live(query).progress) == 0


def test_events_print_one_a_line(query):
    handle = live(query)
    query.emit(state={"numRowsDroppedByWatermark": 4})
    query.stop(error="java.lang.X: no space left")
    assert [event.kind for event in handle.events][-2:] == ["late", "failed"]
    assert "from batch 0 on: 4 rows came behind the watermark and were dropped" in repr(
        handle.events
    )


def test_every_chart_is_a_widget_of_its_own_and_completes(query):
    handle = live(query)
    query.emit()
    assert set(dir(handle.charts)) == set(CHARTS)
    assert handle.charts.watermark is handle.charts.watermark
    assert "rates: arriving" in repr(handle.charts)
    with pytest.raises(AttributeError, match="the charts are rates, duration"):
        handle.charts.nonsense  # noqa: B018 - the access is what is tested


STORY = ("dashboard", "progress", "latency", "state", "plan", "events", "why", "pause", "resume", "step", "tune")  # fmt: skip


def test_everything_completes_and_has_a_text(query):
    handle = live(query)
    query.emit()
    assert set(STORY) <= set(dir2(handle)), "what Tab offers"
    for name in STORY[:6]:
        if name == "plan":  # asks the server for its text
            assert "FakeSource" in handle.plan.graph()
        else:
            assert "object at 0x" not in repr(getattr(handle, name))
    assert repr(handle.dashboard) == repr(handle)
    assert repr(handle.charts.watermark).startswith("newest 2013-01-01 00:26:40")
    data, _ = handle.charts.watermark._repr_mimebundle_()
    assert data["text/plain"] == repr(handle.charts.watermark)
    assert "<pre" in data["text/html"]


def test_a_display_carries_a_widget_and_a_still_text(query):
    handle = live(query)
    query.name = "<script>x</script>"
    query.emit()
    data, _ = handle._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    *text, as_of = data["text/plain"].splitlines()
    assert text == repr(handle).splitlines()
    assert as_of.startswith("  as of 20") and as_of.endswith(" UTC")
    assert "<script>" not in data["text/html"]


def test_a_page_that_reloads_gets_the_state_of_now(query):
    handle = live(query)
    query.emit()
    widget = handle.dashboard
    for _ in range(5):
        query.emit()
    snapshot = widget.get_state()["snapshot"]
    assert (snapshot["first"], snapshot["count"]) == (0, 6)
    parts = {"status", "rows", "events", "marks", "steering", "plan", "state", "readings"}
    assert set(snapshot["panels"]) == parts


@pytest.fixture
def sent(query, monkeypatch):
    """A dashboard whose messages are kept instead of sent."""
    handle = live(query)
    query.emit()
    messages = []
    monkeypatch.setattr(
        handle.dashboard, "send", lambda content, buffers=None: messages.append(content)
    )
    return handle.dashboard, messages


def test_one_message_a_flush_for_the_whole_dashboard(query, sent):
    widget, messages = sent
    query.emit()
    query.emit()
    widget.flush()
    assert [message["kind"] for message in messages] == ["rows"]
    assert messages[0]["count"] == 2
    widget.flush()
    assert [m.get("names") for m in messages[1:]] in ([], [None]), "no rows are sent twice"


def test_a_view_says_hello_and_goodbye(sent):
    widget, messages = sent
    assert not widget.is_shown()
    widget.hear(widget, {"kind": "hello", "view": "a"}, [])
    assert widget.is_shown()
    assert [message["kind"] for message in messages][:1] == ["reset"]
    widget.hear(widget, {"kind": "bye", "view": "a"}, [])
    assert not widget.is_shown()


def figures(messages):
    return [message["figure"] for message in messages if message["kind"] == "figure"]


def test_figures_follow_one_by_one_and_a_page_that_lacks_one_gets_it_again(sent, monkeypatch):
    monkeypatch.setattr(document, "_documents", {})
    widget, messages = sent
    widget.sent_figures.clear()
    ids = [card["figure"] for card in widget.stream.snapshot()["cards"]]
    widget.send_figures()
    widget.send_figures()
    until(lambda: len(figures(messages)) == len(ids))
    assert figures(messages) == ids, "each once, in the order of the charts"
    assert list(widget.get_state()["snapshot"]["figures"]) == ids, "the next page gets them at once"
    widget.hear(widget, {"kind": "seen", "view": "a", "lacks": ids[-1:]}, [])
    until(lambda: figures(messages) == [*ids, ids[-1]])


def test_a_figure_stays_when_it_has_no_part_in_what_is_new():
    plain, stateful = Shape(), Shape(operators=("count",), has_event_time=True)
    rates, rows = CHARTS["rates"], CHARTS["state_rows"]
    assert document.document(rates, plain) is document.document(rates, stateful)
    assert document.figure_id(rates, plain) == document.figure_id(rates, stateful)
    assert document.figure_id(rows, plain) != document.figure_id(rows, stateful)


def test_a_page_that_has_all_is_sent_no_snapshot(query, sent):
    widget, messages = sent
    snapshot = widget.get_state()["snapshot"]
    abreast = {"epoch": snapshot["epoch"], "next": snapshot["first"] + snapshot["count"]}
    query.emit()
    widget.hear(widget, {"kind": "hello", "view": "a", **abreast}, [])
    widget.hear(widget, {"kind": "hello", "view": "b", **abreast, "epoch": -1}, [])
    kinds = [(each["kind"], each.get("count")) for each in messages if each["kind"] != "figure"]
    assert kinds == [("rows", 1), ("reset", 2)]


def test_a_page_is_heard_on_its_own_subshell_whoever_published_last(query):
    """On ipykernel 7.4: the last one may have been the subshell of a page that was reloaded since."""
    comm = Comm(target_name="jupyter.widget", show_warning=False)
    live(query).dashboard.comm = comm
    comm._reply_subshell_id = "of a page that is gone"
    route = getattr(comm, ROUTE, lambda _, default: default)
    assert route({}, "the page's own") == "the page's own"


def test_the_stop_button_stops_the_query(query, sent):
    widget, _ = sent
    widget.hear(widget, {"kind": "stop", "view": "a"}, [])
    until(lambda: not query.isActive)


def test_what_a_page_invents_is_ignored(sent):
    widget, messages = sent
    widget.hear(widget, {"kind": "rm -rf", "view": None}, [])
    assert messages == []


def test_the_history_becomes_a_page(query, tmp_path):
    handle = live(query)
    query.name = "</script><b>"
    query.emit()
    text = handle.export(tmp_path / "history.html").read_text("utf-8")
    assert "</script><b>" not in text
    assert "wb-steer-buttons" in text, "the page's code is in the page"
    assert not re.search(r"<(script|link)[^>]+(src|href)=", text)
