"""Fixtures: one JupyterLab and one Chromium for all browser tests."""

from __future__ import annotations

import importlib.util

import pytest

from tests.browser.lab import VIEW, Lab, Page

ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-sync",
             "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=127.0.0.1"]  # fmt: skip


def pytest_collection_modifyitems(items):
    here = [item for item in items if "tests/browser" in str(item.path)]
    for item in here:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    for needed in ("jupyterlab", "playwright"):
        if importlib.util.find_spec(needed) is None:
            pytest.skip(f"{needed} is not installed")
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        yield running


@pytest.fixture(scope="session")
def browser(chromium):
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture(scope="session")
def profile(browser):
    """What the pages of all tests share: JupyterLab's code, which is fetched and compiled once."""
    return browser.new_context(**VIEW)


@pytest.fixture(scope="module")
def open_page(lab, browser, profile):
    """Open notebooks in pages; ends their kernels, and fails if one asked for anything but the server.

    A page that is `apart` is that of somebody else: it shares nothing with the others.
    """
    pages = []

    def opened(name, apart=False):
        pages.append(Page(browser if apart else profile, lab).open(name))
        return pages[-1]

    yield opened
    lab.end_kernels()
    for page in pages:
        page.close()
    assert [url for page in pages for url in page.refused] == []
