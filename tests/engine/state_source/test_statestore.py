"""State of a real checkpoint through ``format("statestore")`` and ``format("state-metadata")``; errors as Spark 4.2.1 names them."""

from __future__ import annotations

import pyarrow as pa
import pytest

from workbench.base.errors import ExecutionError
from workbench.engine.connectors import registry
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.store import StoreSpec

KEYS = pa.schema([pa.field("c1", pa.int64(), metadata={b"spark.name": b"k"})])
COUNTS = StoreSpec(KEYS, pa.schema([("n", pa.int64())]))
SEEN = StoreSpec(KEYS, pa.schema([]), name="seen")
ROWS = StoreSpec(KEYS, pa.schema([("v", pa.string())]), name="right", multi=True)


def keys(*found):
    return pa.table({"c1": pa.array(found, pa.int64())})


def put(store, rows):
    store.put(keys(*rows), pa.table({"n": list(rows.values())}))


@pytest.fixture
def checkpoint(tmp_path):
    """Batches 0 and 1 of a query with one operator."""
    state = OperatorState(tmp_path, 0, "stateStoreSave", [COUNTS, SEEN, ROWS], 1)
    state.load(0)
    put(state.store(0), {1: 10, 2: 20})
    state.store(0, "seen").put(keys(7), pa.table({}).select([]))
    state.store(0, "right").append(keys(1, 1), pa.table({"v": ["a", "b"]}))
    state.commit(1)
    put(state.store(0), {2: 21})
    state.store(0).remove(keys(1))
    state.commit(2)
    state.close()
    (tmp_path / "commits").mkdir()
    for batch in ("0", "1"):
        (tmp_path / "commits" / batch).write_text("v1\n{}")
    return tmp_path


def read(checkpoint, format="statestore", **options):
    given = {
        "path": str(checkpoint),
        **{name: str(value).lower() for name, value in options.items()},
    }
    connector = registry.find(format)
    schema = connector.schema(given, None, False, {}.get)
    return schema.simpleString(), connector.read(given, schema, {}.get).rows().to_pylist()


def test_the_newest_state_has_the_users_names(checkpoint):
    schema, rows = read(checkpoint)
    assert schema == "struct<key:struct<k:bigint>,value:struct<n:bigint>,partition_id:int>"
    assert rows == [{"key": {"k": 2}, "value": {"n": 21}, "partition_id": 0}]


def test_an_older_batch_a_named_store_and_a_join_side(checkpoint):
    assert sorted(row["key"]["k"] for row in read(checkpoint, batchId=0)[1]) == [1, 2]
    schema, rows = read(checkpoint, storeName="seen")
    assert schema == "struct<key:struct<k:bigint>,value:struct<__dummy__:void>,partition_id:int>"
    assert rows == [{"key": {"k": 7}, "value": {"__dummy__": None}, "partition_id": 0}]
    assert [row["value"] for row in read(checkpoint, joinSide="right")[1]] == [
        {"v": "a"},
        {"v": "b"},
    ]


def test_the_change_feed_counts_batches_and_knows_updates_and_deletes(checkpoint):
    schema, rows = read(checkpoint, readChangeFeed=True, changeStartBatchId=0)
    assert schema.startswith("struct<batch_id:bigint,change_type:string,key:")
    assert [
        (row["batch_id"], row["change_type"], row["key"]["k"], row["value"]) for row in rows
    ] == [
        (0, "update", 1, {"n": 10}),
        (0, "update", 2, {"n": 20}),
        (1, "delete", 1, None),
        (1, "update", 2, {"n": 21}),
    ]


def test_the_operators_of_a_checkpoint(checkpoint, tmp_path):
    _, rows = read(checkpoint, "state-metadata")
    assert [
        (row["operatorName"], row["stateStoreName"], row["minBatchId"], row["maxBatchId"])
        for row in rows
    ] == [("stateStoreSave", name, 0, 1) for name in ("default", "seen", "right")]
    assert read(tmp_path / "nope", "state-metadata")[1] == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"batchId": 99}, "STDS_COMMITTED_BATCH_UNAVAILABLE"),
        ({"batchId": -1}, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"),
        ({"operatorId": 5}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"storeName": ""}, "STDS_INVALID_OPTION_VALUE.IS_EMPTY"),
        ({"storeName": "zz"}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"joinSide": "x"}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
        ({"joinSide": "left", "storeName": "a"}, "STDS_CONFLICT_OPTIONS"),
        ({"snapshotStartBatchId": 0}, "STDS_REQUIRED_OPTION_UNSPECIFIED"),
        (
            {"snapshotStartBatchId": 5, "snapshotPartitionId": 0},
            "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE",
        ),
        ({"readChangeFeed": True}, "STDS_REQUIRED_OPTION_UNSPECIFIED"),
        (
            {"readChangeFeed": True, "changeStartBatchId": 3, "changeEndBatchId": 1},
            "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE",
        ),
        ({"changeStartBatchId": 0}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
        ({"stateVarName": "x"}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
        ({"readRegisteredTimers": True}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
    ],
)
def test_what_cannot_be_read_is_named(checkpoint, options, expected):
    with pytest.raises(ExecutionError) as caught:
        read(checkpoint, **options)
    assert caught.value.condition == expected


@pytest.mark.parametrize("format", ["statestore", "state-metadata"])
def test_a_path_is_needed(format):
    with pytest.raises(ExecutionError) as caught:
        registry.find(format).schema({}, None, False, {}.get)
    assert caught.value.condition == "STDS_REQUIRED_OPTION_UNSPECIFIED"
