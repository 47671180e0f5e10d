"""The side panel with fifty queries, two browsers on one notebook, the notebook closed; and its commands and settings."""

from __future__ import annotations

import os
import re
import sys
import time

import pytest

from tests.browser.panel import APPEARS_MS, PANEL, ROW, notebook, number, press, row, show, until
from tests.browser.spent import Spent

QUERIES = 50
EVERY_S = 5
WATCHED_S = int(os.environ.get("WORKBENCH_WATCHED_S", EVERY_S))
"""How long the page is watched: a batch of every query, however busy the machine is when."""
MORE = f"""\
def start(number):
    return (frame.writeStream.format("noop").queryName(f"query_{{number:02d}}")
            .trigger(processingTime="{EVERY_S} seconds").start())
more = [start(number) for number in range({QUERIES - 1})]
"""
SETTINGS = "window.jupyterapp.pluginRegistry._plugins.get('@jupyterlab/apputils-extension:settings').service"
SOURCES = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.map((cell) => [cell.source].flat().join(''))"


@pytest.fixture(scope="module")
def many(lab, open_page):
    return notebook(lab, open_page, "panel_many.ipynb", "flights", MORE, "")


def running(opened):
    """The number in the status bar; it goes away with the last running query."""
    count = opened.page.locator(".swb-Status")
    return number(count) if count.is_visible() else 0


def setting(opened, name, value):
    opened.page.evaluate(f"([name, value]) => {SETTINGS}.set('streaming-workbench:panel', name, value)", [name, value])  # fmt: skip


def test_fifty_queries_are_listed_once_each(many):
    began = time.monotonic()
    until(lambda: running(many) == QUERIES, "the status bar counts fifty")
    until(lambda: many.page.locator(ROW).count() == QUERIES, "fifty rows")
    sys.stdout.write(f"\n{QUERIES} queries listed {time.monotonic() - began:.1f} s after the first")
    names = many.page.locator(f"{ROW} .swb-Query-name").all_inner_texts()
    assert names == ["flights", *(f"query_{n:02d}" for n in range(QUERIES - 1))]
    assert number(many.page.locator(f"{PANEL} .swb-Count")) == QUERIES


def test_what_fifty_rows_cost_is_printed_and_a_hidden_panel_costs_less(many):
    many.page.wait_for_function("window.__workbench_rehearsed", timeout=APPEARS_MS)
    costs = {}
    for shown in (False, True):
        many.command("application:toggle-right-area")
        many.page.wait_for_selector(PANEL, state="visible" if shown else "hidden")
        # What was asked for before comes within a second.
        many.page.wait_for_timeout(1000)
        spent = Spent(many)
        many.page.wait_for_timeout(WATCHED_S * 1000)
        costs[shown] = spent.page() / WATCHED_S, spent.kernel() / WATCHED_S, spent.received
    for shown, (page, kernel, received) in costs.items():
        sys.stdout.write(
            f"\n{QUERIES} queries, panel {'shown' if shown else 'hidden'}: a second takes {page:.0f} ms of the page's"
            f" thread and {kernel:.0f} of the kernel's, {received / WATCHED_S / 1024:.0f} kB received"
        )
    assert costs[False][2] < costs[True][2] / 2, "figures are told only while somebody looks"
    many.page.wait_for_selector(PANEL, state="visible", timeout=APPEARS_MS)


def test_a_row_says_rates_lag_batch_and_watermark(many):
    def figures():
        shown = row(many, "flights").locator(".swb-Figures > div").all_inner_texts()
        return dict(re.split(r"\s*\n\s*", text.strip(), maxsplit=1) for text in shown)

    until(lambda: not {"-", ""} & set(figures().values()), figures)
    found = figures()
    assert set(found) >= {"rows in", "processed", "lag", "batch", "watermark"}
    assert found["rows in"].endswith("/s")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d", found["watermark"])


def test_a_name_dragged_into_a_cell_is_a_handle(many):
    many.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    cell = many.page.locator(".jp-Notebook .jp-Cell").nth(2).locator(".cm-content")
    for _ in range(10):  # rows move while queries start
        row(many, "flights").locator(".swb-Query-name").drag_to(cell)
        if "spark.streams.get(" in many.page.evaluate(SOURCES)[2]:
            break
    dropped = many.page.evaluate(SOURCES)[2]
    assert dropped.startswith('flights = spark.streams.get("')
    many.page.evaluate("window.jupyterapp.shell.currentWidget.content.activeCellIndex = 2")
    many.command("notebook:run-cell")
    many.page.locator(".jp-OutputArea [data-chart=rates]").first.wait_for(timeout=APPEARS_MS)


def test_settings_hide_sparklines_and_ended_queries(many):
    press(many, "query_00", "stop")
    row(many, "query_00", "stopped").wait_for(timeout=APPEARS_MS)
    row(many, "flights").locator("svg.swb-Spark").wait_for(timeout=APPEARS_MS)
    setting(many, "sparklines", False)
    setting(many, "showEnded", False)
    until(lambda: many.page.locator(f"{ROW} svg.swb-Spark").count() == 0, "no sparkline")
    until(lambda: row(many, "query_00").count() == 0, "no ended query")
    setting(many, "sparklines", True)
    setting(many, "showEnded", True)
    row(many, "query_00", "stopped").wait_for(timeout=APPEARS_MS)


def test_two_browsers_on_one_notebook_see_the_same_and_both_steer(many, open_page):
    second = open_page("panel_many.ipynb", apart=True)
    show(second)
    until(lambda: second.page.locator(ROW).count() == QUERIES, "fifty rows there, too")
    press(second, "query_01", "pause")
    for opened in (many, second):
        row(opened, "query_01", "paused").wait_for(timeout=APPEARS_MS)
    press(many, "query_01", "stop")
    for opened in (many, second):
        row(opened, "query_01", "stopped").wait_for(timeout=APPEARS_MS)
        assert row(opened, "query_01").count() == 1
    assert second.errors == []
    second.page.close()


def test_a_closed_notebook_leaves_its_queries_in_the_panel(many):
    many.command("docmanager:save")
    many.command("application:close")
    many.page.locator(".jp-Notebook").wait_for(state="detached", timeout=APPEARS_MS)
    press(many, "query_02", "pause")
    row(many, "query_02", "paused").wait_for(timeout=APPEARS_MS)
    press(many, "flights", "dashboard")
    many.page.wait_for_selector(".swb-Dashboard [data-chart=rates] canvas", timeout=APPEARS_MS)
    many.page.wait_for_selector(".jp-Notebook .jp-Cell", state="attached", timeout=APPEARS_MS)


def test_the_palette_has_every_command_and_one_stops_all(many):
    many.command("apputils:activate-command-palette")
    many.page.locator(".lm-CommandPalette-input").fill("streaming quer")
    offered = ".lm-CommandPalette-item .lm-CommandPalette-itemLabel"
    until(lambda: many.page.locator(offered).count() >= 9, "every command is offered")
    many.page.locator(offered, has_text="Stop All Streaming Queries").click()
    until(lambda: running(many) == 0, "no query runs any more")
    assert many.errors == []
