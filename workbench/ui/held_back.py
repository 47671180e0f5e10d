"""Which source holds the watermark back, by how much, and since when."""

from __future__ import annotations

import math

import numpy as np

from workbench.ui import wording
from workbench.ui.columns import Frame
from workbench.ui.why_facts import Facts

FAR_BACK = 1000


def held_back(facts: Facts) -> str:
    """Return the source the watermark waits for; nothing for a query with one source.

    A server that tells how far each source is (`watermarkMs` in its metrics) is believed; of others it is known which
    source sends nothing while others do, and with the usual policy the slowest one rules.
    """
    if len(facts.shape.sources) < 2:
        return ""
    sources = range(len(facts.shape.sources))
    reached = {index: facts.last(f"source.{index}.reached") for index in sources}
    known = {index: value for index, value in reached.items() if not math.isnan(value)}
    return slowest(facts, known) if len(known) > 1 else silent(facts)


def slowest(facts: Facts, reached: dict[int, float]) -> str:
    """Return the source that is behind the others, where the query's watermark is no further than it."""
    last = min(reached, key=reached.__getitem__)
    ahead = max(reached.values())
    if ahead <= reached[last] or facts.mark > reached[last]:
        return ""
    name = name_of(facts, last)
    if reached[last] <= 0:
        return f" {name} holds it back: no event has come from there yet."
    since = since_moved(facts.tail(FAR_BACK), f"source.{last}.reached")
    return (
        f" {name} holds it back: it is {wording.duration(ahead - reached[last])} behind the other source, and its"
        f" own watermark has not moved for {wording.duration(facts.now_ms - since)}."
    )


def silent(facts: Facts) -> str:
    """Return the source that has been silent longest while another was not."""
    long = facts.tail(FAR_BACK)
    since = {index: last_rows(long, index) for index in range(len(facts.shape.sources))}
    quiet = min(since, key=since.__getitem__)
    recent = facts.frame[f"source.{quiet}.rows"]
    if np.nansum(recent) > 0 or since[quiet] == max(since.values()):
        return ""
    when = (
        "has sent nothing so far"
        if since[quiet] < long["time"][0]
        else f"has sent nothing for {wording.duration(facts.now_ms - since[quiet])}"
    )
    return f" {name_of(facts, quiet)} may hold it back: it {when}, while another source goes on."


def name_of(facts: Facts, index: int) -> str:
    """Return how a source is called, its number too, as two may be called the same."""
    return f"Source {index} ({wording.shorten(facts.shape.sources[index], 40)})"


def since_moved(frame: Frame, column: str) -> float:
    """Return the time of the newest batch that changed a column; the first batch's where none did."""
    moved = np.nonzero(np.diff(frame[column]))[0]
    return float(frame["time"][moved[-1] + 1 if len(moved) else 0])


def last_rows(frame: Frame, index: int) -> float:
    """Return when a source had rows last; before the first batch looked at where it had none."""
    with_rows = np.nonzero(np.nan_to_num(frame[f"source.{index}.rows"]))[0]
    return float(frame["time"][with_rows[-1]] if len(with_rows) else frame["time"][0] - 1)
