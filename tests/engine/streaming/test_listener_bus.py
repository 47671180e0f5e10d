"""Who hears which event: those that listened when it was published, in order, whatever another listener does."""

from __future__ import annotations

import threading

from workbench.engine.streaming.events import QueryIdle
from workbench.engine.streaming.listener_bus import ListenerBus


def idle(name):
    return QueryIdle(name, "run", "2026-01-01T00:00:00.000Z")


def heard_by(bus, names):
    return bus.subscribe(lambda event: names.append(event.id))


def test_events_arrive_in_order_though_a_listener_raises():
    bus, names = ListenerBus(), []
    bus.subscribe(lambda event: 1 / 0)
    heard_by(bus, names)

    for name in "abc":
        bus.publish(idle(name))
    bus.close()

    assert names == ["a", "b", "c"]


def test_who_comes_while_an_event_waits_to_be_delivered_hears_the_next_one_only():
    bus, early, late, go_on = ListenerBus(), [], [], threading.Event()
    bus.subscribe(lambda event: go_on.wait(10))
    heard_by(bus, early)
    bus.publish(idle("before"))

    heard_by(bus, late)
    bus.publish(idle("after"))
    go_on.set()
    bus.close()

    assert early == ["before", "after"]
    assert late == ["after"]


def test_who_goes_while_an_event_waits_to_be_delivered_does_not_hear_it():
    bus, names, go_on = ListenerBus(), [], threading.Event()
    bus.subscribe(lambda event: go_on.wait(10))
    leave = heard_by(bus, names)
    bus.publish(idle("first"))
    bus.publish(idle("second"))

    leave()
    go_on.set()
    bus.close()

    assert "second" not in names
