from __future__ import annotations

import pytest

from workbench.base.errors import IllegalArgument, Unsupported
from workbench.engine.streaming.decide import (
    Action,
    Situation,
    after_trigger,
    next_action,
    polling_delay,
)
from workbench.engine.streaming.triggers import Trigger, parse_trigger

ONCE, ALL, DEFAULT = Trigger("once"), Trigger("availableNow"), Trigger()


@pytest.mark.parametrize(
    ("planned", "data", "wants", "empty", "action"),
    [
        (True, None, False, True, Action.RUN),
        (False, None, False, True, Action.LOOK),
        (False, None, True, True, Action.LOOK),
        (False, True, False, True, Action.PLAN),
        (False, False, True, True, Action.PLAN),
        (False, False, True, False, Action.IDLE),
        (False, False, False, True, Action.IDLE),
    ],
)
def test_steps_of_a_trigger(planned, data, wants, empty, action):
    assert next_action(Situation(planned, data, wants, empty)) is action


@pytest.mark.parametrize(
    ("trigger", "ran", "is_end", "until"),
    [
        (ONCE, True, True, 1250),
        (ONCE, False, True, 1250),
        (ALL, True, False, 1250),
        (ALL, False, True, 1250),
        (DEFAULT, True, False, 1250),
        (DEFAULT, False, False, 1260),
        (Trigger("processingTime", 500), True, False, 1500),
        (Trigger("processingTime", 100), True, False, 1250),
        (Trigger("processingTime", 0), False, False, 1260),
    ],
)
def test_between_triggers(trigger, ran, is_end, until):
    pause = after_trigger(trigger, ran, started_ms=1000, now_ms=1250, polling_ms=10)
    assert (pause.is_end, pause.until_ms) == (is_end, until)


def test_the_longer_nothing_comes_the_less_often_sources_are_asked():
    assert [polling_delay(looks, 10) for looks in (0, 49, 50, 999, 1000)] == [1, 1, 10, 10, 50]
    assert polling_delay(0, 0) == 0


@pytest.mark.parametrize(
    ("kind", "value", "trigger"),
    [
        ("processingTime", "5 seconds", Trigger("processingTime", 5000)),
        ("availableNow", "", ALL),
        ("once", "", ONCE),
        ("", "", DEFAULT),
    ],
)
def test_triggers_are_read(kind, value, trigger):
    assert parse_trigger(kind, value) == trigger


def test_bad_triggers_are_refused():
    with pytest.raises(IllegalArgument):
        parse_trigger("processingTime", "soon")
    with pytest.raises(IllegalArgument):
        parse_trigger("processingTime", "-1 second")
    with pytest.raises(Unsupported, match="continuous"):
        parse_trigger("continuous", "1 second")
