"""Messages between the engine and a worker: whatever goes in comes out, functions once."""

from __future__ import annotations

import socket
from dataclasses import dataclass

import pyarrow as pa
import pytest

from workbench.engine.workers import wire
from workbench.engine.workers.wire import Channel, Closed, sent_once


@pytest.fixture
def ends():
    """Two ends of a socket."""
    made = socket.socketpair()
    yield [Channel(one) for one in made]
    for one in made:
        one.close()


def through(ends, message):
    ends[0].send(message)
    return ends[1].receive()


TABLE = pa.table({"a": [1, 2, None], "b": ["x", None, "z"]})


@pytest.mark.parametrize(
    "thing",
    [
        TABLE,
        TABLE.slice(1, 1),
        TABLE.schema.empty_table(),
        pa.concat_tables([TABLE, TABLE]),
        TABLE.to_batches()[0],
        pa.array([[1, 2], None, []]),
        pa.array([{"a": 1}, None]).slice(1),
        pa.array(["x", "y", "x"]).dictionary_encode(),
        pa.chunked_array([], pa.int32()),
    ],
)
def test_arrow_values_arrive_equal(ends, thing):
    found = through(ends, ("here", [thing]))
    assert found[1][0].equals(
        thing.combine_chunks() if isinstance(thing, pa.ChunkedArray) else thing
    )


def test_a_slice_sends_its_own_rows_only(ends):
    whole = pa.table({"a": range(1_000_000)})
    head, buffers = ends[0]._packed(whole.slice(10, 5))
    assert len(head) + sum(one.nbytes for one in buffers) < 2000


def test_a_message_larger_than_the_sockets_buffer_goes_while_it_is_read(ends):
    import threading

    table = pa.table({"a": range(2_000_000)})
    sending = threading.Thread(target=ends[0].send, args=(table,))
    sending.start()
    assert ends[1].receive().equals(table)
    sending.join()


@sent_once
@dataclass(frozen=True)
class Function:
    """Stands for a user's function."""

    body: bytes


@sent_once
@dataclass(frozen=True)
class Call:
    """Holds a function, and a table beside it."""

    function: Function
    place: int


def test_a_function_crosses_once(ends):
    large = Function(b"x" * 100_000)
    first = ends[0]._packed(("call", TABLE, Call(large, 1), TABLE))
    again = ends[0]._packed(("call", TABLE, Call(Function(b"x" * 100_000), 2), TABLE))
    assert len(first[0]) > 100_000
    assert len(again[0]) < 2000


def test_what_crossed_once_is_found_again(ends):
    large = Function(b"x" * 1000)
    assert through(ends, ("call", TABLE, Call(large, 1), TABLE))[2] == Call(large, 1)
    kept = through(ends, Call(large, 2))
    assert kept == Call(large, 2)
    assert through(ends, Call(large, 2)) is kept


def test_slots_are_used_again_when_all_are_taken(ends, monkeypatch):
    monkeypatch.setattr(wire, "SLOTS", 3)
    for number in range(10):
        assert through(ends, Function(b"%d" % number)).body == b"%d" % number
    assert through(ends, Function(b"0")).body == b"0"
    assert through(ends, Function(b"9")).body == b"9"


def test_the_other_ends_death_is_told(ends):
    ends[0].close()
    with pytest.raises(Closed):
        ends[1].receive()
    with pytest.raises(Closed):
        ends[1].send("nobody")


def test_silence_ticks_and_a_tick_may_end_it(ends):
    ticks = []

    def tick():
        ticks.append(1)
        if len(ticks) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        ends[1].receive(tick)
