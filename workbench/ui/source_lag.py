"""How much waits in a source, as far as its progress tells."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

METRICS = ("maxOffsetsBehindLatest", "rowsBehind", "numFilesOutstanding")
"""What sources report themselves, in Spark and in this engine."""


def source_lag(source: Mapping[str, Any]) -> float:
    """Return how many rows (for files: files) a batch left in its source; NaN where that is not told.

    A source that does not count what waits may still tell how far it could have read: then it is the distance
    from the end of the batch to there, summed over partitions.
    """
    metrics = source.get("metrics") or {}
    for name in METRICS:
        if name in metrics:
            return float(metrics[name])
    end, latest = (dict(numbers(source.get(name))) for name in ("endOffset", "latestOffset"))
    if not latest or latest.keys() != end.keys():
        return math.nan
    return float(sum(max(0.0, latest[path] - end[path]) for path in latest))


def numbers(offset: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Return the numbers of an offset, each with its place: Kafka's are by topic and partition."""
    found = parsed(offset)
    if isinstance(found, Mapping):
        for name, value in found.items():
            yield from numbers(value, f"{path}/{name}")
    elif isinstance(found, int | float) and not isinstance(found, bool):
        yield path, float(found)


def parsed(offset: Any) -> Any:
    """Return an offset as a value; some servers write it as JSON text."""
    if not isinstance(offset, str):
        return offset
    try:
        return json.loads(offset)
    except ValueError:
        return None
