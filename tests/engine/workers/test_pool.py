"""Worker processes: called, killed, replaced, stopped."""

from __future__ import annotations

import os
import signal
import time

import pyarrow as pa
import pytest

from tests.engine.workers.conftest import gone
from tests.engine.workers.works import Doubling, crash_once
from workbench.base.errors import ExecutionError
from workbench.engine.workers.contract import Job, Limits
from workbench.engine.workers.pool import ATTEMPTS, WorkerPool
from workbench.engine.workers.process import WorkerGone

COLUMN = pa.array([1, 2, 3])
MEGABYTE = 1 << 20


def patient():
    """A tick that waits."""


@pytest.fixture
def pool():
    made = WorkerPool(("tests.engine.workers.works",))
    made.resize(1, Limits())
    yield made
    made.close()


def doubled(pool, before="", tick=patient):
    return pool.run(Job(Doubling(before), given=(COLUMN,), rows=3), tick).to_pylist()


def test_work_is_done_in_another_process(pool):
    assert doubled(pool) == [2, 4, 6]
    assert pool.run(Job(Doubling(), "pid"), patient) not in (os.getpid(), None)


def test_a_worker_killed_while_idle_costs_nothing(pool):
    first = pool.run(Job(Doubling(), "pid"), patient)
    os.kill(first, signal.SIGKILL)
    assert doubled(pool) == [2, 4, 6]
    assert pool.run(Job(Doubling(), "pid"), patient) != first


def test_work_a_worker_died_of_is_done_by_the_next(pool, tmp_path):
    name = pool.names()[0]
    assert doubled(pool, crash_once(tmp_path)) == [2, 4, 6]
    assert pool.names()[0] != name
    assert pool.lost == 1


def test_work_that_kills_every_worker_is_given_up_by_name(pool):
    with pytest.raises(
        ExecutionError, match=r"died 3 times, the last time with SIGKILL.*wb.session\(workers=0\)"
    ) as found:
        doubled(pool, "os.kill(os.getpid(), 9)")
    assert found.value.condition == "PYTHON_WORKER_LOST"
    assert pool.lost == ATTEMPTS
    assert doubled(pool) == [2, 4, 6]


def test_work_of_a_worker_that_was_stopped_is_done_by_the_next(pool, tmp_path):
    name = pool.names()[0]
    (stopped,) = (view.pid for view in pool.views())
    assert doubled(pool, crash_once(tmp_path, signal.SIGSTOP)) == [2, 4, 6]
    assert pool.names()[0] != name
    assert pool.lost == 1
    assert gone(stopped)


def test_a_worker_that_was_stopped_while_idle_does_not_hold_up_the_end_of_its_work(pool):
    stopped = pool.run(Job(Doubling(), "pid"), patient)
    os.kill(stopped, signal.SIGSTOP)
    pool.end_work(Doubling(), patient)
    assert gone(stopped)
    assert doubled(pool) == [2, 4, 6]


def test_an_exit_in_user_code_is_an_error_and_not_a_death(pool):
    with pytest.raises(ExecutionError, match="SystemExit"):
        doubled(pool, "raise SystemExit(3)")
    assert pool.lost == 0


def test_a_call_nobody_wants_ends_with_its_worker(pool):
    pid = pool.run(Job(Doubling(), "pid"), patient)
    begun = time.monotonic()

    def impatient():
        if time.monotonic() - begun > 0.3:
            raise ExecutionError("OPERATION_CANCELED")

    with pytest.raises(ExecutionError, match="cancelled"):
        doubled(pool, "time.sleep(1000)", impatient)
    assert gone(pid)
    assert doubled(pool) == [2, 4, 6]


def test_a_worker_that_holds_too_much_memory_is_ended_by_name(pool):
    pool.resize(1, Limits(memory_bytes=400 * MEGABYTE))
    with pytest.raises(
        ExecutionError, match=r"more than the 400 MB of `workbench.workers.memoryMB`"
    ):
        doubled(pool, "held = bytearray(600 << 20); time.sleep(60)")
    assert doubled(pool) == [2, 4, 6]


def test_more_and_fewer_workers(pool):
    first = pool.names()
    pool.resize(2, Limits())
    more = pool.names()
    assert more[:1] == first
    assert len(more) == 2
    pids = [view.pid for view in pool.views()]
    pool.resize(1, Limits())
    assert pool.names() == first
    assert gone(pids[1])
    with pytest.raises(WorkerGone):
        pool.run_on(more[1], Job(Doubling(), given=(COLUMN,)), patient)


def test_figures_say_what_a_worker_did(pool):
    doubled(pool)
    doubled(pool)
    (view,) = pool.views()
    assert (view.calls, view.rows, view.state) == (2, 6, "idle")
    assert view.memory_mb > 10


def test_closing_ends_the_processes(pool):
    pid = pool.run(Job(Doubling(), "pid"), patient)
    pool.close()
    assert gone(pid)


def test_what_a_worker_prints_comes_out_here(pool, capsys):
    doubled(pool, "print('from afar'); print('no newline', end='')")
    assert capsys.readouterr().out == "from afar\nno newline"
