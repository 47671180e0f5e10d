"""Several queries side by side: the same figures, one line a query."""

from __future__ import annotations

from typing import Any

from workbench.ui.charts.compare import comparison
from workbench.ui.feed import now_ms
from workbench.ui.live import LiveQuery, bundle, handle_of
from workbench.ui.live_bokeh import LiveBokeh
from workbench.ui.merged_history import MergedHistory
from workbench.ui.still import show
from workbench.ui.twin import text_twin


def compare(*queries: Any) -> Comparison:
    """Return the dashboard of several queries, one line a query in every chart; display it to see it.

    Parameters
    ----------
    *queries : pyspark.sql.connect.streaming.query.StreamingQuery or LiveQuery
        Queries of one session, a fork beside the query it came from, say.

    Examples
    --------
    >>> wb.compare(query, live.fork("other", watermark="1 hour"))  # doctest: +SKIP
    """
    handles = (one if isinstance(one, LiveQuery) else handle_of(one) for one in queries)
    return Comparison(*handles)


class Comparison:
    """The dashboard of several queries, on one time axis.

    Parameters
    ----------
    *handles : LiveQuery
        Live handles of queries of one session.

    Examples
    --------
    >>> Comparison(wb.live(one), wb.live(other))  # doctest: +SKIP
    """

    def __init__(self, *handles: LiveQuery) -> None:
        if not handles:
            raise ValueError("a comparison needs at least one query")
        self.handles = handles
        histories = tuple(handle.history for handle in handles)
        names = tuple(f"{n + 1} {history.title}" for n, history in enumerate(histories))
        self.dashboard = LiveBokeh(MergedHistory(histories), handles[0].feed, comparison(names))

    def __repr__(self) -> str:
        """Return every query's live view as text."""
        return "\n\n".join(text_twin(handle.history, now_ms()) for handle in self.handles)

    def _ipython_display_(self) -> None:
        show(self, self.dashboard.viewers)

    def _repr_mimebundle_(self, **_: Any) -> Any:
        return bundle(self.dashboard, repr(self))
