"""What waits in a query's state, when the next of it goes on, and when such a query's rows come out at all."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from workbench.ui import wording
from workbench.ui.why_facts import Facts

DAY_MS = 86_400_000
SHOWN_MS = 1_000
"""Moments are shown to the second."""


@dataclass(frozen=True, slots=True)
class Kind:
    """How the state of one kind of operator is spoken of.

    Parameters
    ----------
    thing : str
        What it holds, and what happens to the next of it: "window closes".
    then : str, optional
        What there is to add.
    comes_out : str or dict of str to str
        When rows come out; by output mode where that matters.
    """

    thing: str
    then: str = ""
    comes_out: str | dict[str, str] = field(default_factory=dict)


AT_LAST = (
    "In append mode a {} comes out, once, in the batch after the watermark has passed its end."
)
MODES = {
    "append": AT_LAST.format("window"),
    "update": "In update mode a group comes out whenever a batch has changed it.",
    "complete": "In complete mode every batch with new rows writes all groups.",
}
"""Output mode → when the groups of an aggregate come out."""
GROUPS = Kind("window closes", "", MODES)
SESSIONS = Kind(
    "session closes",
    " unless a later row makes it longer",
    {**MODES, "append": AT_LAST.format("session")},
)
ROWS = Kind(
    "row has waited long enough",
    " and comes out with nulls unless something matches it",
    "A pair comes out with the batch that brings its second row.",
)
KEYS = Kind(
    "key is forgotten",
    " and until then rows with it are duplicates",
    "A row comes out when its key is not known yet.",
)
TIMERS = Kind("timer is due", "", "What comes out is up to the processor.")
TIMEOUTS = Kind("group times out", "", "What comes out is up to the function.")
KINDS = {
    "stateStoreSave": GROUPS,
    "sessionWindowStateStoreSaveExec": SESSIONS,
    "symmetricHashJoin": ROWS,
    "dedupe": KEYS,
    "dedupeWithinWatermark": KEYS,
    "transformWithStateExec": TIMERS,
    "transformWithStateInPySparkExec": TIMERS,
    "transformWithStateInPandasExec": TIMERS,
    "flatMapGroupsWithState": TIMEOUTS,
    "applyInPandasWithState": TIMEOUTS,
}
"""Spark's name of an operator → how its state is spoken of."""


def kind_of(facts: Facts, index: int) -> Kind:
    """Return how the state of an operator is spoken of."""
    return KINDS.get(facts.shape.operators[index], GROUPS)


def comes_out(facts: Facts) -> str:
    """Return when rows come out of the last operator; "" where that depends on a mode nobody tells."""
    told = kind_of(facts, 0).comes_out
    return told if isinstance(told, str) else told.get(facts.output_mode, "")


def comes_next(facts: Facts) -> str:
    """Return what goes on next, at which watermark or time; nothing where the server does not tell."""
    return next_close(facts) + next_timer(facts)


def next_close(facts: Facts) -> str:
    """Return at which watermark the next window closes, and how far that is."""
    closes, index = first_told(facts, "next")
    if math.isnan(closes) or not facts.has_watermark:
        return ""
    kind, mark = kind_of(facts, index), facts.mark
    if closes <= mark:
        return f" The watermark has passed the point where the next {kind.thing}: it does with the next batch."
    where = (
        f"reaches {wording.moment(closes, mark)}, {wording.duration(closes - mark)} further on"
        if closes - mark >= SHOWN_MS
        else "moves at all"
    )
    return f" The next {kind.thing} when it {where}{comma(kind.then)}."


def next_timer(facts: Facts) -> str:
    """Return at what time the next timer is due that waits for the clock, and how soon that is."""
    due, index = first_told(facts, "timer")
    away = due - facts.now_ms
    # More than a day ago is another clock: a server's whose time is not ours.
    if math.isnan(due) or away < -DAY_MS:
        return ""
    thing = kind_of(facts, index).thing
    if away <= 0:
        return f" By the clock, the next {thing} now: it comes with the next batch."
    return (
        f" By the clock, the next {thing} at {wording.moment(due, facts.now_ms)},"
        f" in {wording.duration(away)}."
    )


def first_told(facts: Facts, column: str) -> tuple[float, int]:
    """Return the value of the last operator that tells one, as rows come out of it, and which that is; NaN: none does."""
    known = (
        (facts.last(f"state.{index}.{column}"), index)
        for index in range(len(facts.shape.operators))
    )
    return next((one for one in known if not math.isnan(one[0])), (math.nan, 0))


def comma(then: str) -> str:
    """Return what there is to add, set off."""
    return f",{then}" if then else ""
