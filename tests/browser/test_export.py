"""The whole history as a page of its own: no kernel, no server, no network, and it still scrubs."""

from __future__ import annotations

import pytest

from tests.browser.test_live_view import PIXEL
from tests.ui.fake_query import FakeQuery, FakeSession, progress
from workbench.ui.history import Event
from workbench.ui.live import live

BATCHES = 3000
HOSTILE = "</script><script>window.hacked = 1</script>"
SHOWN = "document.querySelector('.wb-scrub input').value"


@pytest.fixture(scope="module")
def page(browser, tmp_path_factory):
    query = FakeQuery(FakeSession(), name=HOSTILE)
    handle = live(query)
    for batch in range(BATCHES):
        handle.history.add(progress(batch, query=query.id, run=query.runId, name=HOSTILE))
    middle = handle.history.since(BATCHES // 2)["time"][0]
    handle.history.note(Event(middle, "tuned", "at most 500 rows a batch"))
    path = handle.export(tmp_path_factory.mktemp("export") / "history.html")
    opened = browser.new_context(viewport={"width": 1500, "height": 1250}).new_page()
    opened.errors, opened.asked = [], []
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(path.as_uri())
    opened.wait_for_selector("[data-chart=watermark] canvas", timeout=60_000)
    yield opened
    opened.context.close()


def test_the_page_draws_by_itself(page):
    assert page.locator("[data-chart=rates] canvas").first.evaluate(PIXEL)[0] > 200
    assert page.locator(".wb-title").inner_text() == HOSTILE
    assert page.evaluate("window.hacked") is None
    assert not page.locator(".wb-head button", has_text="Stop").is_visible()
    assert [url for url in page.asked if url.startswith("http")] == []
    assert page.errors == []


def test_it_scrubs(page):
    whole = page.locator(".wb-head button", has_text="Whole history")
    assert not whole.is_visible()
    place, width = page.locator(".wb-scrub input").all()
    width.fill("600")
    place.fill("500")
    whole.wait_for(state="visible")
    assert 490 < float(place.input_value()) < 510
    whole.click()
    whole.wait_for(state="hidden")
    assert float(width.input_value()) == 1000
    assert page.errors == []


def test_a_click_on_a_batch_shows_its_whole_progress(page):
    box = page.locator("[data-chart=rates] canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.985, box["y"] + box["height"] / 2)
    detail = page.locator(".wb-detail")
    detail.wait_for(state="visible")
    assert '"batchId": 2' in detail.locator("pre").inner_text()
    before = detail.locator("h4").inner_text()
    detail.locator("button", has_text="Batch before").click()
    assert detail.locator("h4").inner_text() != before
    detail.locator("button", has_text="Close").click()
    detail.wait_for(state="hidden")


def test_an_old_batch_shows_the_figures_that_are_kept(page):
    detail = page.locator(".wb-detail")
    for _ in range(60):  # a click while the chart is still being drawn is lost: click again
        box = page.locator("[data-chart=rates] canvas").first.bounding_box()
        page.mouse.click(box["x"] + box["width"] * 0.5, box["y"] + box["height"] / 2)
        page.wait_for_timeout(500)
        if detail.is_visible():
            break
    assert detail.is_visible()
    assert '"state.0.rows"' in page.locator(".wb-detail pre").inner_text()
    page.locator(".wb-detail button", has_text="Close").click()
