"""The first notebook as a newcomer meets it: in JupyterLab, with the network cut off, in both themes."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.browser.lab import ROOT

NOTEBOOK = "01_first_stream.ipynb"
BATCH = ".wb-chips li:first-child b"
THEMES = ["JupyterLab Light", "JupyterLab Dark"]
NEWER = """([selector, before]) => {
  const shown = document.querySelector(selector);
  return shown && Number(shown.textContent.replace(/\\D/g, "") || -1) > before;
}"""
SELECT = "(index) => { window.jupyterapp.shell.currentWidget.content.activeCellIndex = index; }"
OUTPUTS = """() => window.jupyterapp.shell.currentWidget.content.model.toJSON().cells
  .flatMap((cell) => cell.outputs ?? [])
  .map((output) => output.text ?? output.ename ?? "")
  .map((text) => [text].flat().join(""))"""


@pytest.fixture(scope="module", params=THEMES, ids=["light", "dark"])
def opened(request, lab, open_page):
    """The notebook, run down to the cell that shows the query."""
    shutil.copy(ROOT / "notebooks" / NOTEBOOK, lab.notebooks / NOTEBOOK)
    page = open_page(NOTEBOOK)
    page.theme(request.param)
    page.command("notebook:clear-all-cell-outputs")
    page.page.evaluate(SELECT, query_cell() + 1)
    page.command("notebook:run-all-above")
    # However long the page takes to draw, the storm waits for it.
    page.ask("wb.clock.pause()")
    page.page.evaluate(SELECT, query_cell())
    page.page.wait_for_selector("[data-chart=watermark] canvas", timeout=120_000)
    return page


def query_cell():
    """The number of the cell whose last line is the query."""
    cells = json.loads((ROOT / "notebooks" / NOTEBOOK).read_text("utf-8"))["cells"]
    return next(n for n, cell in enumerate(cells) if "".join(cell["source"]).endswith("\nquery"))


def batch(opened):
    return int(re.sub(r"\D", "", opened.page.locator(BATCH).first.inner_text()) or -1)


def test_the_dashboard_moves_while_the_storm_goes_on(opened):
    before = batch(opened)
    opened.ask("wb.clock.resume()")
    opened.page.wait_for_function(NEWER, arg=[BATCH, before + 1], timeout=60_000)
    dark = opened.page.evaluate("document.body.dataset.jpThemeLight") == "false"
    canvas = opened.page.locator("[data-chart=watermark]").first
    background = canvas.evaluate("(element) => getComputedStyle(element).backgroundColor")
    assert not (dark and background == "rgb(255, 255, 255)")


def test_the_rest_runs_to_the_right_answer(opened):
    opened.page.evaluate(SELECT, query_cell() + 1)
    opened.page.evaluate("void window.jupyterapp.commands.execute('notebook:run-all-below')")
    opened.page.wait_for_function(
        f"() => ({OUTPUTS})().some((text) => text.includes('partial counts') || text.endsWith('Error'))",
        timeout=150_000,
    )
    said = "\n".join(opened.page.evaluate(OUTPUTS))
    assert "84 finished, 0 of them wrong" in said
    assert "dropped by the watermark: 19 partial counts" in said
    assert opened.errors == []
