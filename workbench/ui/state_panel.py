"""The state browser of the page: one question at a time, read in the background when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.ui import wording
from workbench.ui.newest_rows import cell
from workbench.ui.state_browser import StateBrowser
from workbench.ui.state_parts import Parts, others

if TYPE_CHECKING:
    import pandas as pd

ROWS = 50
View = Callable[[StateBrowser, dict[str, Any], dict[str, Any]], "pd.DataFrame"]


def changes(browser: StateBrowser, where: dict[str, Any], _: dict[str, Any]) -> pd.DataFrame:
    """Return what the batch that was asked for changed, the newest by default."""
    last = where.pop("batch", None)
    if last is None:
        last = int(browser.stores["maxBatchId"].max())
    return browser.diff(max(0, last - 1), last, **where)


def history_of(browser: StateBrowser, where: dict[str, Any], ask: dict[str, Any]) -> pd.DataFrame:
    """Return every change of the key that was typed."""
    last = where.pop("batch", None)
    return browser.over_batches_of(str(ask.get("key", "")), last=last, **where)


VIEWS: dict[str, tuple[str, View]] = {
    "next": ("leaves next", lambda browser, where, _: browser.expiring(ROWS, **where)),
    "size": ("largest", lambda browser, where, _: browser.top(ROWS, by="size", **where)),
    "partitions": ("partitions", lambda browser, where, _: browser.partitions(**where)),
    "changes": ("what a batch changed", changes),
    "key": ("one key", lambda browser, where, ask: browser.find(str(ask.get("key", "")), **where)),
    "over": ("one key, batch by batch", history_of),
    "timers": (
        "timers",
        lambda browser, where, _: browser.timers(ROWS, where["operator"], where.get("batch")),
    ),
    "stores": ("stores", lambda browser, where, _: browser.stores),
}
"""What the page can ask → how it is called there, and who answers."""


class StatePanel:
    """What the page shows of the state: the operators, from progress, and the answer to the newest question.

    Reading costs the server a job, so it happens when somebody asks and not by itself.

    Parameters
    ----------
    browser : StateBrowser
        Who reads.
    """

    def __init__(self, browser: StateBrowser) -> None:
        self.browser = browser
        self.answer: dict[str, Any] = {"columns": [], "rows": [], "note": ""}

    def panel(self) -> dict[str, Any]:
        """Return the part for the page. Never blocks."""
        rows = list((self.browser.history.last or {}).get("stateOperators") or ())
        others = [
            f"{part['operator']} {self.browser.name_of(part['operator'])}: {told(part)}"
            for part in self.others()
        ]
        return {
            "operators": [*(operator(index, one) for index, one in enumerate(rows)), *others],
            "views": [[name, label] for name, (label, _) in VIEWS.items()],
            "answer": self.answer,
        }

    def others(self) -> list[dict[str, Any]]:
        """Return what can be chosen beside the operators: a join's other side, and variables once the checkpoint was read."""
        names = self.browser.history.shape.operators
        return [
            {"operator": index, **part}
            for index, name in enumerate(names)
            for part in others(name, self.browser.known.get(index, Parts()))
        ]

    def where_of(self, ask: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of a state reader, as far as the page gave them."""
        chosen = int(ask.get("operator") or 0)
        beyond = chosen - len(self.browser.history.shape.operators)
        where = self.others()[beyond] if beyond >= 0 else {"operator": chosen}
        if str(ask.get("batch", "")).strip():
            where["batch"] = int(ask["batch"])
        return where

    def look(self, ask: dict[str, Any]) -> None:
        """Answer a page's question: `look` names the view; `operator`, `batch` and `key` say of what."""
        label, view = VIEWS[str(ask.get("look"))]
        self.answer = {**self.answer, "note": f"reading {label} …"}
        try:
            found = view(self.browser, self.where_of(ask), ask)
        except Exception as failure:  # noqa: BLE001 - a thread's top: no checkpoint, or nothing of that kind in it
            note = wording.shorten(wording.plain(str(failure)), 400)
            self.answer = {"columns": [], "rows": [], "note": note}
            return
        self.answer = {
            "columns": [wording.shorten(name, 60) for name in found.columns],
            "rows": [
                [cell(value) for value in row] for row in found.head(ROWS).itertuples(index=False)
            ],
            "note": note_of(label, len(found), ask),
        }


def told(part: dict[str, Any]) -> str:
    """Return how a part of an operator's state is called."""
    return f"{part['side']} side" if "side" in part else f"variable {part['variable']}"


def note_of(label: str, rows: int, ask: dict[str, Any]) -> str:
    """Return what the table is, in words."""
    batch = str(ask.get("batch", "")).strip()
    when = f"after batch {batch}" if batch else "after the newest batch"
    count = f"the first {ROWS} of {rows:,} rows" if rows > ROWS else f"{rows:,} rows"
    return f"{label}, {when}: {count}"


def operator(index: int, progress: dict[str, Any]) -> str:
    """Return one operator on a line."""
    rows, size = (float(progress.get(name) or 0) for name in ("numRowsTotal", "memoryUsedBytes"))
    parts = progress.get("numShufflePartitions")
    return (
        f"{index} {progress.get('operatorName')}: {wording.count(rows)} rows,"
        f" {wording.size(size)}, {parts} partitions"
    )
