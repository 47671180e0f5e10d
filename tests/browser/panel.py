"""The side panel as the tests see it: a notebook that starts a query, its row, its buttons."""

from __future__ import annotations

import re
import time

# Long, because a loaded machine may take most of a minute to start a kernel's first query.
APPEARS_MS = 120_000
QUERY = """\
import workbench as wb
spark = wb.session()
frame = spark.readStream.format("rate").option("rowsPerSecond", 500).load()
query = (frame.withWatermark("timestamp", "10 seconds").writeStream.format("memory")
         .queryName({name!r}).trigger(processingTime="200 milliseconds").start())
"""
PANEL = "#streaming-workbench-panel"
ROW = f"{PANEL} li.swb-Query"


def notebook(lab, open_page, path, name, *cells, kernel="python3"):
    """A page on a notebook that starts a query, the panel beside it."""
    lab.write(path, QUERY.format(name=name), *cells, kernel=kernel)
    opened = open_page(path)
    opened.run_all()
    show(opened)
    row(opened, name, "running").wait_for(timeout=APPEARS_MS)
    return opened


def show(opened):
    opened.command("streaming-workbench:show-panel")
    opened.page.wait_for_selector(PANEL, state="visible", timeout=APPEARS_MS)


def row(opened, name, state=None):
    held = f"[data-state={state}]" if state else ""
    return opened.page.locator(f"{ROW}{held}", has_text=name)


def press(opened, name, action):
    row(opened, name).locator(f"[data-action={action}]").click()


def number(shown):
    return int(re.sub(r"\D", "", shown.first.inner_text()) or -1)


def batch(opened, name):
    return number(row(opened, name).locator("dt:text-is('batch') + dd"))


def until(condition, what, seconds=120):
    """Wait for something the page shows."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what() if callable(what) else what
        time.sleep(0.2)
