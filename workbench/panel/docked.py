"""Dashboards that pages dock beside a notebook: a new widget for each, which a page can draw while a cell runs."""

from __future__ import annotations

from collections.abc import Sequence
from threading import RLock

from workbench.panel.handles import handle
from workbench.ui.live import LiveQuery, live
from workbench.ui.live_bokeh import LiveBokeh, new_library

UNSEEN_KEPT = 8

_docked: list[LiveBokeh] = []
_lock = RLock()


def docked(query_id: str, loaded: Sequence[str], chart: str = "") -> LiveQuery | LiveBokeh | None:
    """Return a handle whose dashboard no page has seen, or a chart; None for a query that is not known any more.

    Every page is told of a new widget at once. A page that was loaded after a widget was made has to ask for it,
    and a kernel answers that only when the running cell has ended; so a page that docks a dashboard gets a new one.

    Parameters
    ----------
    query_id : str
        The query.
    loaded : sequence of str
        The versions of BokehJS the asking page has. Without ours, it is told of BokehJS anew, too.
    chart : str
        The name of one chart, "" for the whole dashboard.
    """
    known = handle(query_id)
    if known is None:
        return None
    with _lock:
        if LiveBokeh.bokeh_version.default_value not in loaded:
            new_library.cache_clear()
        made = live(known.query)
        widget = made.charts[chart] if chart else made.dashboard
        _docked.append(widget)
        close_unseen()
        return widget if chart else made


def close_unseen() -> None:
    """Close the oldest dashboards that no page shows any more: their pages were closed or loaded again."""
    unseen = [widget for widget in _docked[:-1] if not widget.is_shown()]
    for widget in unseen[: max(0, len(unseen) - UNSEEN_KEPT)]:
        _docked.remove(widget)
        with widget.feed.lock:
            if widget in widget.feed.views:
                widget.feed.views.remove(widget)
        widget.close()
