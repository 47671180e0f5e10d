"""A real query that waits for its watermark: the reason on its dashboard, its state key by key, its charts by the mouse."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.browser.panel import APPEARS_MS, until

QUERY = """\
import math
from datetime import datetime, timedelta, timezone
import pyarrow as pa
import workbench as wb
from pyspark.sql import functions as F

spark = wb.session()
start = datetime(2026, 1, 1, tzinfo=timezone.utc)
at = [start + timedelta(minutes=n) for n in range(95)]
table = pa.table({"at": pa.array(at, pa.timestamp("us", "UTC")), "port": ["<b>EWR</b>", "JFK"] * 47 + ["LGA"]})
stream = wb.replay(table, time="at", speed=math.inf, max_rows=10)
counted = stream.withWatermark("at", "30 minutes").groupBy(F.window("at", "10 minutes"), "port").count()
query = counted.writeStream.queryName("waits").format("memory").outputMode("append").start()
query.processAllAvailable()
"""
ALL = "from workbench.ui.all_queries import AllQueries\nAllQueries(spark)"
CARD = ".wb-state-card"
ROWS = ".wb-rows:not(.wb-state-card):has(h4:text-is('Newest rows'))"
DEEP = """() => {
  const text = (node) =>
    node.nodeType === 3 ? node.data : node.nodeName === "STYLE" ? "" : [...(node.shadowRoot?.childNodes ?? []), ...node.childNodes].map(text).join(" ");
  return [...document.querySelectorAll("[data-chart=watermark] .wb-plot, body > .bk-Tooltip")].map(text).join(" ");
}"""
RANGES = """async () => {
  const [library] = await Promise.all(Object.values(window.__workbench_bokeh));
  const { documents } = library.require("document/document");
  const plots = documents.flatMap((doc) => doc.roots()).filter((plot) => plot.x_range);
  return plots.map(({ x_range }) => [x_range.start, x_range.end]);
}"""


@pytest.fixture(scope="module")
def opened(lab, open_page):
    lab.write("waits.ipynb", QUERY, "wb.live(query)", "wb.compare(query)", ALL)
    page = open_page("waits.ipynb")
    page.run_all()
    page.page.wait_for_selector("[data-chart=watermark] canvas", timeout=APPEARS_MS)
    page.page.wait_for_selector(f"{CARD} select[name=look]", timeout=APPEARS_MS)
    return page


def look(opened, view, words, **fields):
    """Ask for a view of the state and wait until its table says some words."""
    page = opened.page
    select = page.locator(f"{CARD} select[name=look]")
    label = select.locator(f"option[value={view}]").inner_text()
    batch = f"batch {fields['batch']}" if "batch" in fields else "the newest batch"
    select.select_option(view)
    for name in ("key", "batch"):
        if page.locator(f"{CARD} input[name={name}]").is_visible():
            page.locator(f"{CARD} input[name={name}]").fill(fields.get(name, ""))
    page.locator(f"{CARD} button", has_text="Look").click()
    page.wait_for_selector(
        f"{CARD} .wb-unit:has-text('{label}, after {batch}:')", timeout=APPEARS_MS
    )
    page.wait_for_selector(f"{CARD} td:has-text('{words}')", timeout=APPEARS_MS)
    heads = page.locator(f"{CARD} th").all_inner_texts()
    rows = page.locator(f"{CARD} tbody tr").all()
    return [dict(zip(heads, row.locator("td").all_inner_texts(), strict=True)) for row in rows]


def test_the_reason_is_a_line_of_the_dashboard(opened):
    why = opened.page.locator(".wb-why")
    until(
        lambda: "The next window closes when it reaches 01:10:00" in why.inner_text(),
        why.inner_text,
    )
    assert "watermark is at 2026-01-01 01:04:00" in why.inner_text()


def test_what_leaves_next_and_when(opened):
    first, *_ = look(opened, "next", "2026-01-01 01:10:00")
    assert (first["leaves_at"], first["after"]) == ("2026-01-01 01:10:00", "6 min")
    assert (
        opened.page.locator(f"{CARD} option")
        .first.inner_text()
        .startswith("0 stateStoreSave: 9 rows")
    )


def test_a_key_and_its_value_batch_by_batch(opened):
    rows = look(opened, "key", "<b>EWR</b>", key="<b>EWR</b>, 2026-01-01 01:20:00")
    assert [row["count"] for row in rows] == ["5"]
    assert opened.page.locator(f"{CARD} td b").count() == 0, "a hostile key is text"
    over = look(opened, "over", "update", key="LGA")
    assert {row["change_type"] for row in over} == {"update"}
    earlier = look(opened, "key", "2026-01-01 00:20:00", key="JFK", batch="2")
    assert {row["window"][:19] for row in earlier} >= {"2026-01-01 00:20:00"}


def test_sizes_skew_and_what_a_batch_changed(opened):
    parts = look(opened, "partitions", "0")
    assert sum(int(row["count"]) for row in parts) == 9
    assert {"bytes", "share"} <= set(parts[0])
    assert {row["change"] for row in look(opened, "changes", "added", batch="3")} >= {"added"}
    opened.page.locator(f"{CARD} select[name=look]").select_option("timers")
    opened.page.locator(f"{CARD} button", has_text="Look").click()
    opened.page.locator(CARD, has_text="has no timers").wait_for(timeout=APPEARS_MS)


def test_newest_rows_are_paged_sorted_and_paused(opened):
    page = opened.page
    card = page.locator(ROWS)
    card.locator("tbody tr").nth(9).wait_for(timeout=APPEARS_MS)
    newest = card.locator("tbody td").first.inner_text()
    assert card.locator("tbody tr").count() == 10
    card.locator("button", has_text="Older").click()
    until(lambda: 0 < card.locator("tbody tr").count() < 10, "the last page is shorter")
    card.locator("button", has_text="Newer").click()
    card.locator(".wb-sort", has_text="window").click()
    assert card.locator("th[aria-sort=ascending]").count() == 1
    first = card.locator("tbody td").first.inner_text()
    assert first.startswith("2026-01-01 00:00:00")
    card.locator(".wb-sort", has_text="window").click()
    assert card.locator("tbody td").first.inner_text().startswith("2026-01-01 00:50:00")
    card.locator(".wb-sort", has_text="window").click()
    assert card.locator("tbody td").first.inner_text() == newest
    card.locator("button", has_text="Pause").click()
    card.locator("button", has_text="Resume").click()


def test_a_comparison_and_a_table_of_all_queries(opened):
    page = opened.page
    compared = page.locator(".wb-live:has([data-chart=processed])")
    compared.locator("[data-chart=processed]").scroll_into_view_if_needed()
    compared.locator("[data-chart=processed] canvas").first.wait_for(timeout=APPEARS_MS)
    assert "1 waits" in compared.locator("[data-chart=processed] .wb-legend").inner_text()
    table = page.locator(".wb-rows:has(h4:text-is('Streaming queries'))")
    row = table.locator("tbody tr", has_text="waits")
    until(lambda: "2026-01-01 01:04:00" in row.inner_text(), row.inner_text)
    for width in (700, 1100, 1500):
        table.evaluate(
            "(card, width) => (card.closest('.wb-live').style.maxWidth = `${width}px`)", width
        )
        cut = "(card) => [card, ...card.querySelectorAll('.wb-scroll, td')].some((one) => one.scrollWidth > one.clientWidth + 1)"
        assert not table.evaluate(cut), f"nothing is cut off {width} wide"
    table.evaluate("(card) => (card.closest('.wb-live').style.maxWidth = '')")


def test_hovering_tells_the_batch(opened):
    page = opened.page
    chart = page.locator("[data-chart=watermark] canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    text = ""
    for share in range(20, 100, 4):
        page.mouse.move(box["x"] + box["width"] * share / 100, box["y"] + box["height"] / 2)
        page.wait_for_timeout(100)
        text = page.evaluate(DEEP)
        if "newest event" in text:
            break
    assert "batch" in text
    assert "newest event" in text
    assert "late, dropped" in text


def drag(page):
    """Draw a box over a part of the first chart."""
    chart = page.locator("[data-chart=rates] canvas").first
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60, steps=4)
    page.mouse.up()


def test_zooming_one_chart_zooms_all(opened):
    page = opened.page
    shown = max(end - start for start, end in page.evaluate(RANGES))
    follow = page.locator(".wb-head button", has_text="Follow").first

    def dragged():
        # A page that still moves its parts may take them away from under the mouse.
        drag(page)
        page.wait_for_timeout(2000)
        return follow.is_visible()

    until(dragged, "a box drawn over a chart zooms it", seconds=60)

    def zoomed():
        """How many charts show what was chosen; those out of sight are moved when they come into sight."""
        counts = Counter(tuple(one) for one in page.evaluate(RANGES))
        return max((n for (start, end), n in counts.items() if end - start < shown), default=0)

    charts = page.locator(".wb-live").first.locator("[data-chart]")
    until(lambda: zoomed() >= 2, "the charts in sight show the same time")
    for chart in charts.all():
        chart.scroll_into_view_if_needed()
        page.wait_for_timeout(200)
    until(lambda: zoomed() >= charts.count(), "and the others as they come into sight")


def test_it_is_accessible_and_without_errors(opened):
    from axe_playwright_python.sync_playwright import Axe

    look(opened, "next", "2026-01-01 01:10:00")
    options = {"runOnly": ["wcag2a", "wcag2aa", "best-practice"]}
    found = Axe().run(opened.page, context=".wb-live", options=options)
    assert [
        (v["id"], [n["target"] for n in v["nodes"]][:3]) for v in found.response["violations"]
    ] == []
    assert opened.errors == []
