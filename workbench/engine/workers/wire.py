"""Messages between the engine and a worker: any Python objects, tables inside them as Arrow IPC.

A frame on the socket::

    8 bytes   length of the head            all lengths little-endian, unsigned
    4 bytes   number of buffers
    8 bytes   length of each buffer …
    head      pickle of (news, message): news are objects this end had not sent before, each (slot, pickle)
    buffers   the pickles' out-of-band buffers: Arrow IPC streams, not copied on their way

Objects of the classes given to :func:`sent_once` (user functions, which may hold a model) cross a socket once; after that
their slot stands for them. Both ends keep the newest ``SLOTS`` of them.
"""

from __future__ import annotations

import io
import pickle
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from typing import Any

import pyarrow as pa

SLOTS = 512
LOOK_SECONDS = 0.05
"""How long an end waits in silence before it calls its tick."""
_HEAD = struct.Struct("<QI")
_ONCE: set[type] = set()


def sent_once(kind: type) -> type:
    """Let objects of a class cross a socket once; a class decorator. The class is hashable and says what is equal."""
    _ONCE.add(kind)
    return kind


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a socket to the other process. One thread receives at a time; any may send.

    Parameters
    ----------
    connection : socket.socket
        A connected stream socket.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._sent = _Slots()
        self._received: dict[int, Any] = {}
        self._sending = threading.Lock()

    def fileno(self) -> int:
        """Return the socket's number, to wait for it."""
        return self._socket.fileno()

    @property
    def is_open(self) -> bool:
        """Whether the other end is there; does not wait."""
        try:
            is_silent = not select.select([self._socket], [], [], 0)[0]
            return is_silent or bool(self._socket.recv(1, socket.MSG_PEEK))
        except (OSError, ValueError):
            return False

    def send(self, message: Any, tick: Callable[[], None] | None = None) -> None:
        """Send a message.

        Raises
        ------
        Closed
            The other end is gone.
        """
        with self._sending:
            head, buffers = self._packed(message)
            sizes = b"".join(struct.pack("<Q", one.nbytes) for one in buffers)
            self._write(memoryview(_HEAD.pack(len(head), len(buffers)) + sizes + head), tick)
            for one in buffers:
                self._write(one, tick)

    def receive(self, tick: Callable[[], None] | None = None) -> Any:
        """Return the next message; ``tick`` is called while there is silence, and may raise.

        Raises
        ------
        Closed
            The other end is gone.
        """
        length, count = _HEAD.unpack(self._read(_HEAD.size, tick))
        sizes = struct.unpack(f"<{count}Q", self._read(8 * count, tick))
        head = self._read(length, tick)
        return self._unpacked(head, [self._read(size, tick) for size in sizes])

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _packed(self, message: Any) -> tuple[bytes, list[memoryview]]:
        news: list[tuple[int, bytes]] = []
        first: list[pickle.PickleBuffer] = []

        def slot_of(one: Any) -> int:
            slot, is_new = self._sent.slot(one)
            if is_new:
                data, held = dump(one, one)
                news.append((slot, data))
                first.extend(held)
            return slot

        def dump(thing: Any, whole: Any = None) -> tuple[bytes, list[pickle.PickleBuffer]]:
            target, held = io.BytesIO(), []
            _Pickler(target, held.append, lambda one: None if one is whole else slot_of(one)).dump(
                thing
            )
            return target.getvalue(), held

        body, held = dump(message)
        return pickle.dumps((news, body), protocol=5), [one.raw() for one in (*first, *held)]

    def _unpacked(self, head: bytearray, buffers: list[bytearray]) -> Any:
        news, body = pickle.loads(head)
        waiting = iter(buffers)
        for slot, data in news:
            self._received[slot] = _Unpickler(data, waiting, self._received).load()
        return _Unpickler(body, waiting, self._received).load()

    def _write(self, data: memoryview, tick: Callable[[], None] | None) -> None:
        self._socket.settimeout(None if tick is None else LOOK_SECONDS)
        while data:
            try:
                data = data[self._socket.send(data) :]
            except TimeoutError:
                tick()  # type: ignore[misc]
            except OSError as error:
                raise Closed from error

    def _read(self, size: int, tick: Callable[[], None] | None) -> bytearray:
        self._socket.settimeout(None if tick is None else LOOK_SECONDS)
        made = bytearray(size)
        rest = memoryview(made)
        while rest:
            try:
                count = self._socket.recv_into(rest)
            except TimeoutError:
                tick()  # type: ignore[misc]
                continue
            except OSError as error:
                raise Closed from error
            if not count:
                raise Closed
            rest = rest[count:]
        return made


class _Slots:
    """Which objects the other end has, newest last; found by identity first, since comparing functions is slow."""

    def __init__(self) -> None:
        self._held: dict[int, Any] = {}
        self._by_id: dict[int, int] = {}
        self._by_value: dict[Any, int] = {}
        self._count = 0

    def slot(self, one: Any) -> tuple[int, bool]:
        found = self._by_id.get(id(one))
        if found is None or self._held[found] is not one:
            found = self._by_value.get(one)
        return (self._add(one), True) if found is None else (found, False)

    def _add(self, one: Any) -> int:
        slot = self._count % SLOTS
        self._count += 1
        old = self._held.pop(slot, None)
        if old is not None:
            del self._by_value[old], self._by_id[id(old)]
        self._held[slot] = one
        self._by_id[id(one)] = self._by_value[one] = slot
        return slot


class _Pickler(pickle.Pickler):
    def __init__(
        self, target: io.BytesIO, keep: Callable[[Any], None], slot_of: Callable[[Any], int | None]
    ) -> None:
        super().__init__(target, protocol=5, buffer_callback=keep)
        self._slot_of = slot_of

    def persistent_id(self, one: Any) -> int | None:
        """Return the slot that stands for an object, None for one that travels in the message."""
        return self._slot_of(one) if type(one) in _ONCE else None

    def reducer_override(self, one: Any) -> Any:
        """Tables and arrays go as IPC, which holds a slice's own rows only."""
        if isinstance(one, pa.Table):
            return _table, (_ipc(one.schema, one.to_batches() or [_no_rows(one.schema)]),)
        if isinstance(one, pa.RecordBatch):
            return _batch, (_ipc(one.schema, [one]),)
        if isinstance(one, (pa.Array, pa.ChunkedArray)):
            return _array, (_ipc_array(one),)
        return NotImplemented


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: bytes, buffers: Iterable[bytearray], known: dict[int, Any]) -> None:
        super().__init__(io.BytesIO(data), buffers=buffers)
        self._known = known

    def persistent_load(self, slot: int) -> Any:
        """Return what a slot stands for."""
        return self._known[slot]


def _no_rows(schema: pa.Schema) -> pa.RecordBatch:
    """A batch all the same: some conversions want a chunk, be it empty."""
    return pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)


def _ipc(schema: pa.Schema, batches: list[pa.RecordBatch]) -> pickle.PickleBuffer:
    target = pa.BufferOutputStream()
    with pa.ipc.new_stream(target, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    return pickle.PickleBuffer(target.getvalue())


def _ipc_array(values: pa.Array | pa.ChunkedArray) -> pickle.PickleBuffer:
    chunks = values.chunks if isinstance(values, pa.ChunkedArray) else [values]
    schema = pa.schema([pa.field("a", values.type)])
    return _ipc(schema, [pa.RecordBatch.from_arrays([one], schema=schema) for one in chunks])


def _table(data: Any) -> pa.Table:
    return pa.ipc.open_stream(pa.py_buffer(data)).read_all()


def _batch(data: Any) -> pa.RecordBatch:
    return pa.ipc.open_stream(pa.py_buffer(data)).read_next_batch()


def _array(data: Any) -> pa.Array:
    chunks = _table(data).column(0)
    return chunks.chunk(0) if chunks.num_chunks == 1 else chunks.combine_chunks()
