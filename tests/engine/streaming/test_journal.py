"""A query goes on while its log is written, and nobody sees what the log does not say yet."""

from __future__ import annotations

import errno
import threading
import time

import pytest

from tests.engine.streaming.plans import events, sql
from workbench.base.failpoints import failpoint
from workbench.engine.streaming.checkpoint import journal
from workbench.engine.streaming.checkpoint.log_writer import LogWriter
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import StreamTest


class SlowDisk:
    """Writes come to a point of the log and stay there until it is :attr:`free`."""

    def __init__(self, monkeypatch):
        self._stuck_at, self._reached, self.free = "", threading.Event(), threading.Event()
        monkeypatch.setattr(journal, "failpoint", self._arrive)

    def stick_at(self, point):
        self._reached.clear()
        self.free.clear()
        self._stuck_at = point

    def wait_until_stuck(self):
        assert self._reached.wait(30)

    def _arrive(self, name):
        if name == self._stuck_at:
            self._reached.set()
            assert self.free.wait(30)
        failpoint(name)


@pytest.fixture
def disk(monkeypatch):
    slow = SlowDisk(monkeypatch)
    yield slow
    slow.free.set()


@pytest.fixture
def words():
    return MemoryStream("k STRING")


@pytest.fixture
def test(words, disk):
    made = StreamTest(sql("SELECT upper(k) u FROM e", e=events(words, maxAddsPerTrigger="1")))
    made.start()
    made.settle()
    yield made
    disk.free.set()
    made.close()


def until(holds):
    end = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def told(test):
    return [progress.batch_id for progress in test.query.recent_progress]


def test_rows_are_fetched_but_not_seen_while_their_offsets_are_written(test, words, disk):
    disk.stick_at("offsets.before")
    words.add(("a",))
    disk.wait_until_stuck()
    source = test.query._execution.sources[0]
    until(lambda: source.rows == 1)
    time.sleep(0.1)

    assert test.answer() == []

    disk.free.set()
    test.settle()
    assert test.answer() == [("A",)]


def test_the_next_batch_is_begun_but_not_seen_while_the_last_is_committed(test, words, disk):
    disk.stick_at("commits.before")
    test.query.pause()
    words.add(("a",))
    words.add(("b",))
    test.query.resume()
    disk.wait_until_stuck()
    source = test.query._execution.sources[0]
    until(lambda: source.available == "1")
    time.sleep(0.1)

    assert test.answer() == [("A",)]
    assert told(test) == []
    assert source.source.commits == []

    disk.free.set()
    test.settle()
    assert test.answer() == [("A",), ("B",)]
    assert told(test) == [0, 1]
    assert source.source.commits == ["0", "1"]


def test_who_waits_for_a_paused_query_waits_for_its_commit(test, words, disk):
    disk.stick_at("commits.before")
    words.add(("a",))
    disk.wait_until_stuck()

    test.query.pause()
    control = test.query._execution.control
    assert not control.rest(0.2)

    disk.free.set()
    assert control.rest(30)
    assert test.query._execution.checkpoint.commits.latest_id == 0


def test_a_step_is_over_when_its_batch_is_durable_and_told(test, words):
    test.query.pause()
    for number, word in enumerate(("a", "b", "c")):
        words.add((word,))

        test.query.step()

        assert told(test)[-1] == number
        assert test.query._execution.checkpoint.commits.latest_id == number


@pytest.mark.parametrize("point", ["offsets.before", "commits.before"])
def test_a_full_disk_ends_the_query_and_the_next_start_makes_it_good(
    test, words, monkeypatch, point
):
    def full(name):
        if name == point:
            raise OSError(errno.ENOSPC, "No space left on device")

    words.add(("a",))
    test.settle()
    monkeypatch.setattr(journal, "failpoint", full)
    words.add(("b",))
    assert test.query.wait_for_end(30)
    error = test.query.exception()
    seen = test.answer()

    monkeypatch.undo()
    words.add(("c",))
    test.start()
    test.settle()

    assert error.__cause__.errno == errno.ENOSPC
    assert seen == [("A",)] + ([("B",)] if point == "commits.before" else [])
    assert sorted(test.answer()) == [("A",), ("B",), ("C",)]


def test_writes_are_done_in_order_and_none_after_one_that_failed():
    writer, done = LogWriter("log"), []
    writer.begin(lambda: done.append("offsets 0"))
    writer.begin(lambda: done.append("commits 0"))
    writer.wait()

    writer.begin(lambda: int("no number"))
    writer.begin(lambda: done.append("commits 1"))

    for _ in range(2):
        with pytest.raises(ValueError, match="no number"):
            writer.wait()
    writer.close()
    assert done == ["offsets 0", "commits 0"]
    assert "log" not in [thread.name for thread in threading.enumerate()]
