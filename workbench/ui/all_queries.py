"""Every query of a session in one live table."""

from __future__ import annotations

import time
from functools import cached_property
from typing import Any

from workbench.ui import wording
from workbench.ui.feed import Feed, feed_of, now_ms
from workbench.ui.history import History
from workbench.ui.live import bundle
from workbench.ui.live_bokeh import LiveBokeh
from workbench.ui.still import show
from workbench.ui.why import why

COLUMNS = (
    "query",
    "state",
    "batch",
    "in",
    "processed",
    "batch time",
    "state rows",
    "watermark",
    "late",
    "why",
)
LOOK_BACK = 20
PERIOD_S = 1.0


class AllQueries:
    """A table of the queries a session has or had, kept up to date.

    Parameters
    ----------
    session : pyspark.sql.connect.session.SparkSession
        The session; queries started elsewhere on the same server appear once they are active here.
    """

    def __init__(self, session: Any) -> None:
        self.feed: Feed = feed_of(session)
        self.next_at, self.shown = 0.0, dict[str, Any]()
        for query in session.streams.active:
            self.feed.watch(query)

    @cached_property
    def dashboard(self) -> LiveBokeh:
        """The table as a widget."""
        title = History("all", "all queries")
        return LiveBokeh(title, self.feed, (), {"queries": self.panel})

    def panel(self) -> dict[str, Any]:
        """Return the table for the page, a new one at most once a second: fifty reasons take time to find."""
        if time.monotonic() >= self.next_at:
            self.next_at = time.monotonic() + PERIOD_S
            self.shown = {"columns": list(COLUMNS), "rows": self.rows(), "note": ""}
        return self.shown

    def rows(self) -> list[list[str]]:
        """Return one row a query: those that run first, then the newest that ended."""
        with self.feed.lock:
            histories = list(self.feed.histories.values())
        running = [history for history in histories if not history.is_over]
        over = [history for history in reversed(histories) if history.is_over]
        return [row_of(history) for history in (*running, *over)]

    def __repr__(self) -> str:
        """Return the table as text."""
        table = [list(COLUMNS), *self.rows()]
        widths = [max(len(row[index]) for row in table) for index in range(len(COLUMNS))]
        return "\n".join(
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in table
        )

    def _ipython_display_(self) -> None:
        show(self, self.dashboard.viewers)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        return bundle(self.dashboard, repr(self))


def row_of(history: History) -> list[str]:
    """Return one query's row."""
    with history.lock:
        frame = history.tail(LOOK_BACK)
        return [
            wording.shorten(history.title, 40),
            history.standing,
            wording.count(frame.last("batch")),
            wording.rate(frame.last("input_rate")),
            wording.rate(frame.last("processed_rate")),
            wording.duration(frame.last("duration")),
            wording.count(frame.last("state.0.rows")),
            wording.moment(frame.last("watermark")),
            wording.count(history.dropped_total),
            wording.shorten(why(history, now_ms()), 90),
        ]
