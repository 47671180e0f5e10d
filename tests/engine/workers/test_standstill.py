"""A process that was stopped is told from one that is busy, silent or gone."""

from __future__ import annotations

import os
import signal
import subprocess
import time

import pytest

from workbench.engine.workers.standstill import STOPPED_SECONDS, Standstill, state_of


@pytest.fixture
def sleeper():
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


def signalled(pid, number, state):
    """Send a signal and wait until it shows."""
    os.kill(pid, number)
    deadline = time.monotonic() + 30
    while state_of(pid) not in state and time.monotonic() < deadline:
        time.sleep(0.01)


def test_a_process_must_be_stopped_for_a_while(sleeper):
    now = 0.0
    standstill = Standstill(sleeper, lambda: now)
    assert not standstill.lasts()
    signalled(sleeper, signal.SIGSTOP, "T")
    assert not standstill.lasts()
    now = STOPPED_SECONDS
    assert standstill.lasts()


def test_one_that_goes_on_in_between_begins_anew(sleeper):
    now = 0.0
    standstill = Standstill(sleeper, lambda: now)
    signalled(sleeper, signal.SIGSTOP, "T")
    assert not standstill.lasts()
    signalled(sleeper, signal.SIGCONT, "SR")
    now = STOPPED_SECONDS
    assert not standstill.lasts()
    signalled(sleeper, signal.SIGSTOP, "T")
    assert not standstill.lasts()


def test_a_process_that_is_gone_does_not_stand_still():
    assert state_of(2**30) == ""
    assert not Standstill(2**30).lasts()
