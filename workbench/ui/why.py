"""Why is nothing coming out? As far as the progress of a query tells."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from workbench.ui import wording
from workbench.ui.columns import Frame
from workbench.ui.history import History
from workbench.ui.progress import Shape

LOOK_BACK = 20
GROWING = 4
HAS_ROOM = 0.7


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules look at: the newest batches of one query and how it stands."""

    state: str
    error: str | None
    frame: Frame
    shape: Shape
    now_ms: float
    dropped_total: float

    def last(self, name: str) -> float:
        """Return a column's newest value."""
        values = self.frame[name]
        return float(values[-1]) if len(values) else math.nan

    def sum(self, name: str) -> float:
        """Return a column's sum over the batches looked at."""
        values = self.frame[name]
        return float(np.nansum(values))


def why(history: History, now_ms: float) -> str:
    """Return, in one or two sentences, what holds a query's output back, or that rows are coming out.

    Parameters
    ----------
    history : History
        The query's history.
    now_ms : float
        The time, in milliseconds since 1970.
    """
    with history.lock:
        facts = Facts(
            history.standing,
            history.error,
            history.tail(LOOK_BACK),
            history.shape,
            now_ms,
            history.dropped_total,
        )
    found = (rule(facts) for rule in RULES)
    return next(sentence for sentence in found if sentence)


def failed(facts: Facts) -> str | None:
    """Return the error that ended the query."""
    if facts.state == "failed":
        return f"It failed: {wording.shorten(wording.readable(facts.error), 300)}"
    return None


def stopped(facts: Facts) -> str | None:
    """Return that somebody stopped it."""
    return "It was stopped; start it again to go on." if facts.state == "stopped" else None


def paused(facts: Facts) -> str | None:
    """Return that somebody paused it."""
    if facts.state == "paused":
        return "It is paused: no batch starts until it is resumed, or stepped."
    return None


def no_batch_yet(facts: Facts) -> str | None:
    """Return that the first batch is not done."""
    if len(facts.frame) == 0:
        return "The first batch is not finished yet."
    return None


def rows_come_out(facts: Facts) -> str | None:
    """Return how much came out in the newest batch."""
    rows = facts.last("output_rows")
    if rows > 0:
        return (
            f"Rows are coming out: {wording.count(rows)} in batch {facts.last('batch'):.0f}."
            + falls_behind(facts)
        )
    return None


def all_late(facts: Facts) -> str | None:
    """Return that whatever arrives is too late."""
    arrived, dropped = facts.sum("input_rows"), facts.sum("dropped")
    if dropped and dropped >= arrived > 0:
        newest = wording.moment(facts.frame.last("event.max"))
        mark = wording.moment(facts.last("watermark"))
        return (
            f"Every row of the newest batches came too late: newest event time {newest}, watermark {mark}. "
            f"A longer delay in withWatermark would keep such rows."
        )
    return None


def no_new_data(facts: Facts) -> str | None:
    """Return that the source is silent, and what that means for windows still open."""
    rows = facts.frame["input_rows"]
    if facts.state != "idle" and (len(rows) == 0 or rows[-1] > 0):
        return None
    with_data = rows.nonzero()[0]
    times = facts.frame["time"]
    since = (
        f" since {wording.duration(facts.now_ms - times[with_data[-1]])}" if len(with_data) else ""
    )
    held = facts.sum("state.0.rows") > 0 and facts.last("state.0.rows") > 0
    stays = (
        f" The {wording.count(facts.last('state.0.rows'))} rows in state stay open: the watermark"
        f" ({wording.moment(facts.frame.last('watermark'))}) moves only when later events arrive."
        if held and _has_watermark(facts)
        else ""
    )
    return f"No new data{since}.{stays}"


def no_watermark_yet(facts: Facts) -> str | None:
    """Return the one-batch lag of the watermark."""
    if facts.shape.operators and facts.shape.has_event_time and not _has_watermark(facts):
        return (
            "There is no watermark yet: a batch's watermark is computed when it ends and applies from the next"
            " batch on, so append mode gives its first rows later."
        )
    return None


def window_open(facts: Facts) -> str | None:
    """Return how far the watermark is behind the newest event, which is what holds windows open."""
    if not (facts.shape.operators and _has_watermark(facts)):
        return None
    mark, newest = facts.last("watermark"), facts.frame.last("event.max")
    open_rows = facts.last("state.0.rows")
    behind = (
        f", {wording.duration(newest - mark)} behind the newest event ({wording.moment(newest)})"
    )
    return (
        f"The watermark is at {wording.moment(mark)}{behind if newest > mark else ''}. In append mode a window comes"
        f" out one batch after the watermark passes its end; {wording.count(open_rows)} rows wait in state."
    )


def sink_is_silent(facts: Facts) -> str | None:
    """Return that this sink does not count its rows."""
    rows = facts.last("output_rows")
    if math.isnan(rows):
        return "Batches finish; this sink does not report how many rows it wrote." + falls_behind(
            facts
        )
    return None


def all_filtered(facts: Facts) -> str | None:
    """Return that rows go in and none comes out of a query without state."""
    arrived = facts.sum("input_rows")
    if arrived and not facts.shape.operators:
        return (
            f"{wording.count(arrived)} rows went in over the last {len(facts.frame)} batches and none came out:"
            " a filter or join drops them all."
        )
    return None


def state_keeps_all(facts: Facts) -> str | None:
    """Return the last thing to say about a stateful query: nothing changed enough to come out."""
    return (
        "Rows go in and none came out of the newest batch: the stateful operator holds them."
        + falls_behind(facts)
    )


def falls_behind(facts: Facts) -> str:
    """Return a warning when the query does not keep up with its sources, else nothing."""
    return backlog_grows(facts) or batches_overrun(facts)


def backlog_grows(facts: Facts) -> str:
    """Return how fast the rows that wait in the sources grow, and whether batches or their pace are to blame."""
    waiting = sum((facts.frame[name] for name in facts.frame if name.endswith(".lag")), np.zeros(1))
    newest = waiting[-GROWING:]
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
        else f"batches take all the time there is, most of it {_slowest(facts)}"
    )
    growth = wording.count(float(np.diff(newest).mean()))
    return f" It falls behind: {wording.count(float(newest[-1]))} wait in the source, {growth} more with every batch; {reason}."


def batches_overrun(facts: Facts) -> str:
    """Return that rows arrive faster than batches process them."""
    arriving, processed = facts.last("input_rate"), facts.last("processed_rate")
    durations, intervals = facts.frame["duration"], facts.frame["interval"]
    late = durations[1:] >= intervals[1:] * 0.95
    if arriving > processed * 1.1 and len(late) >= 3 and late[-3:].all():
        return (
            f" It falls behind: {wording.rate(arriving)} arrive, {wording.rate(processed)} are processed"
            f" (most time in {_slowest(facts)})."
        )
    return ""


RULES: tuple[Callable[[Facts], str | None], ...] = (
    failed,
    stopped,
    paused,
    no_batch_yet,
    all_late,
    rows_come_out,
    no_new_data,
    no_watermark_yet,
    window_open,
    sink_is_silent,
    all_filtered,
    state_keeps_all,
)


def _has_watermark(facts: Facts) -> bool:
    return not math.isnan(facts.frame.last("watermark"))


def _slowest(facts: Facts) -> str:
    phases = {name: facts.sum(name) for name in facts.frame if name.startswith("phase.")}
    return max(phases, key=lambda name: phases[name]).removeprefix("phase.")
