"""State of a real checkpoint through ``format("statestore")`` and ``format("state-metadata")``; errors as Spark 4.2.1 names them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyspark.sql.types import StructType

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.connectors import registry
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions
from workbench.engine.state.providers import open_store
from workbench.engine.state.store import StoreSpec

KEYS = pa.schema([pa.field("c1", pa.int64())])
COUNTS = StoreSpec(KEYS, pa.schema([("n", pa.int64())]), names=("k", "count"))
SEEN = StoreSpec(KEYS, pa.schema([]), names=("k",))
ROWS = [
    StoreSpec(KEYS, pa.schema([("v", pa.string())]), name=side, multi=True, names=("k", "text"))
    for side in ("left", "right")
]


FEED = {"readChangeFeed": True, "changeStartBatchId": 0}


def keys(*found):
    return pa.table({"c1": pa.array(found, pa.int64())})


def put(store, rows):
    store.put(keys(*rows), pa.table({"n": list(rows.values())}))


@pytest.fixture
def checkpoint(tmp_path):
    """Batches 0 and 1 of a query with three operators."""
    counts = OperatorState(tmp_path, 0, "stateStoreSave", [COUNTS], 1)
    seen = OperatorState(tmp_path, 1, "dedupe", [SEEN], 1)
    pairs = OperatorState(tmp_path, 2, "symmetricHashJoin", ROWS, 1)
    for state in (counts, seen, pairs):
        state.load(0)
    put(counts.store(0), {1: 10, 2: 20})
    seen.store(0).put(keys(7), pa.table({}).select([]))
    pairs.store(0, "right").append(
        keys(1, 2, 1), pa.table({"v": ["a", "b", "c"]}), np.array([True, False, False])
    )
    for state in (counts, seen, pairs):
        state.commit(1)
    put(counts.store(0), {2: 21})
    counts.store(0).remove(keys(1))
    for state in (counts, seen, pairs):
        state.commit(2)
        state.close()
    (tmp_path / "commits").mkdir()
    for batch in ("0", "1"):
        (tmp_path / "commits" / batch).write_text("v1\n{}")
    return tmp_path


def read(checkpoint, format="statestore", **options):
    given = {
        "path": str(checkpoint),
        **{
            name: str(value).lower() if value is True else str(value)
            for name, value in options.items()
        },
    }
    connector = registry.find(format)
    schema = connector.schema(given, None, False, {}.get)
    return schema.simpleString(), connector.read(given, schema, {}.get).rows().to_pylist()


def test_the_newest_state_has_the_users_names(checkpoint):
    schema, rows = read(checkpoint)
    assert schema == "struct<key:struct<k:bigint>,value:struct<count:bigint>,partition_id:int>"
    assert rows == [{"key": {"k": 2}, "value": {"count": 21}, "partition_id": 0}]


def test_an_older_batch_and_a_key_without_values(checkpoint):
    assert sorted(row["key"]["k"] for row in read(checkpoint, batchId=0)[1]) == [1, 2]
    schema, rows = read(checkpoint, operatorId=1)
    assert schema == "struct<key:struct<k:bigint>,value:struct<__dummy__:void>,partition_id:int>"
    assert rows == [{"key": {"k": 7}, "value": {"__dummy__": None}, "partition_id": 0}]


def test_a_side_of_a_join_and_the_two_stores_spark_keeps_for_it(checkpoint):
    schema, rows = read(checkpoint, operatorId=2, joinSide="right")
    assert schema == "struct<key:struct<field0:bigint>,value:struct<text:string>,partition_id:int>"
    assert [(row["key"]["field0"], row["value"]["text"]) for row in rows] == [
        (1, "a"),
        (2, "b"),
        (1, "c"),
    ]
    _, rows = read(checkpoint, operatorId=2, storeName="right-keyToNumValues")
    assert [(row["key"], row["value"]) for row in rows] == [
        ({"field0": 1}, {"value": 2}),
        ({"field0": 2}, {"value": 1}),
    ]
    _, rows = read(checkpoint, operatorId=2, storeName="right-keyWithIndexToValue")
    assert [(*row["key"].values(), *row["value"].values()) for row in rows] == [
        (1, 0, "a", True),
        (2, 0, "b", False),
        (1, 1, "c", False),
    ]
    assert read(checkpoint, operatorId=2, storeName="left-keyToNumValues")[1] == []


def test_the_change_feed_counts_batches_and_knows_updates_and_deletes(checkpoint):
    schema, rows = read(checkpoint, readChangeFeed=True, changeStartBatchId=0)
    assert schema.startswith("struct<batch_id:bigint,change_type:string,key:")
    assert [
        (row["batch_id"], row["change_type"], row["key"]["k"], row["value"]) for row in rows
    ] == [
        (0, "update", 1, {"count": 10}),
        (0, "update", 2, {"count": 20}),
        (1, "delete", 1, None),
        (1, "update", 2, {"count": 21}),
    ]
    first = read(checkpoint, readChangeFeed=True, changeStartBatchId=0, changeEndBatchId=0)[1]
    assert first == rows[:2]


def test_one_partition_from_a_snapshot(checkpoint):
    log = StoreLog(checkpoint / "state/0/0", store="default")
    store = open_store(COUNTS, log, StateOptions())
    store.load(1)
    assert store.freeze()()
    rows = read(checkpoint, snapshotStartBatchId=0, snapshotPartitionId=0)[1]
    assert rows == [{"key": {"k": 2}, "value": {"count": 21}, "partition_id": 0}]


def test_the_operators_of_a_checkpoint(checkpoint, tmp_path):
    _, rows = read(checkpoint, "state-metadata")
    sides = [
        f"{side}-{store}"
        for side in ("left", "right")
        for store in ("keyToNumValues", "keyWithIndexToValue")
    ]
    assert [(row["operatorId"], row["operatorName"], row["stateStoreName"]) for row in rows] == [
        (0, "stateStoreSave", "default"),
        (1, "dedupe", "default"),
        *((2, "symmetricHashJoin", side) for side in sides),
    ]
    assert {(row["minBatchId"], row["maxBatchId"], row["numPartitions"]) for row in rows} == {
        (0, 1, 1)
    }
    assert read(tmp_path / "nope", "state-metadata")[1] == []


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"batchId": 99}, "STDS_COMMITTED_BATCH_UNAVAILABLE"),
        ({"batchId": -1}, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"),
        ({"operatorId": 5}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"storeName": ""}, "STDS_INVALID_OPTION_VALUE.IS_EMPTY"),
        ({"storeName": "zz"}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
        ({"storeName": "zz", "operatorId": 2}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"operatorId": 2}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"joinSide": "left"}, "STDS_FAILED_TO_READ_STATE_SCHEMA"),
        ({"flattenCollectionTypes": "x"}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
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
        ({**FEED, "joinSide": "left", "operatorId": 2}, "STDS_CONFLICT_OPTIONS"),
        ({**FEED, "batchId": 0}, "STDS_CONFLICT_OPTIONS"),
        ({**FEED, "snapshotStartBatchId": 0, "snapshotPartitionId": 0}, "STDS_CONFLICT_OPTIONS"),
        ({**FEED, "changeEndBatchId": 99}, "STDS_COMMITTED_BATCH_UNAVAILABLE"),
        ({**FEED, "changeStartBatchId": -1}, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"),
        ({"operatorId": -1}, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE"),
        ({"snapshotPartitionId": 0}, "STDS_REQUIRED_OPTION_UNSPECIFIED"),
        (
            {"snapshotStartBatchId": 0, "snapshotPartitionId": 7},
            "CANNOT_LOAD_STATE_STORE.SNAPSHOT_PARTITION_ID_NOT_FOUND",
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


def test_the_columns_follow_from_the_checkpoint(checkpoint):
    given = {"path": str(checkpoint)}
    with pytest.raises(AnalysisError) as caught:
        registry.find("statestore").schema(given, StructType(), False, {}.get)
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_2242"
