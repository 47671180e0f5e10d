"""A query's live view as plain text: for `print`, a terminal, a log and a screen reader."""

from __future__ import annotations

import math

from workbench.ui import wording
from workbench.ui.charts.catalogue import CHARTS
from workbench.ui.history import History
from workbench.ui.why import why

LOOK_BACK = 50


def text_twin(history: History, now_ms: float) -> str:
    """Return the newest figures of a query as lines of text."""
    with history.lock:
        frame, shape = history.tail(LOOK_BACK), history.shape
        head = f"{history.title} · {history.standing}" + batch_text(frame.last("batch"))
    width = max(len(chart.title) for chart in CHARTS.values())
    lines = [
        f"  {chart.title:<{width}}  {chart.sentence(frame, shape)}"
        for chart in CHARTS.values()
        if len(frame) and chart.applies(shape)
    ]
    return "\n".join([head, *lines, f"  {why(history, now_ms)}"])


def batch_text(batch: float) -> str:
    """Return the batch's number, if there is one."""
    return "" if math.isnan(batch) else f" · batch {batch:.0f}"


def status(history: History, now_ms: float) -> dict:
    """Return the compact head of the live view: state, few figures, and why nothing comes out."""
    with history.lock:
        frame = history.tail(LOOK_BACK)
        watermark = frame.last("watermark")
        chips = [
            ["batch", wording.count(frame.last("batch"))],
            ["in", wording.rate(frame.last("input_rate"))],
            ["processed", wording.rate(frame.last("processed_rate"))],
            ["batch time", wording.duration(frame.last("duration"))],
        ]
        if not math.isnan(watermark):
            chips.append(["watermark", wording.moment(watermark)])
        if history.dropped_total:
            chips.append(["late", wording.count(history.dropped_total)])
        return {
            "title": history.title,
            "state": history.standing,
            "chips": chips if len(frame) else [],
            "why": why(history, now_ms),
        }
