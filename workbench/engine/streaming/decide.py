"""What a query does next: decided here, from facts alone, and done in :mod:`workbench.engine.streaming.execution`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from workbench.engine.streaming.triggers import ONCE

if TYPE_CHECKING:
    from workbench.engine.streaming.triggers import Trigger


class Action(Enum):
    """One step of a trigger."""

    LOOK = "ask the sources how far they go"
    PLAN = "make the next batch's offsets durable"
    RUN = "run the planned batch"
    IDLE = "nothing to do in this trigger"


@dataclass(frozen=True, slots=True)
class Situation:
    """What a trigger knows so far.

    Attributes
    ----------
    is_planned : bool
        A batch's offsets are durable and it has not run: planned in this trigger, or by an earlier run.
    has_new_data : bool or None
        Whether any source goes further than before; None: not asked yet.
    wants_batch : bool
        A stateful operator of the last batch would let state go at the present watermark, or has a timer that is due.
    may_run_empty : bool
        ``spark.sql.streaming.noDataMicroBatches.enabled``.
    """

    is_planned: bool
    has_new_data: bool | None
    wants_batch: bool
    may_run_empty: bool


def next_action(now: Situation) -> Action:
    """Return the next step of a trigger.

    >>> next_action(Situation(False, False, wants_batch=True, may_run_empty=True)).name
    'PLAN'
    """
    if now.is_planned:
        return Action.RUN
    if now.has_new_data is None:
        return Action.LOOK
    if now.has_new_data or (now.wants_batch and now.may_run_empty):
        return Action.PLAN
    return Action.IDLE


@dataclass(frozen=True, slots=True)
class Pause:
    """Between two triggers: wait until ``until_ms``, or end the query."""

    until_ms: int = 0
    is_end: bool = False
    message: str = ""


def may_read_ahead(trigger: Trigger, is_paused: bool) -> bool:
    """Whether a batch that finds rows follows the present one at once.

    >>> from workbench.engine.streaming.triggers import AVAILABLE_NOW, PROCESSING_TIME, Trigger
    >>> may_read_ahead(Trigger(AVAILABLE_NOW), is_paused=False)
    True
    >>> may_read_ahead(Trigger(PROCESSING_TIME, 10_000), is_paused=False)
    False
    """
    return not is_paused and not trigger.interval_ms and trigger.kind != ONCE


_EAGER_LOOKS, _EAGER_MS = 50, 1
"""Rows often follow rows: for a moment after a batch the sources are asked more often than the setting says."""
_SELDOM_LOOKS, _SELDOM = 1000, 5
"""After so many looks in vain, ten seconds by default, five times the setting is soon enough: idle queries cost little."""


def polling_delay(idle_looks: int, setting_ms: int) -> int:
    """Return how long to wait before asking sources again that had nothing ``idle_looks`` times in a row.

    >>> polling_delay(0, 10), polling_delay(80, 10), polling_delay(1200, 10)
    (1, 10, 50)
    """
    if idle_looks < _EAGER_LOOKS:
        return min(_EAGER_MS, setting_ms)
    return setting_ms if idle_looks < _SELDOM_LOOKS else setting_ms * _SELDOM


def after_trigger(
    trigger: Trigger, ran: bool, started_ms: int, now_ms: int, polling_ms: int
) -> Pause:
    """Return what comes after a trigger.

    Parameters
    ----------
    trigger : Trigger
        The query's trigger.
    ran : bool
        Whether the trigger ran a batch.
    started_ms, now_ms : int
        When the trigger began, and now.
    polling_ms : int
        How long to wait before asking idle sources again.
    """
    if trigger.is_finite:
        return Pause(now_ms, is_end=trigger.kind == ONCE or not ran)
    if trigger.interval_ms:
        due = trigger.next_start_ms(started_ms)
        return Pause(max(due, now_ms), message="Waiting for next trigger")
    if ran:
        return Pause(now_ms)
    return Pause(now_ms + polling_ms, message="Waiting for data to arrive")
