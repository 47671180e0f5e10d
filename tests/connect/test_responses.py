"""The buffer between an operation and whoever reads its answers."""

from __future__ import annotations

import threading

import pytest

from workbench.connect import responses as module
from workbench.connect.errors import InvalidHandle
from workbench.connect.responses import Responses


def test_what_is_written_is_read_in_order_then_it_ends():
    kept = Responses("op")
    for body in (b"a", b"b"):
        kept.write(body)
    kept.finish()
    assert list(kept.read("", object())) == [b"a", b"b"]


def test_a_failure_comes_after_the_answers_before_it():
    kept = Responses("op")
    kept.write(b"a")
    kept.finish(ValueError("late"))
    reading = kept.read("", object())
    assert next(reading) == b"a"
    with pytest.raises(ValueError, match="late"):
        next(reading)


def test_only_the_first_end_counts():
    kept = Responses("op")
    assert kept.finish()
    assert not kept.finish(ValueError("too late"))
    assert list(kept.read("", object())) == []


def test_a_writer_waits_for_a_slow_reader(monkeypatch):
    monkeypatch.setattr(module, "MAX_UNSENT_BYTES", 10)
    kept = Responses("op")
    written = []

    def write():
        for number in range(5):
            kept.write(b"x" * 8)
            written.append(number)
        kept.finish()

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.2)
    assert len(written) == 2
    assert len(list(kept.read("", object()))) == 5
    writer.join(10)
    assert len(written) == 5


def test_a_writer_waiting_is_freed_when_the_operation_ends(monkeypatch):
    monkeypatch.setattr(module, "MAX_UNSENT_BYTES", 1)
    kept = Responses("op")
    writer = threading.Thread(target=lambda: [kept.write(b"xx") for _ in range(3)])
    writer.start()
    kept.finish()
    writer.join(10)
    assert not writer.is_alive()


def test_answers_sent_long_ago_are_not_kept_for_ever(monkeypatch):
    monkeypatch.setattr(module, "MAX_SENT_BYTES", 20)
    kept = Responses("op")
    for _ in range(10):
        kept.write(b"x" * 8)
    kept.finish()
    list(kept.read("", object()))
    with pytest.raises(InvalidHandle, match="POSITION_NOT_AVAILABLE"):
        list(kept.read("1", object()))
    assert len(list(kept.read("9", object()))) == 1


def test_a_reader_that_leaves_wakes_up():
    kept, reader = Responses("op"), object()
    reading = kept.read("", reader)
    threading.Timer(0.1, kept.leave, [reader]).start()
    with pytest.raises(InvalidHandle, match="DISCONNECTED"):
        next(reading)
    assert not kept.has_reader
