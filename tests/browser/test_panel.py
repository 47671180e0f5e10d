"""The side panel in JupyterLab, on the real engine: every query of every kernel, and buttons that answer while a cell runs."""

from __future__ import annotations

import pytest

QUERY = """\
import workbench as wb
spark = wb.session()
frame = spark.readStream.format("rate").option("rowsPerSecond", 500).load()
query = (frame.withWatermark("timestamp", "10 seconds").writeStream.format("memory")
         .queryName({name!r}).trigger(processingTime="200 milliseconds").start())
"""
BUSY = "import time\nwhile True: time.sleep(0.1)"
ROW = "li.swb-Query"


def notebook(lab, open_page, path, name="flights", *cells):
    lab.write(path, QUERY.format(name=name), *cells)
    opened = open_page(path)
    opened.run_all()
    show(opened)
    return opened


def show(opened):
    opened.command("streaming-workbench:show-panel")
    opened.page.wait_for_selector("#streaming-workbench-panel", state="visible")


def row(opened, name, state=None):
    held = f"[data-state={state}]" if state else ""
    return opened.page.locator(f"{ROW}{held}", has_text=name)


def press(opened, name, action):
    row(opened, name).locator(f"[data-action={action}]").click()


def busy(opened):
    """Whether a cell runs: its prompt says so, whatever the kernel's status."""
    return opened.page.locator(".jp-InputPrompt", has_text="[*]").count() > 0


@pytest.fixture(scope="module")
def flights(lab, open_page):
    opened = notebook(lab, open_page, "panel.ipynb", "flights", BUSY)
    row(opened, "flights", "running").wait_for(timeout=60_000)
    return opened


def test_buttons_answer_while_a_cell_runs(flights):
    assert busy(flights)
    press(flights, "flights", "pause")
    row(flights, "flights", "paused").wait_for(timeout=20_000)
    press(flights, "flights", "stop")
    row(flights, "flights", "stopped").wait_for(timeout=20_000)
    assert busy(flights), "the cell still runs"
    assert flights.errors == []
