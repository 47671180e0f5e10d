"""The partitions of an operator: split, committed, loaded and re-hashed together."""

from __future__ import annotations

import json
import time

import numpy as np
import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.reader import read_state
from workbench.engine.state.store import StoreSpec

COUNTS = StoreSpec(pa.schema([("k", pa.string())]), pa.schema([("n", pa.int64())]))
EVENTS = StoreSpec(
    pa.schema([("k", pa.string())]), pa.schema([("t", pa.int64())]), name="events", multi=True
)
SPECS = (COUNTS, EVENTS)


def add(state, names):
    """Count each name and remember it as an event."""
    keys = pa.table({"k": names})
    parts = state.split(keys)

    def work(partition):
        mine = keys.take(parts[partition])
        counts = state.store(partition)
        _, values = counts.get(mine)
        n = values.column("n").fill_null(0).to_numpy() + 1
        counts.put(mine, pa.table({"n": n}))
        state.store(partition, "events").append(mine, pa.table({"t": n}))

    state.run(work)


def totals(state):
    tables = [stores["default"].scan() for stores in state.stores]
    rows = [tuple(row.values()) for table in tables for row in table.to_pylist()]
    assert len(rows) == len({key for key, _ in rows}), "a key is in two partitions"
    return dict(rows)


def events(state):
    tables = [stores["events"].scan() for stores in state.stores]
    return sorted(tuple(row.values()) for table in tables for row in table.to_pylist())


NAMES = [f"key {n}" for n in range(200)]


@pytest.mark.parametrize("partitions", [1, 2, 5])
def test_every_partition_has_its_own_keys(open_state, partitions):
    state = open_state(partitions)
    add(state, NAMES)
    add(state, NAMES[:50])
    state.commit(1)
    assert totals(state) == {name: 2 if at < 50 else 1 for at, name in enumerate(NAMES)}
    assert all(stores["default"].scan().num_rows for stores in state.stores)
    found = state.metrics()
    assert (found.rows_total, found.rows_updated) == (200 + 250, 200 + 250)
    assert totals(open_state(partitions, 1)) == totals(state)


@pytest.mark.parametrize(("before", "after"), [(2, 5), (5, 2), (1, 3), (3, 1), (4, 4)])
def test_a_restart_with_another_number_of_partitions_keeps_every_key(open_state, before, after):
    state = open_state(before)
    add(state, NAMES)
    state.commit(1)
    add(state, NAMES[:7])
    state.commit(2)
    expected, seen = totals(state), events(state)

    moved = open_state(after, 2)
    assert totals(moved) == expected and events(moved) == seen
    add(moved, NAMES[:7])
    moved.commit(3)
    add(moved, ["new"])
    moved.commit(4)

    again = open_state(after, 4)
    assert totals(again) == expected | dict.fromkeys(NAMES[:7], 3) | {"new": 1}
    assert len(events(again)) == len(seen) + 8
    assert totals(open_state(before, 2)) == expected


def test_rescaling_between_batches_and_back(open_state):
    state = open_state(2)
    add(state, NAMES)
    state.commit(1)
    for version, partitions in ((2, 3), (3, 1), (4, 4), (5, 2)):
        state.rescale(partitions)
        add(state, NAMES)
        state.commit(version)
    assert set(totals(open_state(2, 5)).values()) == {5}
    assert set(totals(open_state(4, 4)).values()) == {4}
    assert set(totals(open_state(7, 3)).values()) == {3}


def test_abort_after_rescaling_goes_back_to_the_committed_rows(open_state):
    state = open_state(2)
    add(state, NAMES)
    state.commit(1)
    state.rescale(3)
    add(state, NAMES)
    state.abort()
    assert set(totals(state).values()) == {1}
    add(state, NAMES)
    state.commit(2)
    assert set(totals(open_state(3, 2)).values()) == {2}


def test_a_rescale_that_was_never_finished_is_forgotten(open_state):
    state = open_state(2)
    add(state, NAMES)
    state.commit(1)
    wider = open_state(4, 1)
    add(wider, NAMES)
    wider.commit(2)

    back = open_state(2, 1)
    add(back, NAMES[:3])
    back.commit(2)
    add(back, NAMES[:3])
    back.commit(3)
    assert totals(open_state(2, 3)) == dict.fromkeys(NAMES, 1) | dict.fromkeys(NAMES[:3], 3)


def test_the_key_alone_decides_when_only_it_is_asked_for(tmp_path):
    schema = pa.schema([("k", pa.int64()), ("start", pa.int64())])
    spec = StoreSpec(schema, pa.schema([("n", pa.int64())]), partition_by=("k",))
    state = OperatorState(tmp_path, 0, "session", [spec], 4)
    sessions = pa.table({"k": np.repeat(np.arange(50), 4), "start": np.arange(200)})
    parts = state.partitioners["default"].split(sessions)
    keys = [set(sessions["k"].take(part).to_pylist()) for part in parts]
    assert all(keys), "every partition has some"
    assert sum(map(len, keys)) == 50, "and no key is in two"


def test_the_metadata_is_sparks(open_state, tmp_path, provider):
    open_state(3)
    metadata = tmp_path / "state" / "0" / "_metadata" / "metadata"
    assert metadata.read_bytes() == (
        b'v1\n{"operatorInfo":{"operatorId":0,"operatorName":"stateStoreSave"},"stateStoreInfo":['
        b'{"storeName":"default","numColsPrefixKey":0,"numPartitions":3},'
        b'{"storeName":"events","numColsPrefixKey":0,"numPartitions":3}]}'
    )
    assert (
        json.loads((metadata.parent / "schema").read_text().splitlines()[1])["provider"] == provider
    )


def test_another_schema_is_refused_before_a_row_is_read(open_state, tmp_path):
    state = open_state(2)
    add(state, NAMES)
    state.commit(1)
    for path in (tmp_path / "state" / "0").glob("[0-9]/*"):
        if path.is_file():
            path.write_bytes(b"unreadable")
    number = pa.schema([("k", pa.int64())])
    with pytest.raises(AnalysisError, match="STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE"):
        open_state(2, 1, [StoreSpec(number, COUNTS.values)])
    wider = pa.schema([("n", pa.int64()), ("m", pa.int64())])
    with pytest.raises(AnalysisError, match="STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE"):
        open_state(2, 1, [StoreSpec(COUNTS.keys, wider)])


def test_columns_may_be_renamed(open_state):
    state = open_state(2, specs=[COUNTS])
    keys = pa.table({"k": NAMES})
    for partition, rows in enumerate(state.split(keys)):
        state.store(partition).put(keys.take(rows), pa.table({"n": rows}))
    state.commit(1)
    renamed = StoreSpec(pa.schema([("name", pa.string())]), pa.schema([("total", pa.int64())]))
    again = open_state(2, 1, [renamed])
    assert totals(again) == {name: at for at, name in enumerate(NAMES)}


def test_the_layout_is_checked(open_state, tmp_path):
    state = open_state(2)
    add(state, NAMES)
    state.commit(1)
    layout = tmp_path / "state" / "0" / "_metadata" / "layout"
    layout.write_bytes(layout.read_bytes().replace(b'"partitions":2', b'"partitions":3'))
    with pytest.raises(Exception, match=r"CANNOT_LOAD_STATE_STORE.CORRUPT_FILE.*layout"):
        open_state(2, 1)


def test_the_reader_sees_what_the_store_holds(open_state, tmp_path):
    state = open_state(3)
    add(state, NAMES)
    state.commit(1)
    state.rescale(2)
    add(state, NAMES[:10])
    state.commit(2)
    for version, count in ((1, 1), (2, 2)):
        rows = read_state(tmp_path, version)
        found = dict(zip(rows.column("k").to_pylist(), rows.column("n").to_pylist(), strict=True))
        assert found == dict.fromkeys(NAMES, 1) | dict.fromkeys(NAMES[:10], count)
        assert set(rows.column("partition_id").to_pylist()) == set(range(4 - version))


def test_when_one_partition_fails_none_is_at_work_any_more(open_state):
    state, ended = open_state(3), []

    def work(partition):
        if not partition:
            raise ValueError(partition)
        time.sleep(0.2)
        ended.append(partition)

    with pytest.raises(ValueError, match="0"):
        state.run(work)
    assert sorted(ended) == [1, 2]
