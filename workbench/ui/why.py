"""Why is nothing coming out? As far as the progress of a query tells."""

from __future__ import annotations

import math
from collections.abc import Callable

from workbench.ui import wording
from workbench.ui.held_back import held_back
from workbench.ui.history import History
from workbench.ui.waits import MODES, comes_next, comes_out, next_timer
from workbench.ui.why_facts import LOOK_BACK, Facts
from workbench.ui.why_slow import falls_behind, under_way


def why(history: History, now_ms: float) -> str:
    """Return, in a few short sentences, what holds a query's output back, or that rows are coming out.

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
            history.output_mode,
            float(history.settings.get("trigger_ms") or 0),
            tuple(history.nodes),
            history.tail,
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
    """Return that somebody paused it, and what would come next."""
    if facts.state != "paused":
        return None
    waits = len(facts.frame) > 0 and not facts.last("output_rows") > 0
    return "It is paused: no batch starts until it is resumed, or stepped." + (
        f"{where_it_is(facts)}{comes_next(facts)}" if waits else ""
    )


def where_it_is(facts: Facts) -> str:
    """Return where the watermark is, where there is one."""
    return f" The watermark is at {wording.moment(facts.mark)}." if facts.has_watermark else ""


def no_batch_yet(facts: Facts) -> str | None:
    """Return that the first batch is not done, or had no reason to begin."""
    if len(facts.frame) == 0:
        return (
            "No new data so far, so no batch has run yet."
            if facts.state == "idle"
            else "The first batch is not finished yet."
        )
    return None


def rows_come_out(facts: Facts) -> str | None:
    """Return how much came out in the newest batch."""
    rows = facts.last("output_rows")
    if rows > 0 and facts.state != "idle":
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


def all_duplicates(facts: Facts) -> str | None:
    """Return that the keys of all that arrives are known."""
    known = sum(facts.sum(f"state.{n}.duplicates") for n in range(len(facts.shape.operators)))
    if known and known + facts.sum("dropped") >= facts.sum("input_rows"):
        return (
            f"Every row of the newest {len(facts.frame)} batches was a duplicate: its key is in state."
            + comes_next(facts)
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
        f" for {wording.duration(facts.now_ms - times[with_data[-1]])}" if len(with_data) else ""
    )
    held = facts.last("state.0.rows")
    stays = (
        f" The {wording.count(held)} rows in state stay: the watermark is at"
        f" {wording.moment(facts.frame.last('watermark'))} and moves only when later events arrive."
        + comes_next(facts)
        + held_back(facts)
        if held > 0 and facts.has_watermark
        else next_timer(facts)
    )
    return f"No new data{since}.{stays}"


def no_watermark_yet(facts: Facts) -> str | None:
    """Return the one-batch lag of the watermark."""
    if facts.shape.operators and facts.shape.has_event_time and not facts.has_watermark:
        if filtered_before(facts):
            return None
        return (
            "There is no watermark yet: a batch's watermark is computed when it ends and applies from the next"
            " batch on, so append mode gives its first rows later." + held_back(facts)
        )
    return None


def window_open(facts: Facts) -> str | None:
    """Return where the watermark is, when the next of what waits goes on, and what holds it back."""
    if not (facts.shape.operators and facts.has_watermark) or filtered_before(facts):
        return None
    mark, newest = facts.last("watermark"), facts.frame.last("event.max")
    behind = (
        f", {wording.duration(newest - mark)} behind the newest event ({wording.moment(newest)})"
    )
    return (
        f"The watermark is at {wording.moment(mark)}{behind if newest > mark else ''}."
        f"{comes_next(facts)}{held_back(facts)}"
        f" {comes_out(facts) or MODES['append']} {wording.count(facts.last('state.0.rows'))} rows wait in state."
    )


def mode_waits(facts: Facts) -> str | None:
    """Return that a query without a watermark writes only what a batch changed."""
    if facts.has_watermark or not facts.shape.operators or not comes_out(facts):
        return None
    if filtered_before(facts) or math.isnan(facts.last("output_rows")):
        return None
    return f"Nothing changed that could come out.{next_timer(facts)} {comes_out(facts)}"


def sink_is_silent(facts: Facts) -> str | None:
    """Return that this sink does not count its rows."""
    rows = facts.last("output_rows")
    if math.isnan(rows):
        return "Batches finish; this sink does not report how many rows it wrote." + falls_behind(
            facts
        )
    return None


def all_filtered(facts: Facts) -> str | None:
    """Return that rows go in and none goes on, in a query without state or before its state."""
    arrived = facts.sum("input_rows")
    if not arrived or not (filtered_before(facts) or not facts.shape.operators):
        return None
    where = dropping_node(facts)
    what = f"{where} drops them all" if where else "a filter or join drops them all"
    return (
        f"{wording.count(arrived)} rows went in over the last {len(facts.frame)} batches and none came out:"
        f" {what}."
    )


def filtered_before(facts: Facts) -> bool:
    """Whether no row reaches the state of a query that has some: it is and stays empty, and nothing was late."""
    columns = [
        f"state.{index}.{name}"
        for index in range(len(facts.shape.operators))
        for name in ("rows", "updated", "dropped")
    ]
    return bool(columns) and facts.sum("input_rows") > 0 and not any(map(facts.sum, columns))


def dropping_node(facts: Facts) -> str:
    """Return the first step of the plan that rows reach and none leaves; "" where nobody counts them."""
    rows = {node["node"]: float(node["rows"]) for node in facts.nodes}
    for node in facts.nodes:
        if rows[node["node"]] == 0 and any(rows.get(name, 0) > 0 for name in node["inputs"]):
            return f"the step {node['node']} ({wording.shorten(node['title'], 60)})"
    return ""


def state_keeps_all(facts: Facts) -> str | None:
    """Return the last thing to say about a stateful query: nothing changed enough to come out."""
    return (
        "Rows go in and none came out of the newest batch: the stateful operator holds them."
        + falls_behind(facts)
    )


RULES: tuple[Callable[[Facts], str | None], ...] = (
    failed,
    stopped,
    paused,
    no_batch_yet,
    under_way,
    all_late,
    rows_come_out,
    no_new_data,
    all_duplicates,
    no_watermark_yet,
    window_open,
    sink_is_silent,
    all_filtered,
    mode_waits,
    state_keeps_all,
)
