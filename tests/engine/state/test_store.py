"""The contract of a keyed store, on every provider."""

from __future__ import annotations

import datetime as dt
import math
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from workbench.base.errors import IllegalState
from workbench.engine.state.store import StoreSpec

COUNTS = StoreSpec(
    pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64()), ("s", pa.string())])
)


def keys(*found, kind=None):
    return pa.table({"k": pa.array(found, kind or pa.int64())})


def counts(*found):
    return pa.table(
        {
            "n": pa.array([n for n, _ in found], pa.int64()),
            "s": pa.array([s for _, s in found], pa.string()),
        }
    )


def rows(store):
    return sorted(map(tuple, (row.values() for row in store.scan().to_pylist())), key=repr)


def test_put_then_get(open_store):
    store = open_store(COUNTS)
    store.put(keys(1, 2), counts((10, "a"), (20, None)))
    store.put(keys(2, 3), counts((21, "b"), (None, "c")))

    found, values = store.get(keys(3, 9, 1, 2))

    assert found.tolist() == [True, False, True, True]
    assert values.to_pylist() == [
        {"n": None, "s": "c"},
        {"n": None, "s": None},
        {"n": 10, "s": "a"},
        {"n": 21, "s": "b"},
    ]


def test_removed_keys_are_gone_and_their_place_is_used_again(open_store):
    store = open_store(COUNTS)
    store.put(keys(1, 2, 3), counts((1, "a"), (2, "b"), (3, "c")))
    store.commit(1)
    before = store.metrics().memory_bytes

    for round_number in range(2, 6):
        assert store.remove(keys(1, 2, 3, 99)) == 3
        store.put(keys(1, 2, 3), counts((round_number, None), (2, "b"), (3, "c")))
        store.commit(round_number)

    assert rows(store) == [(1, 5, None), (2, 2, "b"), (3, 3, "c")]
    assert store.metrics().rows_total == 3
    assert store.metrics().memory_bytes < 2 * before


def test_a_removed_key_does_not_leave_its_value_to_the_next(open_store):
    store = open_store(COUNTS)
    store.put(keys(1), counts((7, "seven")))
    store.remove(keys(1))
    slots, new = store.slots(keys(2))
    assert new.tolist() == [True]
    assert store.column("n").values[slots].tolist() == [0]
    assert store.rows_at(slots).to_pylist() == [{"k": 2, "n": 0, "s": None}]


def test_versions_are_kept_apart(open_store):
    store = open_store(COUNTS)
    store.put(keys(1, 2), counts((1, "a"), (2, "b")))
    store.commit(1)
    store.put(keys(1), counts((11, "aa")))
    store.remove(keys(2))
    store.commit(2)
    store.put(keys(2, 3), counts((22, "bb"), (33, "cc")))
    store.commit(3)

    assert rows(open_store(COUNTS, 1)) == [(1, 1, "a"), (2, 2, "b")]
    assert rows(open_store(COUNTS, 2)) == [(1, 11, "aa")]
    assert rows(open_store(COUNTS, 3)) == [(1, 11, "aa"), (2, 22, "bb"), (3, 33, "cc")]
    assert rows(open_store(COUNTS, 0)) == []


def test_abort_goes_back_to_the_last_commit(open_store):
    store = open_store(COUNTS)
    store.put(keys(1), counts((1, "a")))
    store.commit(1)
    store.put(keys(1, 2), counts((5, "x"), (6, "y")))
    store.remove(keys(1))
    store.abort()
    assert rows(store) == [(1, 1, "a")]
    store.put(keys(3), counts((3, "c")))
    store.commit(2)
    assert rows(open_store(COUNTS, 2)) == [(1, 1, "a"), (3, 3, "c")]


def test_a_batch_may_be_run_again_after_its_version_was_written(open_store):
    store = open_store(COUNTS)
    store.put(keys(1), counts((1, "a")))
    store.commit(1)
    store.put(keys(2), counts((2, "never acknowledged")))
    store.commit(2)
    store.commit(3)

    again = open_store(COUNTS, 1)
    again.put(keys(2), counts((2, "b")))
    again.commit(2)

    assert rows(open_store(COUNTS, 2)) == [(1, 1, "a"), (2, 2, "b")]
    with pytest.raises(Exception, match=r"3\.delta"):
        open_store(COUNTS, 3)


def test_a_version_is_committed_once(open_store):
    store = open_store(COUNTS)
    store.commit(1)
    with pytest.raises(IllegalState, match="STATE_STORE_OPERATION_OUT_OF_ORDER"):
        store.commit(1)


def test_slots_merge_in_place(open_store):
    store = open_store(COUNTS)
    for version in (1, 2):
        slots, new = store.slots(keys(7, 8, 7))
        assert new.tolist() == ([True, True, False] if version == 1 else [False] * 3)
        np.add.at(store.column("n").values, slots, np.array([1, 10, 100]))
        store.commit(version)
    unknown, _ = store.slots(keys(8, 9), insert=False)
    assert unknown[1] == -1 and unknown[0] >= 0
    assert rows(open_store(COUNTS, 2)) == [(7, 202, None), (8, 20, None)]


def test_columns_take_null_in_place(open_store):
    store = open_store(COUNTS)
    slots, _ = store.slots(keys(1, 2))
    store.column("n").values[slots] = [5, 6]
    store.column("n").validity[slots] = [False, True]
    store.commit(1)
    assert rows(open_store(COUNTS, 1)) == [(1, None, None), (2, 6, None)]


def test_metrics_count_rows_not_calls(open_store):
    store = open_store(COUNTS)
    store.put(keys(1, 2, 3), counts((1, "a"), (2, "b"), (3, "c")))
    store.put(keys(1), counts((9, "z")))
    store.commit(1)
    assert (store.metrics().rows_total, store.metrics().rows_updated) == (3, 3)
    store.remove(keys(1, 2))
    store.put(keys(3), counts((4, "d")))
    store.commit(2)
    found = store.metrics()
    assert (found.rows_total, found.rows_updated, found.rows_removed) == (1, 1, 2)


def test_an_empty_partition_has_versions_too(open_store):
    store = open_store(COUNTS)
    empty = COUNTS.keys.empty_table()
    store.put(empty, COUNTS.values.empty_table())
    assert store.get(empty)[0].tolist() == []
    assert store.scan().num_rows == 0
    store.commit(1)
    store.commit(2)
    assert rows(open_store(COUNTS, 2)) == []


KEYS = {
    "null": (pa.int64(), [None, 0, 1]),
    "int8": (pa.int8(), [-1, 1, None]),
    "boolean": (pa.bool_(), [True, False, None]),
    "double": (pa.float64(), [math.nan, 0.0, 1.5, None, math.inf]),
    "float": (pa.float32(), [math.nan, 0.0, -1.5, None]),
    "decimal": (pa.decimal128(38, 2), [Decimal("-1.25"), Decimal("1e30"), None, Decimal(0)]),
    "string": (pa.string(), ["", "a", "b" * 5000, None, "ä"]),
    "binary": (pa.binary(), [b"", b"\0", b"\0\0", None]),
    "date": (pa.date32(), [dt.date(1, 1, 1), dt.date(9999, 12, 31), None]),
    "timestamp": (pa.timestamp("us", "UTC"), [dt.datetime(1, 1, 1, tzinfo=dt.UTC), None]),
    "struct": (
        pa.struct([("a", pa.int32()), ("b", pa.string())]),
        [{"a": 1, "b": None}, None, {"a": None, "b": None}],
    ),
    "list": (pa.list_(pa.int64()), [[], [1], [1, None], None, [None, 1]]),
    "nested list": (
        pa.list_(pa.struct([("x", pa.string())])),
        [[{"x": "a"}], [None], [{"x": None}], []],
    ),
    "nothing": (pa.null(), [None]),
}


@pytest.mark.parametrize("name", KEYS)
def test_keys_of_every_type(open_store, name):
    kind, found = KEYS[name]
    spec = StoreSpec(pa.schema([("k", kind)]), pa.schema([("n", pa.int64())]))
    store = open_store(spec)
    table = keys(*found, kind=kind)
    places = pa.table({"n": np.arange(len(found))})
    store.put(table, places)
    store.put(table, places)
    store.commit(1)

    again = open_store(spec, 1)
    assert again.metrics().rows_total == len(found)
    hits, values = again.get(table)
    assert hits.all() and values.column("n").to_pylist() == list(range(len(found)))
    back = again.scan().sort_by("n").column("k").to_pylist()
    assert repr(back) == repr(table.column("k").to_pylist())


def test_keys_are_grouped_as_spark_groups_them(open_store):
    spec = StoreSpec(pa.schema([("k", pa.float64())]), pa.schema([("n", pa.int64())]))
    store = open_store(spec)
    odd_nan = np.array([0x7FF8000000000123], np.uint64).view(np.float64)[0]
    slots, _ = store.slots(keys(0.0, -0.0, math.nan, odd_nan, None, None, kind=pa.float64()))
    assert slots[0] == slots[1] and slots[2] == slots[3] and slots[4] == slots[5]
    assert len(set(slots.tolist())) == 3


def test_composite_keys_tell_columns_apart(open_store):
    schema = pa.schema([("a", pa.string()), ("b", pa.string()), ("c", pa.int64())])
    spec = StoreSpec(schema, pa.schema([("n", pa.int64())]))
    store = open_store(spec)
    found = pa.table(
        {"a": ["x", "xy", None, ""], "b": ["yz", "z", "", None], "c": [1, 1, 1, 1]}, schema=schema
    )
    slots, new = store.slots(found)
    assert new.all() and len(set(slots.tolist())) == 4


def test_a_key_of_a_hundred_columns(open_store):
    schema = pa.schema([(f"c{i}", pa.int64()) for i in range(100)])
    spec = StoreSpec(schema, pa.schema([("n", pa.int64())]))
    columns = {f"c{i}": pa.array([i, None if i == 99 else i], pa.int64()) for i in range(100)}
    store = open_store(spec)
    store.put(pa.table(columns, schema=schema), pa.table({"n": [1, 2]}))
    store.commit(1)
    again = open_store(spec, 1)
    assert again.get(pa.table(columns, schema=schema))[1].column("n").to_pylist() == [1, 2]


def test_without_key_columns_there_is_one_row(open_store):
    spec = StoreSpec(pa.schema([]), pa.schema([("n", pa.int64())]))
    store = open_store(spec)
    one = pa.table({"n": [1]})
    store.put(one.select([]), one)
    store.put(one.select([]), pa.table({"n": [2]}))
    store.commit(1)
    assert open_store(spec, 1).scan().to_pylist() == [{"n": 2}]


VALUES = {
    "list": (pa.list_(pa.int64()), [[1, 2], None, [], [None]]),
    "map": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], None, [], [("b", None)]]),
    "struct": (
        pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))]),
        [{"a": 1, "b": ["x"]}, None, {"a": None, "b": []}, {"a": 2, "b": None}],
    ),
    "decimal": (pa.decimal128(20, 3), [Decimal("1.5"), None, Decimal("-99.999"), Decimal(0)]),
    "binary": (pa.binary(), [b"", None, b"\0x", b"y"]),
    "boolean": (pa.bool_(), [True, None, False, True]),
    "timestamp": (
        pa.timestamp("us", "UTC"),
        [dt.datetime(2024, 1, 1, tzinfo=dt.UTC), None, None, None],
    ),
    "double": (pa.float64(), [1.5, None, -0.0, math.inf]),
}


@pytest.mark.parametrize("name", VALUES)
def test_values_of_every_type(open_store, name):
    kind, found = VALUES[name]
    spec = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("v", kind)]))
    store = open_store(spec)
    for version in range(1, 4):
        store.put(
            keys(0, 1, 2, 3), pa.table({"v": pa.array(found[version:] + found[:version], kind)})
        )
        store.commit(version)
    store.put(keys(2), pa.table({"v": pa.array(found[:1], kind)}))
    store.commit(4)
    expected = found[3:] + found[:3]
    expected[2] = found[0]
    _, values = open_store(spec, 4).get(keys(0, 1, 2, 3))
    assert values.column("v").to_pylist() == pa.array(expected, kind).to_pylist()


def test_many_rows_with_long_values_survive_rewriting(open_store):
    spec = StoreSpec(pa.schema([("k", pa.string())]), pa.schema([("v", pa.list_(pa.string()))]))
    store = open_store(spec)
    for version in range(1, 8):
        names = [f"key {i}" for i in range(0, 40_000, version)]
        values = pa.array([[name, str(version)] for name in names], spec.values.field("v").type)
        store.put(pa.table({"k": names}), pa.table({"v": values}))
        store.remove(pa.table({"k": names[::2]}))
        store.commit(version)
    kept = store.scan().sort_by("k")
    again = open_store(spec, 7).scan().sort_by("k")
    assert kept.num_rows and kept.equals(again)
    assert all(v[0] == k for k, v in zip(kept["k"].to_pylist(), kept["v"].to_pylist(), strict=True))


def test_adding_a_key_that_is_there_updates_nothing(open_store):
    store = open_store(COUNTS)
    store.put(keys(1), counts((10, "a")))
    store.commit(1)
    slots, new = store.add(keys(1, 2, 2))
    assert new.tolist() == [False, True, False]
    assert slots[1] == slots[2]
    store.column("n").values[slots[new]] = 20
    store.commit(2)
    assert store.metrics().rows_updated == 1
    assert rows(open_store(COUNTS, 2)) == [(1, 10, "a"), (2, 20, None)]


def test_updated_rows_are_those_the_commit_writes(open_store):
    store = open_store(COUNTS)
    store.put(keys(1, 2, 3), counts((10, "a"), (20, "b"), (30, "c")))
    store.commit(1)
    store.put(keys(2, 4), counts((21, "b"), (40, "d")))
    assert store.updated_rows().column("n").to_pylist() == [21, 40]
    store.put(keys(2), counts((22, "e")))
    assert store.updated_rows().column("n").to_pylist() == [22, 40]
    store.remove(keys(4, 1))
    store.put(keys(1), counts((11, "f")))
    assert sorted(store.updated_rows().column("n").to_pylist()) == [11, 22]
    store.commit(2)
    assert rows(open_store(COUNTS, 2)) == [(1, 11, "f"), (2, 22, "e"), (3, 30, "c")]
    assert store.updated_rows().num_rows == 0
