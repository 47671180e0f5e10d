"""Keys whose hashes collide are still different keys."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.keys import hash_keys
from workbench.engine.state.multi import ColumnarMultiStore
from workbench.engine.state.store import StoreSpec

HASHES = {
    "all the same": lambda keys: np.full(len(keys), 0x1234567890ABCDEF, np.uint64),
    "all zero": lambda keys: np.zeros(len(keys), np.uint64),
    "all at the end": lambda keys: np.full(len(keys), 2**64 - 1, np.uint64),
    "three values": lambda keys: hash_keys(keys) % np.uint64(3) << np.uint64(62),
    "home and tag of few bits": lambda keys: hash_keys(keys) & np.uint64(0xF << 60 | 0x3 << 32),
}
TYPES = {"int": pa.int64(), "string": pa.string(), "list": pa.list_(pa.string())}


def table(numbers, kind):
    texts = [f"{n:05}" for n in numbers]
    made = {"int64": list(numbers), "string": texts}.get(str(kind), [[text] for text in texts])
    return pa.table({"k": pa.array(made, kind)})


@pytest.mark.parametrize("hashes", HASHES)
@pytest.mark.parametrize("name", TYPES)
def test_colliding_keys_are_found_replaced_and_removed(tmp_path, hashes, name):
    kind = TYPES[name]
    spec = StoreSpec(pa.schema([("k", kind)]), pa.schema([("n", pa.int64())]))
    store = ColumnarStore(spec, StoreLog(tmp_path, store="default"), HASHES[hashes])
    store.put(table(range(900), kind), pa.table({"n": np.arange(900)}))
    store.put(table(range(0, 900, 2), kind), pa.table({"n": -np.arange(0, 900, 2)}))
    store.remove(table(range(0, 900, 3), kind))
    store.commit(1)

    found, values = store.get(table(range(1000), kind))

    numbers = np.arange(1000)
    there = (numbers < 900) & (numbers % 3 != 0)
    assert (found == there).all()
    expected = np.where(numbers % 2 == 0, -numbers, numbers)[there]
    assert (values.column("n").drop_null().to_numpy() == expected).all()
    again = ColumnarStore(spec, StoreLog(tmp_path, store="default"), HASHES[hashes])
    again.load(1)
    assert again.scan().sort_by("n").equals(store.scan().sort_by("n"))


def test_chains_of_colliding_keys_stay_apart(tmp_path):
    spec = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())]), multi=True)
    store = ColumnarMultiStore(spec, StoreLog(tmp_path, store="default"), HASHES["all the same"])
    numbers = np.arange(300)
    store.append(pa.table({"k": numbers % 100}), pa.table({"n": numbers}))
    indices, slots = store.probe(pa.table({"k": [7, 1000, 8]}))
    assert indices.tolist() == [0, 0, 0, 2, 2, 2]
    assert store.rows_at(slots).column("n").to_pylist() == [7, 107, 207, 8, 108, 208]
