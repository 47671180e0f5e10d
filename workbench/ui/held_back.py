"""Which source holds the watermark back, by how much, and since when."""

from __future__ import annotations

import math

import numpy as np

from workbench.ui import wording
from workbench.ui.columns import Frame
from workbench.ui.why_facts import Facts

FAR_BACK = 1000
QUIET = 3
"""A source is silent that sent nothing in this many batches."""


def held_back(facts: Facts) -> str:
    """Return the source the watermark waits for; nothing for a query with one source.

    A server that tells how far each source is (`watermarkMs` in its metrics) is believed. Apache Spark tells the event
    times of one source only: there it is seen that the watermark stands still, and that one of the sources is why.
    """
    if len(facts.shape.sources) < 2:
        return ""
    sources = range(len(facts.shape.sources))
    reached = {index: facts.last(f"source.{index}.reached") for index in sources}
    known = {index: value for index, value in reached.items() if not math.isnan(value)}
    return slowest(facts, known) if len(known) > 1 else one_of_them(facts)


def slowest(facts: Facts, reached: dict[int, float]) -> str:
    """Return the source that is behind the others, where the query's watermark is no further than it."""
    last = min(reached, key=reached.__getitem__)
    ahead = max(reached.values())
    if ahead <= reached[last] or facts.mark > reached[last]:
        return ""
    name = name_of(facts, last)
    if reached[last] <= 0:
        return f" {name} holds it back: no event has come from there yet."
    long = facts.tail(FAR_BACK)
    since = float(long["time"][moved_last(long[f"source.{last}.reached"])])
    return (
        f" {name} holds it back: it is {wording.duration(ahead - reached[last])} behind the other source, and its"
        f" own watermark has not moved for {wording.duration(facts.now_ms - since)}."
    )


def one_of_them(facts: Facts) -> str:
    """Return that some source holds the watermark back, where it stands still while event times went on.

    Who that is is not known without each source's own event times; but it is known who sends nothing.
    """
    long = facts.tail(FAR_BACK)
    first = moved_last(long["watermark"])
    # The newest batch's events move the watermark of the next one.
    newest = long["event.max"][first:-1]
    farthest, before = highest(newest), highest(long["event.max"][: first or 1])
    # Where the history begins with this watermark, the events that made it are not known.
    if math.isnan(farthest) or (facts.has_watermark and (not first or farthest <= before)):
        return ""
    on = f", while event times went on by {wording.duration(farthest - before)}"
    return (
        f" One of its {len(facts.shape.sources)} sources holds it back, this server does not tell which: it has not moved"
        f" for {wording.duration(facts.now_ms - float(long['time'][first]))}{on if farthest > before else ''}."
        + silent(facts, long)
    )


def highest(values: np.ndarray) -> float:
    """Return the greatest number; NaN where there is none."""
    known = values[~np.isnan(values)]
    return float(known.max()) if len(known) else math.nan


def silent(facts: Facts, long: Frame) -> str:
    """Return the sources that have sent nothing of late."""
    since = {index: last_rows(long, index) for index in range(len(facts.shape.sources))}
    quiet = [index for index in since if np.sum(long["time"] > since[index]) >= QUIET]
    when = {
        index: "has sent nothing so far"
        if since[index] < long["time"][0]
        else f"has sent nothing for {wording.duration(facts.now_ms - since[index])}"
        for index in quiet
    }
    return "".join(f" {name_of(facts, index)} {when[index]}." for index in quiet)


def name_of(facts: Facts, index: int) -> str:
    """Return how a source is called, its number too, as two may be called the same."""
    return f"Source {index} ({wording.shorten(facts.shape.sources[index], 40)})"


def moved_last(values: np.ndarray) -> int:
    """Return where a column's newest value came first; 0 where none came after another."""
    moved = np.nonzero(np.diff(np.nan_to_num(values)))[0]
    return int(moved[-1]) + 1 if len(moved) else 0


def last_rows(frame: Frame, index: int) -> float:
    """Return when a source had rows last; before the first batch looked at where it had none."""
    with_rows = np.nonzero(np.nan_to_num(frame[f"source.{index}.rows"]))[0]
    return float(frame["time"][with_rows[-1]] if len(with_rows) else frame["time"][0] - 1)
