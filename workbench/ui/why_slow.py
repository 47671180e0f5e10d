"""Whether a query keeps up with its sources, and what takes its time if not."""

from __future__ import annotations

import numpy as np

from workbench.ui import wording
from workbench.ui.why_facts import Facts

GROWING = 4
HAS_ROOM = 0.7
SINK_IS_SLOW = 0.5
LONG_MS = 20_000
TIMES_LONGER = 5
DAY_MS = 86_400_000


def under_way(facts: Facts) -> str | None:
    """Return that a batch takes far longer than those before, as under a sink that does not answer."""
    if facts.state != "running":
        return None
    ended = facts.last("time") + facts.last("duration")
    usual = float(
        np.nanmax([*facts.frame["duration"][-GROWING:], facts.last("pace"), facts.trigger_ms])
    )
    waits = facts.now_ms - ended
    # More than a day is another clock: a server's whose time is not ours.
    if not max(LONG_MS, usual * TIMES_LONGER) < waits < DAY_MS:
        return None
    return (
        f"No batch has ended for {wording.duration(waits)}; the last one took"
        f" {wording.duration(facts.last('duration'))}. The next one is under way, or waits for its trigger:"
        f" {slowest_step(facts)}."
    )


def slowest_step(facts: Facts) -> str:
    """Return what took most of the time so far."""
    share = sink_share(facts)
    return (
        f"so far the sink took {share:.0%} of the time"
        if share >= SINK_IS_SLOW
        else "the sink may be slow, or it has much to read"
    )


def falls_behind(facts: Facts) -> str:
    """Return a warning when the query does not keep up with its sources, else nothing."""
    return backlog_grows(facts) or batches_overrun(facts) or is_busy(facts)


def backlog_grows(facts: Facts) -> str:
    """Return how fast the rows that wait in the sources grow, and whether batches or their pace are to blame."""
    newest = backlog(facts)[-GROWING:]
    if (
        len(newest) < GROWING
        or not (np.diff(newest) > 0).all()
        or newest[-1] < facts.last("input_rows")
    ):
        return ""
    took, every = (
        float(np.nanmean(facts.frame[name][-GROWING:])) for name in ("duration", "interval")
    )
    reason = (
        f"a batch takes {wording.count(facts.last('input_rows'))} rows and is done in {wording.duration(took)} of"
        f" {wording.duration(every)}: larger batches would keep up"
        if took < every * HAS_ROOM
        else f"batches take all the time there is, most of it {where_time_goes(facts)}"
    )
    growth = wording.count(float(np.diff(newest).mean()))
    return f" It falls behind: {wording.count(float(newest[-1]))} wait in the source, {growth} more with every batch; {reason}."


def backlog(facts: Facts) -> np.ndarray:
    """Return how much each batch left in the sources that tell; NaN where none did."""
    left = np.array([facts.frame[name] for name in facts.frame if name.endswith(".lag")])
    if not len(left):
        return np.full(1, np.nan)
    return np.where(np.isnan(left).all(axis=0), np.nan, np.nansum(left, axis=0))


def batches_overrun(facts: Facts) -> str:
    """Return that rows arrive faster than batches process them."""
    arriving, processed = facts.last("input_rate"), facts.last("processed_rate")
    if arriving > processed * 1.1 and follow_at_once(facts):
        return (
            f" It falls behind: {wording.rate(arriving)} arrive, {wording.rate(processed)} are processed"
            f" (most time in {where_time_goes(facts)})."
        )
    return ""


def is_busy(facts: Facts) -> str:
    """Return that rows wait though the backlog does not grow, while one batch follows the other."""
    waiting = float(backlog(facts)[-1])
    if not waiting > facts.last("input_rows") or not follow_at_once(facts):
        return ""
    return (
        f" {wording.count(waiting)} rows wait in the source while one batch follows the other,"
        f" most of the time in {where_time_goes(facts)}."
    )


def follow_at_once(facts: Facts) -> bool:
    """Whether each of the last batches began when the one before it had ended."""
    late = facts.frame["duration"][1:] >= facts.frame["interval"][1:] * 0.95
    return len(late) >= 3 and bool(late[-3:].all())


def where_time_goes(facts: Facts) -> str:
    """Return the sink, where the server says that it takes most of the time, else the longest phase of the batches."""
    share = sink_share(facts)
    if share >= SINK_IS_SLOW:
        return f"the sink, which is slow: {share:.0%} of the time"
    phases = {name: facts.sum(name) for name in facts.frame if name.startswith("phase.")}
    return max(phases, key=lambda name: phases[name]).removeprefix("phase.")


def sink_share(facts: Facts) -> float:
    """Return the sink's share of the batches' time, 0 where nobody measures it."""
    return next((float(node["share"]) for node in facts.nodes if node["kind"] == "sink"), 0.0)
