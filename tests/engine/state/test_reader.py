"""What a checkpoint tells about its state, without the query."""

from __future__ import annotations

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.reader import read_changes, read_operators, read_state
from workbench.engine.state.store import StoreSpec

COUNTS = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())]))
PAIRS = StoreSpec(
    pa.schema([("k", pa.int64())]), pa.schema([("v", pa.string())]), name="right", multi=True
)


@pytest.fixture
def checkpoint(tmp_path):
    """Three versions of one operator with one partition."""
    state = OperatorState(tmp_path, 0, "stateStoreSave", [COUNTS, PAIRS], 1)
    state.load(0)
    counts, pairs = state.store(0), state.store(0, "right")
    put(counts, {1: 10, 2: 20})
    slots = pairs.append(keys(1, 1), pa.table({"v": ["a", "b"]}))
    state.commit(1)
    put(counts, {2: 21, 3: 30})
    counts.remove(keys(1))
    pairs.remove_rows(slots[:1])
    state.commit(2)
    counts.remove(keys(3))
    put(counts, {3: 31})
    state.commit(3)
    state.close()
    return tmp_path


def keys(*found):
    return pa.table({"k": pa.array(found, pa.int64())})


def put(store, rows):
    store.put(keys(*rows), pa.table({"n": list(rows.values())}))


def test_every_retained_version_can_be_read(checkpoint):
    found = [
        dict(zip(*read_state(checkpoint, v).select(["k", "n"]).to_pydict().values(), strict=True))
        for v in (1, 2, 3)
    ]
    assert found == [{1: 10, 2: 20}, {2: 21, 3: 30}, {2: 21, 3: 31}]
    assert read_state(checkpoint, 2, store="right").to_pylist() == [
        {"k": 1, "v": "b", "partition_id": 0}
    ]


def test_the_change_feed_tells_inserts_updates_and_deletes(checkpoint):
    changes = read_changes(checkpoint, 1, 3).to_pylist()
    assert [(c["version"], c["change_type"], c["k"], c["n"]) for c in changes] == [
        (1, "insert", 1, 10),
        (1, "insert", 2, 20),
        (2, "delete", 1, None),
        (2, "update", 2, 21),
        (2, "insert", 3, 30),
        (3, "update", 3, 31),
    ]
    rows = read_changes(checkpoint, 2, 2, store="right").to_pylist()
    assert rows == [{"version": 2, "change_type": "delete", "k": 1, "v": "a", "partition_id": 0}]


def test_operators_are_listed(checkpoint):
    [operator] = read_operators(checkpoint)
    assert operator.metadata.operator_name == "stateStoreSave"
    assert operator.metadata.stores == (("default", 0), ("right", 0))
    assert (operator.first_version, operator.last_version, operator.partitions) == (1, 3, 1)


def test_what_is_not_there_is_named(checkpoint):
    with pytest.raises(AnalysisError, match="STDS_FAILED_TO_READ_STATE_SCHEMA"):
        read_state(checkpoint, 1, store="left")
    with pytest.raises(ExecutionError, match=r"4\.delta does not exist"):
        read_state(checkpoint, 4)
    with pytest.raises(ExecutionError, match=r"4\.delta does not exist"):
        read_changes(checkpoint, 3, 4)
