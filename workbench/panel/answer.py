"""The one function the page calls: a question as JSON text, an answer as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from workbench.panel.beacon import beacons
from workbench.panel.busy import remind_soon, when_idle
from workbench.panel.docked import docked
from workbench.panel.handles import handle
from workbench.panel.ready import get_ready
from workbench.ui import wording
from workbench.ui.live import LiveQuery
from workbench.ui.live_bokeh import WIDGETS, LiveBokeh

PATIENCE_S = 0.5
GONE = "The kernel does not know this query any more."
PRESS: dict[str, Callable[[LiveQuery], object]] = {
    "stop": lambda query: query.stop(),
    "pause": lambda query: query.pause(),
    "resume": lambda query: query.resume(),
    "step": lambda query: query.step(),
}
DONE = {"stop": "stopped", "pause": "paused", "resume": "resumed", "step": "ran one batch"}


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON for the page, by way of IPython's rich display."""

    content: dict[str, Any]

    def _repr_json_(self) -> dict[str, Any]:
        return self.content


@dataclass(frozen=True, slots=True)
class Drawing:
    """A dashboard as the answer to a page, which draws it: without the rule that one displayed by a cell may have."""

    drawn: LiveQuery | LiveBokeh

    def _repr_mimebundle_(self, **how: Any) -> Any:
        return self.drawn._repr_mimebundle_(**how)


def answer(text: str) -> Any:
    """Answer one question of the page. Runs on a subshell's thread, or between cells where there are no subshells.

    Parameters
    ----------
    text : str
        JSON: `{"ask": "follow", "page": …, "order": …, "seconds": …}`, `{"ask": "control", "action": …, "query": …}`,
        `{"ask": "dashboard", "query": …, "bokeh": […]}` or `{"ask": "say", "widget": …, "content": {…}}`.

    Returns
    -------
    Answer or Drawing
        For `dashboard` what displays its widget.
    """
    question = json.loads(text)
    try:
        return ANSWERS[question["ask"]](question)
    finally:
        remind_soon()


def follow(question: dict[str, Any]) -> Answer:
    """Tell the asking page everything once a second for some time, beginning with how all queries stand now."""
    for beacon in beacons():
        beacon.follow(question["page"], int(question["order"]), float(question["seconds"]))
    when_idle(get_ready)
    sessions = {beacon.key: beacon.rows() for beacon in beacons()}
    return Answer({"process": os.getpid(), "sessions": sessions})


def control(question: dict[str, Any]) -> Answer:
    """Press a button; what takes longer than half a second goes on, and the answer says so."""
    action, outcome = str(question["action"]), list[Answer]()
    work = Thread(
        target=lambda: outcome.append(press(action, question["query"])),
        name=f"workbench-{action}",
        daemon=True,
    )
    work.start()
    work.join(PATIENCE_S)
    return outcome[0] if outcome else Answer({"done": False, "message": f"{action} is under way"})


def press(action: str, query_id: str) -> Answer:
    """Carry out one control and say how it went. Runs on a thread of its own."""
    try:
        query = handle(query_id)
        if query is None:
            return Answer({"done": False, "message": GONE})
        PRESS[action](query)
    except Exception as failure:  # noqa: BLE001 - a thread's top: the server may be gone, or have no such control
        reason = wording.shorten(wording.readable(str(failure)), 300)
        return Answer({"done": False, "message": f"{action} was not done: {reason}"})
    query.feed.hurry()
    return Answer({"done": True, "message": DONE[action]})


def dashboard(question: dict[str, Any]) -> Any:
    """Return what a page of its own displays: a query's dashboard, or one of its charts."""
    chart = str(question.get("chart") or "")
    drawn = docked(question["query"], question["bokeh"], chart)
    return Answer({"message": GONE}) if drawn is None else Drawing(drawn)


def say(question: dict[str, Any]) -> Answer:
    """Hand a dashboard what its page says, and tell whether there is such a dashboard."""
    widget = WIDGETS.get(str(question["widget"]))
    if widget is not None:
        widget.hear(widget, question["content"], [])
    return Answer({"done": widget is not None})


ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "follow": follow,
    "control": control,
    "dashboard": dashboard,
    "say": say,
}
