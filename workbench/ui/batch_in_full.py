"""Everything known of one batch, for who clicks on it."""

from __future__ import annotations

import json
import math
from typing import Any

from workbench.ui import wording
from workbench.ui.history import History


def batch_in_full(history: History, row: int) -> dict[str, Any] | None:
    """Return one batch as a title and text; None for a row that is not kept.

    Parameters
    ----------
    history : History
        The query's history.
    row : int
        The row's number, counted from the query's first batch; the newest for one that is beyond it.
    """
    with history.lock:
        row = min(row, history.ring.total - 1)
        if row < max(history.ring.first, 0):
            return None
        frame, progress = history.since(row), history.progress_of(row)
        figures = {name: float(frame[name][0]) for name in frame}
        first, last = history.ring.first, history.ring.total - 1
    return {
        "row": row,
        "older": row > first,
        "newer": row < last,
        "title": f"Batch {figures['batch']:.0f}, {wording.moment(figures['time'])} UTC",
        "text": json.dumps(progress or kept(figures), indent=2, ensure_ascii=False),
    }


def kept(figures: dict[str, float]) -> dict[str, Any]:
    """Return the figures that are kept of an old batch whose progress event is not."""
    known = {name: value for name, value in figures.items() if not math.isnan(value)}
    return {"note": "the whole event is kept for the newest batches only", **known}
