"""A kernel without subshells (ipykernel 6): figures move while a cell runs, buttons wait for it and say so."""

from __future__ import annotations

import os

import pytest

from tests.browser.lab import KERNELS
from tests.browser.panel import APPEARS_MS, PANEL, batch, notebook, number, press, row, until

WAITS = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.1)"
VERSION = "import ipykernel\npathlib.Path('version').write_text(ipykernel.__version__)"


@pytest.fixture(scope="module")
def old(lab, open_page):
    if not os.environ.get(KERNELS["old"]):
        pytest.skip("no older ipykernel here: `python -m workbench test` fetches one")
    return notebook(lab, open_page, "old.ipynb", "flights", "x = 1", WAITS, VERSION, kernel="old")


def test_buttons_wait_for_the_cell_and_say_so(lab, old):
    before = batch(old, "flights")
    until(lambda: batch(old, "flights") > before, "figures move while the cell runs")
    old.page.locator(f"{PANEL} .swb-Place", has_text="no subshells").wait_for(timeout=APPEARS_MS)
    press(old, "flights", "pause")
    row(old, "flights").locator("text=pause will apply when the cell ends").wait_for(
        timeout=APPEARS_MS
    )
    assert row(old, "flights", "running").count() == 1
    press(old, "flights", "dashboard")
    old.page.locator(".swb-Dashboard", has_text="when the running cell has ended").wait_for(
        timeout=APPEARS_MS
    )
    (lab.notebooks / "go").touch()
    row(old, "flights", "paused").wait_for(timeout=APPEARS_MS)


def test_between_cells_everything_works(lab, old):
    old.page.wait_for_selector(".swb-Dashboard [data-chart=rates] canvas", timeout=APPEARS_MS)
    press(old, "flights", "resume")
    row(old, "flights", "running").wait_for(timeout=APPEARS_MS)
    shown = old.page.locator(".swb-Dashboard .wb-chips li:first-child b")
    before = number(shown)
    until(lambda: number(shown) > before + 1, "the dashboard moves")
    old.page.locator(".swb-Dashboard .wb-head button", has_text="Stop").click()
    row(old, "flights", "stopped").wait_for(timeout=APPEARS_MS)
    assert (lab.notebooks / "version").read_text().startswith("6.")
    assert old.errors == []
