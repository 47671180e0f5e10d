"""A running query of the engine, steered from its dashboard: pause, step, tune, one batch in full, in two browsers at once."""

from __future__ import annotations

import re

import pytest

from tests.browser.panel import until

QUERY = """\
import workbench as wb
from pyspark.sql import functions as F

spark = wb.session()
stream = wb.replay(wb.datasets.flights(), time="dep", speed=10 * 86400, max_rows=500)
counted = stream.groupBy("origin").count()
query = (
    counted.writeStream.queryName("steered").format("memory").outputMode("complete")
    .trigger(processingTime="300 milliseconds").start()
)
"""
BATCH = ".wb-chips li:first-child b"


@pytest.fixture(scope="module")
def opened(lab, open_page):
    lab.write("steered.ipynb", QUERY, "query")
    page = open_page("steered.ipynb")
    page.run_all()
    page.page.wait_for_selector("[data-chart=lag] canvas", timeout=120_000)
    return page


def batch(page):
    return int(re.sub(r"\D", "", page.locator(BATCH).first.inner_text()) or -1)


def button(page, name):
    return page.locator(".wb-steer button", has_text=re.compile(f"^{name}$"))


def slider(page, name):
    """Where a slider stands and what it says."""
    place = page.locator(f".wb-slide:has([name={name}]) input[type=range]")
    return [place.input_value(), place.get_attribute("aria-valuetext")]


def test_pause_and_step(opened):
    page = opened.page
    button(page, "Pause").click()
    page.wait_for_selector(".wb-state[data-state=paused]", timeout=30_000)
    # The batch under way is still finished.
    until(lambda: opened.ask("query.status['isTriggerActive']") == "False", "no batch runs")
    before = int(opened.ask("query.lastProgress.batchId"))
    until(lambda: batch(page) == before, "the page has heard of the last batch")
    button(page, "Step").click()
    page.wait_for_function(
        "([selector, before]) => Number(document.querySelector(selector).textContent.replace(/\\D/g, '')) === before + 1",
        arg=[BATCH, before],
        timeout=30_000,
    )
    assert opened.ask("wb.live(query).steering.controls.look(query)['is_paused']") in (
        "True",
        "np.True_",
    )


def test_a_second_browser_shows_the_same_and_steers_too(opened, open_page):
    opened.command("docmanager:save")
    second = open_page("steered.ipynb", apart=True).page
    second.wait_for_selector(".wb-state[data-state=paused]", timeout=60_000)
    second.wait_for_selector("[data-chart=lag] canvas", timeout=60_000)
    button(second, "Resume").click()
    for page in (second, opened.page):
        page.wait_for_selector(".wb-state[data-state=running]", timeout=30_000)
    assert opened.page.locator(".wb-live").count() == 1


def test_tuning_marks_the_moment_and_changes_the_batches(opened):
    page = opened.page
    page.locator(".wb-tune summary").click()
    named = page.locator(".wb-tune [name]")
    assert named.evaluate_all("all => all.map((one) => one.name)") == [
        "trigger",
        "max_rows",
        "state_partitions",
        "output_mode",
    ]
    assert slider(page, "max_rows") == ["100", "no limit"]
    place, says = slider(page, "trigger")
    assert 0 < int(place) < 25 and says == "now 300 milliseconds"
    page.locator(".wb-knob input[name=max_rows]").fill("77")
    page.locator(".wb-tune button").click()
    page.wait_for_selector(".wb-events [data-kind=tuned]", timeout=30_000)
    assert "at most 77 rows a batch" in page.locator(".wb-events [data-kind=tuned]").inner_text()
    page.locator(".wb-knob input[name=trigger]").fill("soon")
    page.locator(".wb-tune button").click()
    page.wait_for_selector(
        ".wb-events [data-kind=note]:has-text('tune was not done')", timeout=30_000
    )
    assert opened.ask("query.lastProgress.numInputRows") == "77"
    refused = page.locator(".wb-refused")
    assert "soon" in refused.inner_text()
    assert not refused.locator("button").is_visible(), "a fork would not take it either"


def test_a_slider_sets_a_knob(opened):
    page = opened.page
    page.locator(".wb-slide:has([name=max_rows]) input[type=range]").fill("25")
    assert page.locator(".wb-knob input[name=max_rows]").input_value() == "56"
    page.locator(".wb-slide:has([name=trigger]) input[type=range]").fill("10")
    assert page.locator(".wb-knob input[name=trigger]").input_value() == "240 milliseconds"
    page.locator(".wb-tune button").click()
    page.wait_for_selector(".wb-events li:has-text('at most 56 rows a batch')", timeout=30_000)
    page.wait_for_selector("[name=max_rows][placeholder='now 56']", timeout=30_000)
    assert page.locator(".wb-refused").is_hidden()


def test_what_is_refused_is_offered_in_a_fork(opened):
    page = opened.page
    page.locator(".wb-tune select[name=output_mode]").select_option("update")
    page.locator(".wb-tune button").click()
    refused = page.locator(".wb-refused", has_text="rows of the old mode")
    refused.wait_for(timeout=30_000)
    refused.locator("button", has_text="Try it in a fork").click()
    page.wait_for_selector(".wb-events [data-kind=forked]", timeout=60_000)
    refused.wait_for(state="hidden", timeout=30_000)
    forked = page.locator(".wb-events [data-kind=forked]").first.inner_text()
    assert "output mode update" in forked
    opened.ask("[q.stop() for q in spark.streams.active if q.name != 'steered']")


def test_the_plan_is_a_graph_and_a_node_shows_its_rows_by_keyboard_too(opened):
    page = opened.page
    page.wait_for_selector(".wb-plan .wb-node[data-node=state0]", timeout=60_000)
    node = page.locator(".wb-plan .wb-node[data-node=source0]")
    assert "rows/s" in node.get_attribute("aria-label")
    node.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".wb-rows th:has-text('tailnum')", timeout=60_000)
    assert page.locator("[aria-label='Rows of']").input_value() == "source0"
    page.locator("[aria-label='Rows of']").select_option("")
    page.locator(".wb-rows th:has-text('tailnum')").wait_for(state="detached", timeout=60_000)
    page.locator(".wb-plan summary").click()
    page.wait_for_selector(".wb-plan td:has-text('rows in state')", timeout=30_000)


def test_a_fork_is_told_among_the_events(opened):
    page = opened.page
    button(page, "Fork").click()
    page.wait_for_selector(
        ".wb-events [data-kind=forked]:has-text('steered_fork2')", timeout=60_000
    )
    assert (
        opened.ask("sorted(q.name for q in spark.streams.active)") == "['steered', 'steered_fork2']"
    )
    opened.ask("[q.stop() for q in spark.streams.active if q.name != 'steered']")


def test_a_click_on_a_batch_shows_it_in_full(opened):
    page = opened.page
    box = page.locator("[data-chart=rates] canvas").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    page.locator(".wb-detail").wait_for(state="visible", timeout=30_000)
    assert '"endOffset"' in page.locator(".wb-detail pre").inner_text()
    page.locator(".wb-detail button", has_text="Close").click()
    assert opened.errors == []
