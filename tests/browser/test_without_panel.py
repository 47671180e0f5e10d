"""A page with a standard widget manager and nothing of ours, as VS Code and Colab have: dashboards draw, move and steer."""

from __future__ import annotations

import pytest

from tests.browser.lab import Lab, Page
from tests.browser.panel import APPEARS_MS, number, until
from tests.browser.test_live_view import BATCH, PIXEL, QUERY


@pytest.fixture(scope="module")
def plain(tmp_path_factory, browser):
    with Lab(tmp_path_factory.mktemp("plain"), has_panel=False) as lab:
        lab.write("plain.ipynb", QUERY, "handle")
        opened = Page(browser, lab).open("plain.ipynb")
        opened.run_all()
        opened.page.wait_for_selector("[data-chart=watermark] canvas", timeout=APPEARS_MS)
        yield opened
        lab.end_kernels()
        opened.close()


def test_there_is_no_panel(plain):
    has = "(id) => window.jupyterapp.commands.hasCommand(id) || window.jupyterapp.hasPlugin(id)"
    assert not plain.page.evaluate(has, "streaming-workbench:show-panel")
    assert not plain.page.evaluate(has, "streaming-workbench:panel")
    assert plain.page.evaluate("window.__workbench_say") is None
    assert plain.page.locator(".swb-Status").count() == 0


def test_the_dashboard_draws_and_moves(plain):
    assert plain.page.locator("[data-chart=rates] canvas").first.evaluate(PIXEL)[0] > 200
    before = number(plain.page.locator(BATCH))
    until(lambda: number(plain.page.locator(BATCH)) > before + 3, "newer batches are shown")


def test_its_own_buttons_reach_the_kernel(plain):
    plain.page.locator(".wb-head button", has_text="Stop").click()
    plain.page.wait_for_selector(".wb-state[data-state=stopped]", timeout=APPEARS_MS)
    assert plain.ask("q.isActive") == "False"
    assert plain.errors == []
    assert plain.refused == []
