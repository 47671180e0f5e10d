"""The clock is read by whoever knows what time it is, so these tests say what time it is."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pytest

from workbench.base.replay_clock import END_OF_TIME, ReplayClock, microseconds

SECOND = 1_000_000


def running(speed, start=0):
    clock = ReplayClock(speed=speed)
    clock.attach(start)
    clock.read(now_ms=0)
    return clock


def test_it_runs_at_its_speed_from_the_first_reading():
    clock = ReplayClock(speed=60)
    clock.attach(5 * SECOND)
    assert clock.read(now_ms=1_000_000) == 5 * SECOND
    assert clock.read(now_ms=1_002_000) == (5 + 120) * SECOND


def test_two_readers_see_one_time():
    clock = running(speed=10)
    clock.attach(0)
    assert clock.read(now_ms=500) == 5 * SECOND
    assert clock.read(now_ms=500) == 5 * SECOND


def test_time_spent_paused_does_not_count():
    clock = running(speed=1)
    clock.pause()
    assert clock.read(now_ms=10_000) == 0
    clock.resume()
    assert clock.read(now_ms=11_000) == 1 * SECOND


def test_a_new_speed_goes_on_from_where_it_stands():
    clock = running(speed=1)
    assert clock.read(now_ms=1_000) == 1 * SECOND
    clock.speed = 100
    assert clock.read(now_ms=2_000) == 101 * SECOND


def test_without_a_speed_only_steps_move_it():
    clock = running(speed=None)
    assert clock.read(now_ms=60_000) == 0
    clock.step(minutes=2)
    clock.step(timedelta(seconds=1))
    assert clock.read(now_ms=60_001) == 121 * SECOND
    clock.step()
    assert clock.read(now_ms=60_001) == (121 + 3600) * SECOND


def test_infinite_speed_is_everything_at_once():
    clock = running(speed=math.inf)
    assert clock.read(now_ms=1) == END_OF_TIME
    assert clock.now.year == 9999


def test_it_can_be_set_to_any_time_even_when_paused():
    clock = running(speed=1)
    clock.pause()
    noon = datetime(2013, 7, 1, 12, tzinfo=UTC)
    clock.seek(noon)
    assert clock.now == noon
    assert clock.read(now_ms=1) == microseconds(noon)


def test_a_machine_clock_that_jumps_back_moves_nothing():
    clock = running(speed=1)
    clock.read(now_ms=5_000)
    assert clock.read(now_ms=1_000) == 5 * SECOND
    assert clock.read(now_ms=2_000) == 6 * SECOND


def test_the_first_source_winds_it_back_and_a_later_one_joins_in():
    clock = running(speed=1, start=10 * SECOND)
    clock.read(now_ms=3_000)
    clock.attach(0)
    assert clock.read(now_ms=3_000) == 13 * SECOND, "a second source finds the clock where it is"
    clock.detach()
    clock.detach()
    clock.attach(7 * SECOND)
    assert clock.read(now_ms=9_000) == 7 * SECOND, "the first source of a new run winds it back"


def test_sources_that_start_together_start_at_the_earliest():
    clock = ReplayClock(speed=1)
    for start in (30 * SECOND, 10 * SECOND, 20 * SECOND):
        clock.attach(start)
    assert clock.read(now_ms=77) == 10 * SECOND


def test_a_restarted_query_catches_up_and_never_goes_back():
    clock = running(speed=1)
    clock.attach(0, 50 * SECOND)
    clock.attach(0, 20 * SECOND)
    assert clock.read(now_ms=0) == 50 * SECOND


def test_steps_said_before_a_query_has_opened_its_source_are_not_lost():
    clock = ReplayClock(speed=None)
    clock.step(seconds=4)
    clock.attach(0, 10 * SECOND)
    clock.step(seconds=1)
    assert clock.read(now_ms=0) == 15 * SECOND
    clock.detach()
    clock.attach(0)
    assert clock.read(now_ms=1) == 0, "they were taken once"


@pytest.mark.parametrize("speed", [0, -1, math.nan])
def test_a_speed_that_makes_no_sense_is_refused(speed):
    with pytest.raises(ValueError, match="positive"):
        ReplayClock(speed=speed)
    clock = ReplayClock()
    with pytest.raises(ValueError, match="step by step"):
        clock.speed = speed
    assert clock.speed == 3600


def test_it_says_where_it_stands():
    clock = running(speed=None, start=microseconds(datetime(2013, 1, 1, 5)))
    clock.pause()
    assert repr(clock) == "<ReplayClock at 2013-01-01 05:00:00, by steps, paused>"
