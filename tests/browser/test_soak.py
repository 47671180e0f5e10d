"""Many dashboards for a long time: few messages, a browser heap and a kernel that do not grow.

By default a few of them for a quarter of a minute; `python -m workbench browser --soak 10` runs ten for ten minutes.
"""

from __future__ import annotations

import itertools
import os
import statistics
import sys
import time

import psutil
import pytest

from tests.browser.panel import APPEARS_MS, number, until

MINUTES = float(os.environ.get("WORKBENCH_SOAK_MINUTES") or 0)
DASHBOARDS = 10 if MINUTES else 3
SECONDS = MINUTES * 60 or 15
MESSAGES_A_SECOND = 20
# What the figures of the batches themselves take, which a page and a kernel keep up to a bound.
HEAP_GROWS_MB, KERNEL_GROWS_MB = 40, 80
START = f"""\
import os, time
import workbench as wb
spark = wb.session()
def start(number):
    rows = spark.readStream.format("rate").option("rowsPerSecond", 1000).load()
    return (rows.withWatermark("timestamp", "1 second").groupBy("timestamp").count().writeStream.format("noop")
            .outputMode("append").queryName(f"query_{{number}}").trigger(processingTime="200 milliseconds").start())
queries = [start(number) for number in range({DASHBOARDS})]
"""
SHOW = "for query in queries: display(wb.live(query))"
COUNT = """() => {
  const counts = (window.counted = {});
  const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
  kernel.iopubMessage.connect((_, message) => {
    if (message.header.msg_type !== "comm_msg") return;
    const id = message.content.comm_id;
    counts[id] = (counts[id] ?? 0) + 1;
  });
}"""
DRAWN = ".wb-live:has([data-chart=rates] canvas)"
BATCHES = ".wb-chips li:first-child b"


@pytest.fixture(scope="module")
def soaked(lab, open_page):
    lab.write("soak.ipynb", START, SHOW)
    opened = open_page("soak.ipynb")
    opened.run_all()

    def drawn():
        # A chart is drawn when it comes near the window.
        for chart in opened.page.locator(".wb-live [data-chart=rates]").all():
            chart.scroll_into_view_if_needed()
            opened.page.wait_for_timeout(100)
        return opened.page.locator(DRAWN).count() == DASHBOARDS

    until(
        drawn,
        "every dashboard has drawn a chart",
        seconds=APPEARS_MS / 1000 * 2,
    )
    return opened


@pytest.mark.timeout(600 + int(SECONDS * 1.5))
def test_dashboards_stay_small_and_quiet(soaked):
    heap, kernel = heap_of(soaked), psutil.Process(int(soaked.ask("os.getpid()")))
    soaked.page.wait_for_timeout(5000)
    soaked.page.evaluate(COUNT)
    began, before = time.monotonic(), batches(soaked)
    looks = [look(heap, kernel)]
    for _ in itertools.takewhile(lambda _: time.monotonic() < began + SECONDS, itertools.count()):
        soaked.page.wait_for_timeout(max(SECONDS / 20, 1) * 1000)
        looks.append(look(heap, kernel))
    seconds = time.monotonic() - began
    rates = sorted(count / seconds for count in soaked.page.evaluate("Object.values(counted)"))
    third = max(1, len(looks) // 3)
    heap_growth, kernel_growth = (
        statistics.median(late) - statistics.median(early)
        for early, late in (
            (column[:third], column[-third:]) for column in zip(*looks, strict=True)
        )
    )
    sys.stdout.write(
        f"\n{DASHBOARDS} dashboards, {seconds:.0f} s; messages/s each {[round(rate, 1) for rate in rates]};"
        f"\nheap and kernel in MB {looks}; growth {heap_growth:.1f} and {kernel_growth:.1f}\n"
    )
    assert len(rates) >= DASHBOARDS and rates[-1] <= MESSAGES_A_SECOND
    assert all(after > first for first, after in zip(before, batches(soaked), strict=True))
    assert heap_growth < HEAP_GROWS_MB
    assert kernel_growth < KERNEL_GROWS_MB
    assert soaked.errors == []


def heap_of(opened):
    """What reads the page's heap after collecting garbage."""
    devtools = opened.context.new_cdp_session(opened.page)

    def read():
        devtools.send("HeapProfiler.collectGarbage")
        return devtools.send("Runtime.getHeapUsage")["usedSize"]

    return read


def look(heap, kernel):
    """The page's heap and the kernel's memory in MB."""
    return round(heap() / 1e6, 1), round(kernel.memory_info().rss / 1e6, 1)


def batches(opened):
    """The newest batch of each dashboard."""
    shown = opened.page.locator(BATCHES)
    return [number(shown.nth(n)) for n in range(shown.count())]
