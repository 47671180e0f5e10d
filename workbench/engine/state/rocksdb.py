"""The bytes of a RocksDB database: batches of keys in, batches of rows out, within a limit of memory.

Keys in the database, by their first byte::

    k  key                       → row              the rows of the store
    t  time:u64 big-endian, key  → nothing          when rows expire; an entry may be out of date
    c  key                       → row numbers      chains of a store with many rows a key

Keys and rows are in the layout of :mod:`canonical`. The time is shifted so that its bytes sort as the number does.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterator
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import rocksdict

from workbench.engine.state import canonical
from workbench.engine.state.durable import make_directory
from workbench.engine.state.rockssnapshot import RocksSnapshot
from workbench.engine.state.rowcodec import decode_rows

ROWS = b"k"
TIMES = b"t"
CHAINS = b"c"
TIMES_SKIP = 1 + 8
_LIVE = ".live-"
_CHUNK = 1 << 16
_PIECE = 1 << 14
_SHIFT = np.uint64(1 << 63)
_NOTHING = pa.scalar(b"", pa.large_binary())


@cache
def _memory(megabytes: int) -> tuple[rocksdict.Cache, rocksdict.WriteBufferManager]:
    """One block cache for all databases of the process; write buffers are charged to it.

    Two fifths of the limit are the database's; the rest is for the rows of a batch on their way through, and for what
    the database does not charge: open files, compactions, and what the allocator keeps.
    """
    limit = (megabytes << 20) * 2 // 5
    shared = rocksdict.Cache(limit)
    buffers = rocksdict.WriteBufferManager.new_write_buffer_manager_with_cache(
        limit // 2, False, shared
    )
    return shared, buffers


def _options(megabytes: int) -> rocksdict.Options:
    shared, buffers = _memory(megabytes)
    blocks = rocksdict.BlockBasedOptions()
    blocks.set_block_cache(shared)
    blocks.set_cache_index_and_filter_blocks(True)
    blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
    blocks.set_bloom_filter(10, False)
    # In pieces: the whole filter of a large file does not fit into its share of the cache, and was read for every few keys.
    blocks.set_index_type(rocksdict.BlockBasedIndexType.two_level_index_search())
    blocks.set_partition_filters(True)
    blocks.set_pin_top_level_index_and_filter(True)
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(blocks)
    options.set_write_buffer_manager(buffers)
    options.set_write_buffer_size(max(1 << 20, (megabytes << 20) // 16))
    options.set_memtable_prefix_bloom_ratio(0.1)
    options.set_memtable_whole_key_filtering(True)
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    options.set_max_open_files(256)
    # Written out little by little: else the sync of a delta waits for what a compaction has just written.
    options.set_bytes_per_sync(1 << 20)
    options.set_keep_log_file_num(1)
    return options


class Database:
    """A working copy of a store's rows. Nothing in it is durable: the store's files are.

    Parameters
    ----------
    directory : Path
        The directory of the store's files; the database lives in a hidden one inside it, so that snapshots are links.
    megabytes : int
        The memory all databases of the process share.
    """

    def __init__(self, directory: Path, megabytes: int) -> None:
        self.directory = directory
        self.megabytes = megabytes
        self.without_log = rocksdict.WriteOptions()
        self.without_log.disable_wal = True
        self.path: Path | None = None
        self.opened: rocksdict.Rdict | None = None
        self.backwards = False

    @property
    def handle(self) -> rocksdict.Rdict:
        """The open database, an empty one before the first :meth:`open`."""
        if self.opened is None:
            self.open(None)
        return self.opened

    def open(self, snapshot: RocksSnapshot | None) -> None:
        """Begin anew, empty or with the files of a snapshot."""
        self.close()
        make_directory(self.directory)
        _remove_abandoned(self.directory)
        self.path = Path(tempfile.mkdtemp(prefix=f"{_LIVE}{os.getpid()}-", dir=self.directory))
        if snapshot is not None:
            snapshot.copy_to(self.path)
        self.opened = rocksdict.Rdict(str(self.path), _options(self.megabytes))

    def close(self) -> None:
        """Close and remove the working copy."""
        if self.opened is not None:
            self.opened.close()
            shutil.rmtree(self.path, ignore_errors=True)
            self.opened = None

    def get(self, prefix: bytes, keys: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
        """Return the row of each key, null where there is none."""
        if not len(keys):
            return pa.array([], pa.large_binary())
        order = _database_order(keys)
        pieces = list(_pieces(_prefixed(prefix, keys.take(order))))
        # There and back again: a cache that forgets what it used longest ago would have forgotten what comes first each time.
        self.backwards = not self.backwards
        way = -1 if self.backwards else 1
        found = [
            pa.array(self.handle.get(piece.to_pylist()), pa.large_binary())
            for piece in pieces[::way]
        ][::way]
        back = np.empty(len(order), np.int64)
        back[order.to_numpy()] = np.arange(len(order))
        return pa.concat_arrays(found).take(pa.array(back))

    def write(self, batch: Batch) -> None:
        """Apply a batch."""
        self.handle.write(batch.batch, self.without_log)

    def due(self, bound: int) -> pa.LargeBinaryArray:
        """Return the entries of a time at or before ``bound``: a key behind ``TIMES_SKIP`` bytes.

        Some keys may have another time by now.
        """
        limit = rocksdict.ReadOptions()
        limit.set_iterate_upper_bound(_after(bound))
        return pa.array(list(self.handle.keys(from_key=TIMES, read_opt=limit)), pa.large_binary())

    def first_time(self) -> int | None:
        """Return the earliest time of an entry."""
        limit = rocksdict.ReadOptions()
        limit.set_iterate_upper_bound(bytes([TIMES[0] + 1]))
        found = next(iter(self.handle.keys(from_key=TIMES, read_opt=limit)), None)
        return None if found is None else int.from_bytes(found[1:TIMES_SKIP], "big") - (1 << 63)

    def rows(self, prefix: bytes) -> Iterator[tuple[pa.LargeBinaryArray, pa.LargeBinaryArray]]:
        """Yield ``(keys, rows)`` in pieces, the keys behind the byte of the prefix."""
        limit = rocksdict.ReadOptions()
        limit.set_iterate_upper_bound(bytes([prefix[0] + 1]))
        entries = self.handle.items(from_key=prefix, read_opt=limit)
        while piece := list(islice(entries, _CHUNK)):
            keys, rows = zip(*piece, strict=True)
            yield pa.array(keys, pa.large_binary()), pa.array(rows, pa.large_binary())

    def checkpoint(self) -> Path:
        """Return a new directory with the database as it is now, made of links."""
        self.handle.flush()
        made = Path(tempfile.mkdtemp(prefix=f"{_LIVE}{os.getpid()}-", dir=self.directory))
        made.rmdir()
        rocksdict.Checkpoint(self.handle).create_checkpoint(str(made))
        return made


class Batch:
    """Changes that go into the database together."""

    def __init__(self) -> None:
        self.batch = rocksdict.WriteBatch(raw_mode=True)

    def delete(self, prefix: bytes, keys: pa.LargeBinaryArray) -> None:
        """Forget keys."""
        for piece in _pieces(_prefixed(prefix, keys.take(_database_order(keys)))):
            _each(self.batch.delete, piece.to_pylist())

    def put(self, prefix: bytes, keys: pa.LargeBinaryArray, rows: pa.LargeBinaryArray) -> None:
        """Set rows."""
        order = _database_order(keys)
        ordered = _pieces(_prefixed(prefix, keys.take(order)))
        for piece, values in zip(ordered, _pieces(rows.take(order)), strict=True):
            _each(self.batch.put, piece.to_pylist(), values.to_pylist())

    def file_times(self, keys: pa.LargeBinaryArray, times: np.ndarray) -> None:
        """Note when keys expire."""
        shifted = times.view(np.uint64) ^ _SHIFT
        edges = np.arange(len(times) + 1, dtype=np.int64) * 8
        body = pa.py_buffer(shifted.astype(">u8").tobytes())
        moments = pa.Array.from_buffers(
            pa.large_binary(), len(times), [None, pa.py_buffer(edges), body]
        )
        entries = pc.binary_join_element_wise(moments, keys, _NOTHING)
        empty = pa.array([b""], pa.large_binary()).take(pa.array(np.zeros(len(times), np.int64)))
        self.put(TIMES, entries, empty)

    def forget_times(self, bound: int) -> None:
        """Forget what is filed at or before a time."""
        self.batch.delete_range(TIMES, _after(bound))


def encode_keys(table: pa.Table, schema: pa.Schema) -> pa.LargeBinaryArray:
    """Return key columns as bytes."""
    return _encode(table, schema, normal=True)


def encode_values(table: pa.Table, schema: pa.Schema) -> pa.LargeBinaryArray:
    """Return value columns as bytes."""
    return _encode(table, schema, normal=False)


def read_all(snapshot: RocksSnapshot) -> pa.Table:
    """Return the rows of a snapshot, without touching its files."""
    count = int(snapshot.schema.metadata[b"keys"])
    keys, values = (
        pa.schema(part) for part in (list(snapshot.schema)[:count], list(snapshot.schema)[count:])
    )
    database = Database(snapshot.path.parent, 64)
    database.open(snapshot)
    try:
        parts = [
            pa.Table.from_arrays(
                [*decode_rows(k, keys, 1), *decode_rows(v, values)],
                schema=pa.schema([*keys, *values]),
            )
            for k, v in database.rows(ROWS)
        ]
    finally:
        database.close()
    return pa.concat_tables([pa.schema([*keys, *values]).empty_table(), *parts])


def _encode(table: pa.Table, schema: pa.Schema, *, normal: bool) -> pa.LargeBinaryArray:
    from workbench.engine.state.arrays import as_array

    if not len(schema):
        return pa.array([b""], pa.large_binary()).take(pa.array(np.zeros(table.num_rows, np.int64)))
    columns = [as_array(table.column(i), field.type) for i, field in enumerate(schema)]
    return canonical.encode_rows(columns, normal=normal)


def _database_order(keys: pa.LargeBinaryArray) -> pa.UInt64Array:
    """Return the order the database keeps keys in: neighbours share blocks, which is four times as fast."""
    return pc.array_sort_indices(keys)


def _prefixed(prefix: bytes, keys: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
    return pc.binary_join_element_wise(pa.scalar(prefix, pa.large_binary()), keys, _NOTHING)


def _after(bound: int) -> bytes:
    """Return the first key behind all entries of a time."""
    return (TIMES[0] << 64 | (bound + (1 << 63))).to_bytes(9, "big") + b"\xff" * 64


def _pieces(values: pa.LargeBinaryArray) -> Iterator[pa.LargeBinaryArray]:
    """Yield a few at a time: as Python's bytes they are several times as large, and outside the limit of memory."""
    for start in range(0, len(values), _PIECE):
        yield values.slice(start, _PIECE)


def _each(function: object, *columns: list) -> None:
    """Call a function of the database's C library on every row."""
    deque(map(function, *columns), maxlen=0)


def _remove_abandoned(directory: Path) -> None:
    """Remove the working copies of processes that are gone."""
    for path in directory.glob(f"{_LIVE}*"):
        pid = int(path.name[len(_LIVE) :].partition("-")[0])
        if not Path(f"/proc/{pid}").exists():
            shutil.rmtree(path, ignore_errors=True)
