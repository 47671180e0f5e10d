"""The side panel in JupyterLab, on the real engine: every query of every kernel, and buttons that answer while a cell runs."""

from __future__ import annotations

import re

import pytest

from tests.browser.panel import (
    APPEARS_MS,
    PANEL,
    ROW,
    batch,
    notebook,
    number,
    press,
    row,
    show,
    until,
)

BUSY = "import pathlib, time\nwhile True: pathlib.Path('beat').touch(); time.sleep(0.1)"
THEMES = ["JupyterLab Light", "JupyterLab Dark"]
STATUS = "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.status"
SOURCES = "() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells.map((cell) => [cell.source].flat().join(''))"


def standing(opened, name):
    """The newest batch of a paused query: the one under way when it was paused still ended."""
    found = -2
    while found != batch(opened, name):
        found = batch(opened, name)
        opened.page.wait_for_timeout(2000)
    return found


def is_busy(opened):
    """Whether a cell runs: its prompt says so."""
    return opened.page.locator(".jp-InputPrompt", has_text="[*]").count() > 0


@pytest.fixture(scope="module")
def flights(lab, open_page):
    """A running query in a kernel whose last cell never ends."""
    return notebook(lab, open_page, "panel_flights.ipynb", "flights", "x = 1", BUSY)


def test_a_query_is_listed_and_its_figures_move(flights):
    before = batch(flights, "flights")
    flights.page.wait_for_function(
        "([row, before]) => Number(document.querySelectorAll(`${row} dd`)[3].textContent) > before",
        arg=[ROW, before + 1],
        timeout=APPEARS_MS,
    )
    assert row(flights, "flights").locator("svg.swb-Spark polyline").count() == 1
    assert flights.page.locator(".swb-Status").inner_text().strip() == "1"


def test_the_panel_does_not_make_a_running_cell_look_idle(flights):
    assert is_busy(flights)
    flights.page.wait_for_timeout(3000)
    assert flights.page.evaluate(STATUS) == "busy"


def test_buttons_answer_while_a_cell_runs(flights):
    press(flights, "flights", "pause")
    row(flights, "flights", "paused").wait_for(timeout=APPEARS_MS)
    stood = standing(flights, "flights")
    press(flights, "flights", "step")
    flights.page.wait_for_function(
        "([row, before]) => Number(document.querySelectorAll(`${row} dd`)[3].textContent) === before + 1",
        arg=[ROW, stood],
        timeout=APPEARS_MS,
    )
    press(flights, "flights", "resume")
    row(flights, "flights", "running").wait_for(timeout=APPEARS_MS)
    assert is_busy(flights), "the cell still runs"
    flights.page.wait_for_function(f"{STATUS} === 'busy'", timeout=APPEARS_MS)


def test_the_dashboard_opens_beside_the_notebook_while_a_cell_runs(flights):
    press(flights, "flights", "dashboard")
    flights.page.wait_for_selector(".swb-Dashboard [data-chart=rates] canvas", timeout=APPEARS_MS)
    boxes = [
        flights.page.locator(part).first.bounding_box()
        for part in (".jp-Notebook", ".swb-Dashboard")
    ]
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"]
    assert is_busy(flights)
    press(flights, "flights", "dashboard")
    assert flights.page.locator(".swb-Dashboard").count() == 1


def test_one_chart_is_docked_beside_the_notebook(flights):
    press(flights, "flights", "chart")
    dialog = flights.page.locator(".jp-Dialog")
    dialog.locator("select").select_option("Event time and watermark")
    dialog.locator(".jp-mod-accept").click()
    docked = flights.page.locator(".swb-Dashboard:not(:has([data-chart=rates]))")
    docked.locator("[data-chart=watermark] canvas").first.wait_for(timeout=APPEARS_MS)
    assert docked.locator("[data-chart]").count() == 1
    tab = flights.page.locator(".lm-TabBar-tab", has_text="Event time and watermark, flights")
    assert is_busy(flights)
    tab.locator(".lm-TabBar-tabCloseIcon").click()
    tab.wait_for(state="detached", timeout=APPEARS_MS)


def test_it_goes_to_the_cell_and_inserts_the_handle(flights):
    press(flights, "flights", "jump")
    flights.page.wait_for_function(
        "window.jupyterapp.shell.currentWidget.content?.activeCellIndex === 0", timeout=APPEARS_MS
    )
    press(flights, "flights", "insert")
    flights.page.wait_for_function(f"({SOURCES})().length === 4", timeout=APPEARS_MS)
    assert flights.page.evaluate(SOURCES)[1].endswith("\nflights")


@pytest.mark.parametrize("theme", THEMES, ids=["light", "dark"])
def test_it_can_be_read_aloud_and_follows_the_theme(flights, theme):
    from axe_playwright_python.sync_playwright import Axe

    flights.theme(theme)
    found = Axe().run(flights.page, context=PANEL).response["violations"]
    assert [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found] == []
    background = flights.page.locator(PANEL).evaluate(
        "(el) => getComputedStyle(el).backgroundColor"
    )
    brightest = max(map(int, re.findall(r"\d+", background)[:3]))
    assert (brightest < 80) == ("Dark" in theme)


def test_every_control_is_reached_by_the_keyboard(flights):
    flights.page.locator(f"{PANEL} .swb-Link").first.focus()
    reached = []
    for _ in range(7):
        flights.page.keyboard.press("Tab")
        reached.append(flights.page.evaluate("document.activeElement.dataset.action"))
    # One batch can be run of a paused query only.
    assert reached == ["pause", "stop", "dashboard", "chart", "jump", "insert", None]
    flights.page.locator(f"{ROW} [data-action=pause]").focus()
    flights.page.keyboard.press("Enter")
    row(flights, "flights", "paused").wait_for(timeout=APPEARS_MS)
    flights.page.keyboard.press("Enter")
    row(flights, "flights", "running").wait_for(timeout=APPEARS_MS)


def test_after_a_reload_queries_and_dashboards_are_there_once_and_work_while_the_cell_still_runs(
    lab, flights
):
    page = flights.page
    page.wait_for_timeout(1500)  # JupyterLab saves its layout a second after a change.
    page.goto(page.url.split("?")[0])
    page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=APPEARS_MS)
    page.wait_for_selector(PANEL, state="visible", timeout=APPEARS_MS)
    row(flights, "flights", "running").wait_for(timeout=APPEARS_MS)
    page.wait_for_selector(".swb-Dashboard [data-chart=rates] canvas", timeout=APPEARS_MS)
    shown = page.locator(".swb-Dashboard .wb-chips li:first-child b")
    before = number(shown)
    until(lambda: number(shown) > before, "the dashboard that was docked before draws and moves")
    assert page.locator(".swb-Dashboard .wb-live").count() == 1
    assert page.locator(ROW).count() == 1
    press(flights, "flights", "stop")
    row(flights, "flights", "stopped").wait_for(timeout=APPEARS_MS)
    # The page has forgotten which cell runs, so the cell itself tells.
    beat = lab.notebooks / "beat"
    before = beat.stat().st_mtime
    page.wait_for_timeout(1000)
    assert beat.stat().st_mtime > before, "the cell still runs"
    assert page.locator(ROW).count() == 1
    assert flights.errors == []


def test_two_kernels_have_their_own_queries_and_a_restart_empties_one(lab, open_page):
    first = notebook(lab, open_page, "panel_first.ipynb", "departures")
    second = notebook(lab, open_page, "panel_second.ipynb", "arrivals")
    for opened in (first, second):
        row(opened, "departures", "running").wait_for(timeout=APPEARS_MS)
        row(opened, "arrivals", "running").wait_for(timeout=APPEARS_MS)
    places = second.page.locator(f"{PANEL} .swb-Place")
    names = [places.nth(n).get_attribute("aria-label") for n in range(places.count())]
    assert {"panel_first.ipynb", "panel_second.ipynb"} <= set(names)
    first.page.evaluate(
        "void window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    for opened in (first, second):
        row(opened, "departures").wait_for(state="detached", timeout=APPEARS_MS)
        assert row(opened, "arrivals").count() == 1
    first.run_all()
    for opened in (first, second):
        row(opened, "departures", "running").wait_for(timeout=APPEARS_MS)
        assert row(opened, "departures").count() == 1
        assert opened.errors == []


def test_a_failed_query_says_why_and_a_hostile_name_is_text(lab, open_page):
    fails = "def boom(rows, batch): raise ValueError('the lake is full')\nfails = frame.writeStream.queryName('lake').foreachBatch(boom).start()"
    hostile = "<img src=x onerror='window.hacked=1'>"
    started = f"hostile = frame.writeStream.queryName({hostile!r}).format('noop').start()"
    opened = notebook(lab, open_page, "panel_bad.ipynb", "flights_again", fails, started)
    row(opened, hostile, "running").wait_for(timeout=APPEARS_MS)
    row(opened, "lake", "failed").wait_for(timeout=APPEARS_MS)
    assert "the lake is full" in row(opened, "lake").inner_text()
    assert opened.page.locator(f"{PANEL} img").count() == 0
    assert opened.page.evaluate("window.hacked") is None


def test_a_kernel_that_never_used_streams_imports_nothing(lab, open_page):
    lab.write("panel_plain.ipynb", "x = 1")
    opened = open_page("panel_plain.ipynb")
    show(opened)
    opened.page.wait_for_timeout(3000)
    loaded = (
        "sorted({m.split('.')[0] for m in __import__('sys').modules} & {'workbench', 'pyspark'})"
    )
    assert opened.ask(loaded) == "[]"
