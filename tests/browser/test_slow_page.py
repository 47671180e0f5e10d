"""A page too slow for anywidget, which waits two seconds for a widget's module and then drops its messages."""

from __future__ import annotations

from tests.browser.lab import Page
from tests.browser.panel import APPEARS_MS, number, until
from tests.browser.test_live_view import BATCH, QUERY

AT_ONCE = "AbortSignal.timeout = () => { const end = new AbortController(); queueMicrotask(() => end.abort()); return end.signal; };"


def test_a_dashboard_that_was_drawn_late_moves(lab, profile):
    lab.write("late.ipynb", QUERY, "handle")
    opened = Page(profile, lab)
    opened.page.add_init_script(AT_ONCE)
    opened.open("late.ipynb").run_all()
    shown = opened.page.locator(BATCH)
    shown.first.wait_for(timeout=APPEARS_MS)
    before = number(shown)
    until(lambda: number(shown) > before + 3, "newer batches are shown")
    opened.close()
    lab.end_kernels()
