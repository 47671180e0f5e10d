"""The pictures of the README, drawn by the real thing: `python -m workbench screenshots` writes them to `docs/images`."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

FOLDER = os.environ.get("WORKBENCH_SCREENSHOTS", "")
pytestmark = pytest.mark.skipif(
    not FOLDER, reason="draws pictures: `python -m workbench screenshots`"
)

QUERY = """\
import workbench as wb
from pyspark.sql import functions as F

spark = wb.session()
flights = wb.replay(wb.datasets.flights(), time="dep", speed=2 * 86_400, max_rows=20_000)
hourly = (
    flights.withWatermark("sched_dep", "3 hours").where("dep_delay IS NOT NULL")
    .groupBy(F.window("sched_dep", "1 hour"), "origin")
    .agg(F.count("*").alias("flights"), F.round(F.avg("dep_delay"), 1).alias("minutes late"))
)
query = (
    hourly.writeStream.queryName("hourly").format("memory").outputMode("append")
    .trigger(processingTime="500 milliseconds").start()
)"""
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
BATCHES = 60


@pytest.fixture(scope="module")
def opened(lab, open_page):
    lab.write("flights.ipynb", QUERY, "query")
    page = open_page("flights.ipynb")
    page.page.set_viewport_size({"width": 1500, "height": 2200})
    page.run_all()
    page.page.wait_for_selector("[data-chart=watermark] canvas", timeout=120_000)
    page.page.wait_for_selector(".wb-plan .wb-worst, .wb-plan .wb-node", timeout=60_000)
    page.page.wait_for_function(
        "batches => Number(document.querySelector('.wb-chips li:first-child b').textContent.replace(/\\\\D/g, '')) > batches",
        arg=BATCHES, timeout=240_000,
    )  # fmt: skip
    assert page.ask("wb.tune(query, trigger='1 second')")
    page.page.wait_for_selector(".wb-events [data-kind=tuned]", timeout=30_000)
    page.page.locator(".wb-state-card button", has_text="Look").click()
    page.page.wait_for_selector(".wb-state-card td", timeout=60_000)
    page.page.wait_for_timeout(4_000)
    return page


@pytest.mark.parametrize("side", THEMES)
def test_the_dashboard_in_both_themes(opened, side):
    page = opened.page
    opened.theme(THEMES[side])
    page.wait_for_selector(f".wb-live[data-theme={side}]")
    page.wait_for_timeout(2_000)
    Path(FOLDER).mkdir(parents=True, exist_ok=True)
    shots = {"dashboard": ".wb-live", "plan": ".wb-plan"}
    for name, selector in shots.items():
        path = Path(FOLDER) / f"{name}-{side}.png"
        page.locator(selector).first.screenshot(path=path)
        assert path.stat().st_size > 10_000
    assert opened.errors == []


def test_the_last_picture_stops_the_query(opened):
    opened.theme(THEMES["light"])
    assert opened.ask("query.stop()") == "None"
