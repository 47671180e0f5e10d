"""The live handles the panel's buttons work on: one for each run of a query."""

from __future__ import annotations

from threading import RLock
from typing import Any

from workbench.panel.beacon import Beacon, beacons
from workbench.ui.live import LiveQuery, live

KEPT = 50

_handles: dict[tuple[str, str], LiveQuery] = {}
_lock = RLock()


def holder(query_id: str) -> Beacon | None:
    """Return the beacon of the session that has a query."""
    return next((beacon for beacon in beacons() if query_id in beacon.feed.histories), None)


def handle(query_id: str) -> LiveQuery | None:
    """Return the handle of a query's newest run; None when neither the kernel nor the server knows it any more."""
    beacon = holder(query_id)
    if beacon is None:
        return None
    key = (query_id, (beacon.feed.history(query_id).runs or [""])[-1])
    with _lock:
        if key not in _handles:
            query: Any = beacon.session.streams.get(query_id)
            if query is None:
                return None
            for oldest in list(_handles)[: max(0, len(_handles) - KEPT + 1)]:
                del _handles[oldest]
            _handles[key] = live(query)
        return _handles[key]
