"""The one function the page calls: a question as JSON text, an answer as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from threading import Thread
from typing import Any

from workbench.panel.beacon import Beacon, beacons
from workbench.panel.engine_side import ACTIONS
from workbench.ui import wording
from workbench.ui.display_hook import handle_of

PATIENCE_S = 0.5
DONE = {"stop": "stopped", "pause": "paused", "resume": "resumed", "step": "one batch done"}
GONE = "This query is not known in the kernel any more."


@dataclass(frozen=True, slots=True)
class Answer:
    """JSON for the page, by way of IPython's rich display."""

    content: dict[str, Any]

    def _repr_json_(self) -> dict[str, Any]:
        return self.content


def answer(text: str) -> Any:
    """Answer one question of the page; a query's handle for `dashboard`, else an :class:`Answer`. Runs on a subshell's thread.

    Parameters
    ----------
    text : str
        `{"ask": …}` with `follow`, `control` or `dashboard`, and what that needs.
    """
    question = json.loads(text)
    return ANSWERS[question["ask"]](question)


def follow(question: dict[str, Any]) -> Answer:
    """Tell the asking page everything once a second for some time, beginning with how all queries stand now."""
    for beacon in beacons():
        beacon.follow(float(question["seconds"]))
    return Answer(
        {
            "process": os.getpid(),
            "sessions": {beacon.key: beacon.rows() for beacon in beacons()},
        }
    )


def control(question: dict[str, Any]) -> Answer:
    """Press a button; whatever takes longer than half a second goes on, and the answer says so."""
    action, beacon = str(question["action"]), holder(question["query"])
    if beacon is None:
        return Answer({"done": False, "message": GONE})
    outcome: list[str] = []
    work = Thread(
        target=lambda: outcome.append(press(beacon, action, question["query"])),
        name=f"workbench-{action}",
        daemon=True,
    )
    work.start()
    work.join(PATIENCE_S)
    message = outcome[0] if outcome else f"{action} is under way"
    return Answer({"done": message == DONE[action], "message": message})


def press(beacon: Beacon, action: str, query_id: str) -> str:
    """Carry out one control and say how it went. Runs on a thread of its own."""
    try:
        ACTIONS[action](beacon.session.streams.get(query_id))
    except Exception as failure:  # noqa: BLE001 - a thread's top: the server may be gone or have no such control
        return wording.shorten(wording.readable(str(failure)), 300)
    beacon.feed.news.set()
    return DONE[action]


def dashboard(question: dict[str, Any]) -> Any:
    """Return a query's live handle, whose display is its dashboard."""
    beacon = holder(question["query"])
    query = beacon.session.streams.get(question["query"]) if beacon else None
    return Answer({"message": GONE}) if query is None else handle_of(query)


def holder(query_id: str) -> Beacon | None:
    """Return the beacon of the session that has a query."""
    return next((beacon for beacon in beacons() if query_id in beacon.feed.histories), None)


ANSWERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "follow": follow,
    "control": control,
    "dashboard": dashboard,
}
