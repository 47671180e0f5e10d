"""The newest output rows: text whatever they hold, read in the background, never too often."""

from __future__ import annotations

from datetime import datetime
from threading import Event

import pytest
from pyspark.sql import Row

from tests.ui.fake_query import FakeQuery, FakeSession, progress
from tests.ui.test_feed import until
from workbench.ui.history import History
from workbench.ui.newest_rows import ROWS, NewestRows, at_node, cell, memory_table, panel_of
from workbench.ui.steering import Steering


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "NULL"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("two\nlines", "two lines"),
        (
            Row(start=datetime(2013, 1, 1, 5), end=datetime(2013, 1, 1, 6)),
            "2013-01-01 05:00:00 - 06:00:00",
        ),
        (Row(a=1, b=Row(c=None)), "{a: 1, b: {c: NULL}}"),
        (b"\x00\xff", "00 ff"),
        ("x" * 500, "x" * 159 + "…"),
    ],
)
def test_a_value_is_short_text(value, text):
    assert cell(value) == text


def test_the_newest_row_comes_first():
    panel = panel_of([Row(origin="EWR", n=1), Row(origin="JFK", n=2)])
    assert panel == {"columns": ["origin", "n"], "rows": [["JFK", "2"], ["EWR", "1"]], "note": ""}


def test_reading_happens_elsewhere_and_once_at_a_time():
    history, may_end, calls = History("q"), Event(), []

    def slow(node, count):
        calls.append((node, count))
        may_end.wait(10)
        return [Row(n=1)]

    rows = NewestRows(history, slow)
    history.add(progress(0))
    assert rows.latest()["rows"] == []
    history.add(progress(1))
    rows.latest()
    until(lambda: calls)
    assert calls == [("", ROWS)]
    may_end.set()
    until(lambda: rows.panel["rows"] == [["1"]])


def test_nothing_new_is_not_read_again():
    history, calls = History("q"), []
    rows = NewestRows(history, lambda node, count: calls.append(count) or [])
    history.add(progress(0))
    rows.latest()
    until(lambda: calls and not rows.lock.locked())
    rows.rest_until = 0.0
    rows.latest()
    assert len(calls) == 1


def test_a_table_that_cannot_be_read_says_so():
    history = History("q", "flights")
    history.add(progress(0, sink={"description": "FileSink[/tmp/out]", "numOutputRows": -1}))
    session = FakeSession([Row(n=1)])
    elsewhere = Steering(FakeQuery(session), history, session)
    rows = NewestRows(history, at_node(memory_table(history, session), elsewhere))
    rows.latest()
    until(lambda: rows.panel["note"])
    assert "FileSink[/tmp/out] keeps no rows" in rows.panel["note"]


def test_the_table_of_a_memory_sink_is_read():
    history = History("q", "flights")
    history.add(progress(0))
    assert memory_table(history, FakeSession([Row(n=1), Row(n=2)]))(1) == [Row(n=2)]


def test_another_node_begins_with_an_empty_table_when_it_cannot_be_read():
    def peek(node, count):
        if node:
            raise LookupError("there is no such node")
        return [Row(n=1)]

    history = History("q")
    history.add(progress(0))
    rows = NewestRows(history, peek)
    rows.latest()
    until(lambda: rows.panel["rows"] == [["1"]] and not rows.lock.locked())
    rows.look_at("nowhere")
    rows.latest()
    until(lambda: rows.panel["at"] == "nowhere")
    assert rows.panel["rows"] == []
    assert "no such node" in rows.panel["note"]
