"""What is put off while a cell runs is done when it ends, however close to its end it was asked for."""

from __future__ import annotations

from threading import Event, Thread
from types import SimpleNamespace

import pytest
from IPython.core.events import EventManager, available_events

from workbench.panel import busy


@pytest.fixture
def events():
    """A shell's events, whose kernel is watched."""
    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda channel: {"cell": 1}))
    shell.events = EventManager(shell, available_events)
    busy.watch(shell)
    yield shell.events
    del busy._running[id(shell)]


@pytest.fixture
def cell(events):
    """What is known of the shell's running cell."""
    return list(busy._running.values())[-1]


def test_a_step_waits_for_the_end_of_the_cell(events):
    done = Event()
    busy.when_idle(done.set)
    assert not done.is_set()

    events.trigger("post_execute")
    assert done.is_set()


def test_between_cells_it_is_done_at_once(events):
    done = Event()
    events.trigger("post_execute")

    busy.when_idle(done.set)

    assert done.is_set()


def test_what_is_asked_for_while_the_cell_ends_does_not_wait_for_the_next_one(cell):
    done = Event()
    asking = Thread(target=busy.when_idle, args=(done.set,))
    with cell.lock:
        asking.start()
        asking.join(0.1)
        cell.request = None

    assert done.wait(30)
    assert cell.after is None
