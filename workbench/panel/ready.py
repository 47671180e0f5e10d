"""What the first dashboard of a page needs, made before anybody waits for it."""

from __future__ import annotations

import time
from functools import cache
from threading import Thread

from workbench.panel.busy import remind
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.charts.document import document
from workbench.ui.live_bokeh import library
from workbench.ui.progress import Shape

REMIND_S = (0.5, 1.0, 3.0)


@cache
def get_ready() -> None:
    """Send BokehJS to the pages of this kernel and build the figures that are the same for every query, once.

    In the background, when a page with the panel has met this kernel: where there is no page, nobody will look at a
    figure. The page starts BokehJS, and draws a figure nobody sees, when it has nothing else to do.
    """
    Thread(target=_make_ready, name="workbench-ready", daemon=True).start()


def _make_ready() -> None:
    library().sample = document(CHARTS["rates"], Shape())
    for chart in CHARTS.values():
        if not chart.made_of:
            document(chart, Shape())
    # A page that hears of a new widget makes a subshell for it, and calls a cell that began meanwhile idle.
    for pause in REMIND_S:
        time.sleep(pause)
        remind()
