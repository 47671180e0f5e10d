"""How long a button takes, from the click to what it does, while the kernel is busy: beside the same button of an idle kernel.

No time is asserted, as machines differ: a busy kernel may take some times as long as an idle one in the same run, and the
cells below end only when they are interrupted, so whoever waits for them waits for ever. The times are printed;
`python -m workbench browser --clicks 20` takes more of them.
"""

from __future__ import annotations

import os
import statistics
import sys

import pytest

from tests.browser.panel import APPEARS_MS, PANEL, ROW, notebook, press, row, until

BUSY = {
    "python loop": "while True: pass",
    "sleep": "import pathlib, time\nwhile True: pathlib.Path('controls_beat').touch(); time.sleep(1)",
    "C call without the GIL": "import hashlib\nwhile True: hashlib.pbkdf2_hmac('sha256', b'', b'', 500_000)",
}
TIMES_AS_LONG = 20
PRESSES = int(os.environ.get("WORKBENCH_CLICKS", "4"))
DASHBOARD = ".swb-Dashboard"
# Where a button is, and where what it did is seen.
PLACES = {
    "panel": ((f"{ROW} [data-action=pause]", f"{ROW} [data-action=resume]"), f"{ROW}[data-state=%s]"),
    "dashboard": ((f"{DASHBOARD} .wb-steer-buttons button",) * 2, f"{DASHBOARD} .wb-state[data-state=%s]"),
}  # fmt: skip
CLICK = """async ([button, effect]) => {
  const began = performance.now();
  document.querySelector(button).click();
  while (!document.querySelector(effect)) await new Promise((resolve) => setTimeout(resolve, 5));
  return performance.now() - began;
}"""
RUN = """(index) => {
  window.jupyterapp.shell.activateById(window.swbNotebook.id);
  window.swbNotebook.content.activeCellIndex = index;
  void window.jupyterapp.commands.execute("notebook:run-cell");
}"""
KERNEL = "window.swbNotebook.sessionContext.session.kernel"
PROMPT = "[*]"


@pytest.fixture(scope="module")
def controls(lab, open_page):
    """A query with its dashboard docked, in an idle kernel."""
    opened = notebook(lab, open_page, "controls.ipynb", "flights")
    opened.page.evaluate(
        """(codes) => {
          window.swbNotebook = window.jupyterapp.shell.currentWidget;
          const cells = window.swbNotebook.content.model.sharedModel;
          for (const source of codes) cells.addCell({ cell_type: "code", source });
        }""",
        list(BUSY.values()),
    )
    press(opened, "flights", "dashboard")
    opened.page.wait_for_selector(f"{DASHBOARD} [data-chart=rates] canvas", timeout=APPEARS_MS)
    return opened


def clicks(opened, place):
    """The milliseconds of some clicks, pause and resume in turn."""
    buttons, effect = PLACES[place]
    found = []
    for number in range(PRESSES):
        button, state = buttons[number % 2], ("paused", "running")[number % 2]
        opened.page.wait_for_selector(button, timeout=APPEARS_MS)
        found.append(opened.page.evaluate(CLICK, [button, effect % state]))
    return found


def summary(taken):
    return f"median {statistics.median(taken):.0f} ms, slowest {max(taken):.0f}, of {len(taken)} clicks"


def busy(opened, kind):
    """Have a cell run until it is interrupted."""
    opened.page.evaluate(RUN, list(BUSY).index(kind) + 1)
    opened.page.locator(".jp-InputPrompt", has_text=PROMPT).wait_for(timeout=APPEARS_MS)
    opened.page.wait_for_timeout(500)


def interrupt(opened):
    opened.page.evaluate(f"{KERNEL}.interrupt()")
    opened.page.locator(".jp-InputPrompt", has_text=PROMPT).wait_for(
        state="detached", timeout=APPEARS_MS
    )


def test_buttons_answer_beside_every_kind_of_cell(controls):
    taken = {("idle", place): clicks(controls, place) for place in PLACES}
    for kind in BUSY:
        busy(controls, kind)
        taken |= {(kind, place): clicks(controls, place) for place in PLACES}
        interrupt(controls)
    medians = {key: statistics.median(each) for key, each in taken.items()}
    for (kind, place), each in taken.items():
        sys.stdout.write(f"\n{place}, {kind}: {summary(each)}")
    late = {
        (kind, place): round(median)
        for (kind, place), median in medians.items()
        if median > TIMES_AS_LONG * medians["idle", place]
    }
    assert late == {}
    assert controls.errors == []


def test_after_a_reload_while_a_cell_runs_a_dashboards_own_buttons_answer_too(lab, controls):
    busy(controls, "sleep")
    page = controls.page
    page.wait_for_timeout(1500)  # JupyterLab saves its layout a second after a change.
    page.goto(page.url.split("?")[0])
    page.wait_for_selector(PANEL, state="visible", timeout=APPEARS_MS)
    row(controls, "flights", "running").wait_for(timeout=APPEARS_MS)
    page.wait_for_selector(f"{DASHBOARD} [data-chart=rates] canvas", timeout=APPEARS_MS)
    sys.stdout.write(f"\ndashboard, after a reload: {summary(clicks(controls, 'dashboard'))}")
    page.locator(f"{DASHBOARD} .wb-head button", has_text="Stop").click()
    row(controls, "flights", "stopped").wait_for(timeout=APPEARS_MS)
    beat = lab.notebooks / "controls_beat"
    before = beat.stat().st_mtime
    until(lambda: beat.stat().st_mtime > before, "the cell still runs")
    assert controls.errors == []
