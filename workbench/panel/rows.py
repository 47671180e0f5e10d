"""One query as the panel shows it: a row of texts and a few numbers, ready for JSON."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from keyword import iskeyword
from typing import Any

from workbench.ui import wording
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.columns import Frame
from workbench.ui.history import History

SPARKS = 48
LOOK_BACK = 8
# What sources call the rows or files they have not read yet, in Spark and in this engine.
BEHIND = {
    "maxOffsetsBehindLatest": "rows",
    "numFilesOutstanding": "files",
    "rowsBehind": "rows",
}


def row(history: History, state: str) -> dict[str, Any]:
    """Return a query's row.

    Parameters
    ----------
    history : History
        What it did.
    state : str
        How it stands: the history's own states, or `paused`.
    """
    with history.lock:
        frame, newest = history.tail(SPARKS), history.last
        return {
            "id": history.query_id,
            "run": run_of(history),
            "name": wording.shorten(history.title, 80),
            "state": state,
            "error": error(history.error) if history.error else "",
            "batch": wording.count(frame.last("batch")),
            "rows_in": rate(_now(frame, "input_rate")),
            "rows_done": rate(_now(frame, "processed_rate")),
            "lag": lag(frame, newest or {}),
            "watermark": wording.moment(frame.last("watermark")),
            "late": wording.count(history.dropped_total) if history.dropped_total else "",
            "spark": [_finite(value) for value in frame["processed_rate"]],
            "cell": history.cell,
            "charts": charts(history),
            "code": code(history),
        }


def run_of(history: History) -> str:
    """Return the id of a query's newest run, "" before it is known."""
    return history.runs[-1] if history.runs else ""


def rate(value: float) -> str:
    """Return rows per second in little room."""
    return "-" if math.isnan(value) else f"{wording.count(value)}/s"


def error(text: str) -> str:
    """Return an error on one line: what a person needs of its first, and the last where the first only leads to it."""
    first, last = wording.readable(text), wording.readable(text.strip().rpartition("\n")[2])
    whole = f"{first} {last}" if first.endswith(":") else first
    return wording.shorten(whole, 300)


def code(history: History) -> str:
    """Return a cell's text that gets the query back, to be dragged into a notebook."""
    name = re.sub(r"\W+", "_", history.name or "").strip("_")
    variable = name if name.isidentifier() and not iskeyword(name) else "query"
    return f'{variable} = spark.streams.get("{history.query_id}")\n{variable}'


def charts(history: History) -> list[list[str]]:
    """Return the name and the title of every chart that this query has something to draw in."""
    return [[one.name, one.title] for one in CHARTS.values() if one.applies(history.shape)]


def lag(frame: Frame, progress: Mapping[str, Any]) -> str:
    """Return how far a query is behind its sources: what waits there, else what a row waits, else whether it keeps up."""
    waiting = _waiting(progress)
    if waiting:
        return waiting
    latency = frame.last("latency.p95")
    if not math.isnan(latency):
        return wording.duration(latency)
    arriving, done = _now(frame, "input_rate"), _now(frame, "processed_rate")
    if math.isnan(arriving) or math.isnan(done):
        return "-"
    return "falls behind" if arriving > done > 0 else "keeps up"


def _waiting(progress: Mapping[str, Any]) -> str:
    found: dict[str, float] = {}
    for source in progress.get("sources") or ():
        for key, value in (source.get("metrics") or {}).items():
            if key in BEHIND:
                found[BEHIND[key]] = found.get(BEHIND[key], 0.0) + float(value)
    return ", ".join(f"{wording.count(value)} {unit}" for unit, value in found.items())


def _now(frame: Frame, name: str) -> float:
    """The mean of the newest batches, so that the figure can be read."""
    known = [float(value) for value in frame[name][-LOOK_BACK:] if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _finite(value: float) -> float:
    return round(float(value), 1) if math.isfinite(value) else 0.0
