"""What must never change: where a key lives; and what a key may cost."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.keys import KeyCodec, hash_keys
from workbench.engine.state.partition import Partitioner
from workbench.engine.state.store import StoreSpec

EXPECTED = [5674356407067756354, 8794812149038135202, 13826852587981105896]


def test_hashes_are_those_of_every_run_before():
    """The partition of a key is on disk: another hash would look for it elsewhere."""
    table = pa.table({"a": pa.array([1, None, -1]), "b": ["", "key", None], "c": [0.0, -0.0, 1.5]})
    hashes = hash_keys(KeyCodec(table.schema).encode(table))
    assert hashes.tolist() == EXPECTED


def test_a_slice_hashes_as_its_rows():
    table = pa.table({"a": pa.array(range(100)), "b": [str(n) for n in range(100)]})
    codec = KeyCodec(table.schema)
    whole = hash_keys(codec.encode(table))
    assert (hash_keys(codec.encode(table.slice(37, 20))) == whole[37:57]).all()


def test_partitions_are_even():
    keys = pa.table({"k": np.arange(100_000) * 1000})
    for partitions in (2, 3, 8, 200):
        sizes = [len(rows) for rows in Partitioner(keys.schema, partitions).split(keys)]
        assert sum(sizes) == 100_000
        assert max(sizes) < 1.3 * 100_000 / partitions


def test_a_key_with_two_numbers_takes_at_most_120_bytes(tmp_path):
    spec = StoreSpec(
        pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64()), ("s", pa.int64())])
    )
    store = ColumnarStore(spec, StoreLog(tmp_path, store="default"))
    worst = 0.0
    for start in range(0, 400_000, 10_000):
        slots, _ = store.slots(pa.table({"k": np.arange(start, start + 10_000)}))
        store.column("n").validity[slots] = start % 20_000 == 0
        store.column("s").validity[slots] = True
        allocated = store.index.table.nbytes + store.index.words.nbytes + store.index.flags.nbytes
        for name in ("n", "s"):
            allocated += store.column(name).values.nbytes + store.column(name).validity.nbytes
        if start >= 100_000:
            worst = max(worst, allocated / (start + 10_000))
            assert store.memory_bytes() / (start + 10_000) <= 120
    assert worst <= 120
