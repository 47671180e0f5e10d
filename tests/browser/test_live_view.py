"""The live view in JupyterLab, on a fake query, with the network cut off: it draws, moves, and follows the theme."""

from __future__ import annotations

import re

import pytest

from tests.ui.test_feed import until

QUERY = """\
import threading, time
from fake_query import FakeQuery, FakeSession
from pyspark.sql import Row
from workbench.ui.live import live

hostile = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"
session = FakeSession([Row(origin=name, flights=n) for n, name in enumerate(["EWR", "JFK", hostile])])
q = FakeQuery(session, "flights")

def work():
    while q.isActive:
        q.emit()
        time.sleep(0.1)

threading.Thread(target=work, daemon=True).start()
handle = live(q)
"""
BATCH = ".wb-chips li:first-child b"
PIXEL = """(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
  let drawn = 0;
  for (let i = 3; i < pixels.length; i += 4) if (pixels[i] > 0) drawn++;
  return [drawn, pixels[(height / 2 | 0) * width * 4 + 3]];
}"""


@pytest.fixture(scope="module")
def live_page(lab, open_page):
    """One page for the tests below, which leave it as they found it; the last one stops the query."""
    lab.write("live.ipynb", QUERY, "handle")
    opened = open_page("live.ipynb")
    opened.run_all()
    opened.page.wait_for_selector("[data-chart=watermark] canvas", timeout=60_000)
    return opened


def batch(page):
    """The number of the newest batch the page shows."""
    text = page.locator(BATCH).first.inner_text()
    return int(re.sub(r"\D", "", text) or -1)


def moves(page):
    """Wait until newer batches are shown."""
    before = batch(page)
    page.wait_for_function(
        "([selector, before]) => Number(document.querySelector(selector).textContent.replace(/\\D/g, '')) > before",
        arg=[BATCH, before + 3],
        timeout=20_000,
    )


def test_the_dashboard_draws_and_moves(live_page):
    page = live_page.page
    charts = page.locator(".wb-card[data-chart]")
    names = [charts.nth(n).get_attribute("data-chart") for n in range(charts.count())]
    assert names == [
        "rates",
        "duration",
        "lag",
        "watermark",
        "state_rows",
        "late",
        "sink",
        "state_bytes",
    ]
    assert all(
        page.locator(f"[data-chart={name}] canvas").first.evaluate(PIXEL)[0] > 200 for name in names
    )
    moves(page)
    assert live_page.errors == []


def test_while_a_cell_runs_it_moves_and_stops_the_query_and_it_falls_silent_when_it_is_gone(
    lab, open_page
):
    lab.write("busy.ipynb", QUERY, "handle", "while q.isActive: time.sleep(0.1)")
    opened = open_page("busy.ipynb")
    opened.run_all()
    opened.page.wait_for_selector("[data-chart=watermark] canvas", timeout=60_000)
    moves(opened.page)
    assert opened.page.locator(".jp-InputPrompt", has_text="[*]").count() == 1, (
        "the cell still runs"
    )
    opened.page.locator(".wb-head button", has_text="Stop").click()
    opened.page.wait_for_selector(".wb-state[data-state=stopped]", timeout=60_000)
    opened.page.locator(".jp-InputPrompt", has_text="[*]").wait_for(
        state="detached", timeout=60_000
    )
    opened.command("notebook:clear-all-cell-outputs")
    opened.page.wait_for_function("document.querySelectorAll('.wb-live').length === 0")
    # The page says goodbye after it has taken the view away.
    until(lambda: opened.ask("handle.dashboard.is_shown()") == "False", 60)


@pytest.mark.parametrize(
    ("theme", "dark"), [("JupyterLab Dark", True), ("JupyterLab Light", False)]
)
def test_it_follows_the_theme(live_page, theme, dark):
    page = live_page.page
    live_page.theme(theme)
    page.wait_for_selector(f".wb-live[data-theme={'dark' if dark else 'light'}]")
    card = page.locator("[data-chart=rates]")
    red, green, blue = map(
        int, re.findall(r"\d+", card.evaluate("el => getComputedStyle(el).backgroundColor"))[:3]
    )
    assert (max(red, green, blue) < 80) == dark
    _, opacity = card.locator("canvas").first.evaluate(PIXEL)
    assert opacity < 255, "the figure itself has no background that could stay white"
    moves(page)


def test_zooming_one_chart_holds_all_still_until_followed_again(live_page):
    page = live_page.page
    # A page behind another of its browser takes no drag.
    page.bring_to_front()
    follow = page.locator(".wb-head button", has_text="Follow")
    assert not follow.is_visible()
    page.locator("[data-chart=rates]").scroll_into_view_if_needed()
    moves(page)
    box = page.locator("[data-chart=rates] canvas").first.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.4, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, middle, steps=5)
    page.mouse.up()
    follow.wait_for(state="visible", timeout=20_000)
    follow.click()
    follow.wait_for(state="hidden", timeout=20_000)


def test_a_reload_shows_one_copy_that_still_moves(live_page):
    page = live_page.page
    live_page.command("docmanager:save")
    live_page.open("live.ipynb")
    page.wait_for_selector("[data-chart=watermark] canvas", timeout=60_000)
    assert page.locator(".wb-live").count() == 1
    moves(page)


def test_hostile_values_are_text(live_page):
    page = live_page.page
    page.wait_for_selector(".wb-rows td:has-text('<script>')", timeout=20_000)
    assert page.evaluate("window.hacked") is None
    assert page.locator(".wb-rows td img, .wb-rows td script").count() == 0


def test_every_chart_has_a_table_that_says_the_same(live_page):
    page = live_page.page
    cards = page.locator(".wb-card[data-chart]")
    for number in range(cards.count()):
        card = cards.nth(number)
        assert card.get_attribute("aria-label")
        card.locator("summary").click()
        card.locator("tbody tr").first.wait_for(timeout=10_000)
    assert page.locator(".wb-live [aria-live=polite]").inner_text().startswith("flights running")


def test_the_page_is_accessible(live_page):
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="axe is not installed"
    )
    found = axe.Axe().run(
        live_page.page,
        context=".wb-live",
        options={"runOnly": ["wcag2a", "wcag2aa", "best-practice"]},
    )
    problems = [
        (v["id"], [node["target"] for node in v["nodes"]][:3]) for v in found.response["violations"]
    ]
    assert problems == []


def test_the_stop_button_stops_the_query(live_page):
    page = live_page.page
    page.locator(".wb-head button", has_text="Stop").click()
    page.wait_for_selector(".wb-state[data-state=stopped]", timeout=60_000)
    assert live_page.ask("q.isActive") == "False"
