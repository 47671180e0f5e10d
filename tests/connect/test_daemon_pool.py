"""The threads under gRPC."""

from __future__ import annotations

import threading

import pytest

from workbench.connect import daemon_pool
from workbench.connect.daemon_pool import DaemonPool


def test_calls_that_wait_for_each_other_all_run():
    pool, meeting = DaemonPool(), threading.Barrier(20)
    calls = [pool.submit(meeting.wait, 20) for _ in range(20)]
    assert sorted(call.result(20) for call in calls) == list(range(20))


def test_an_idle_thread_is_used_again():
    pool = DaemonPool()
    first = pool.submit(threading.get_ident).result(20)
    for _ in range(100):
        if pool._idle:
            break
        threading.Event().wait(0.01)
    assert pool.submit(threading.get_ident).result(20) == first


def test_an_error_reaches_whoever_waits():
    with pytest.raises(ZeroDivisionError):
        DaemonPool().submit(lambda: 1 / 0).result(20)


def test_threads_are_daemons_and_end_when_they_are_idle(monkeypatch):
    monkeypatch.setattr(daemon_pool, "_IDLE_SECONDS", 0.05)
    pool = DaemonPool()
    thread = pool.submit(threading.current_thread).result(20)
    assert thread.daemon
    thread.join(20)
    assert not thread.is_alive()
    assert pool.submit(lambda: 7).result(20) == 7
