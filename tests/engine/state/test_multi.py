"""The contract of a store with many rows a key, on every provider."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(
    pa.schema([("k", pa.string())]),
    pa.schema([("t", pa.int64()), ("v", pa.list_(pa.int64()))]),
    multi=True,
    expiry="t",
)


def keys(*found):
    return pa.table({"k": pa.array(found, pa.string())})


def rows(*times):
    return pa.table({"t": times, "v": [[t] for t in times]}, schema=SPEC.values)


def times_of(store, *found):
    indices, slots = store.probe(keys(*found))
    return list(zip(indices.tolist(), store.rows_at(slots).column("t").to_pylist(), strict=True))


def test_probe_finds_all_rows_of_a_key_in_order(open_store):
    store = open_store(SPEC)
    store.append(keys("a", "b", "a", None), rows(1, 2, 3, 4))
    store.append(keys("a"), rows(5))
    assert times_of(store, "b", "a", "?", None) == [(0, 2), (1, 1), (1, 3), (1, 5), (3, 4)]


def test_rows_marks_and_removals_survive_a_restart(open_store):
    store = open_store(SPEC)
    slots = store.append(keys("a", "a", "b"), rows(1, 2, 3), np.array([False, False, True]))
    store.commit(1)
    store.mark_matched(slots[[0, 0]])
    store.remove_rows(slots[[1]])
    store.append(keys("b"), rows(4))
    store.commit(2)

    again = open_store(SPEC, 2)
    assert times_of(again, "a", "b") == [(0, 1), (1, 3), (1, 4)]
    _, slots = again.probe(keys("a", "b"))
    assert again.matched_at(slots).tolist() == [True, True, False]
    before = open_store(SPEC, 1)
    assert times_of(before, "a", "b") == [(0, 1), (0, 2), (1, 3)]
    _, slots = before.probe(keys("a", "b"))
    assert before.matched_at(slots).tolist() == [False, False, True]


def test_a_key_without_rows_is_forgotten(open_store):
    store = open_store(SPEC)
    slots = store.append(keys("a", "b"), rows(1, 2))
    store.remove_rows(slots)
    assert store.scan().num_rows == 0 and store.metrics().rows_total == 0
    store.append(keys("b"), rows(3))
    assert times_of(store, "a", "b") == [(1, 3)]


def test_expire_tells_which_rows_were_matched(open_store):
    store = open_store(SPEC)
    slots = store.append(keys("a", "a", "b"), rows(1, 5, 2))
    store.mark_matched(slots[[2]])
    gone, matched = store.expire(2)
    assert dict(zip(gone.column("t").to_pylist(), matched.tolist(), strict=True)) == {
        1: False,
        2: True,
    }
    assert times_of(store, "a", "b") == [(0, 5)]
    store.commit(1)
    assert open_store(SPEC, 1).scan().to_pylist() == [{"k": "a", "t": 5, "v": [5]}]


def test_abort_forgets_appended_rows(open_store):
    store = open_store(SPEC)
    slots = store.append(keys("a"), rows(1))
    store.commit(1)
    store.append(keys("a", "b"), rows(2, 3))
    store.remove_rows(slots)
    store.abort()
    assert times_of(store, "a", "b") == [(0, 1)]


def test_rows_of_one_key_come_and_go_in_any_order(open_store):
    store = open_store(SPEC)
    rng = np.random.default_rng(3)
    expected: dict[str, list[int]] = {name: [] for name in "abc"}
    clock = 0
    for version in range(1, 30):
        names = rng.choice(list("abc"), 5).tolist()
        store.append(keys(*names), rows(*range(clock, clock + 5)))
        for name in names:
            expected[name].append(clock)
            clock += 1
        _, slots = store.probe(keys("a", "b", "c"))
        chosen = rng.choice(slots, min(3, len(slots)), replace=False)
        gone = set(store.rows_at(chosen).column("t").to_pylist())
        store.remove_rows(chosen)
        expected = {name: [t for t in times if t not in gone] for name, times in expected.items()}
        store.commit(version)
        if version % 10 == 0:
            store = open_store(SPEC, version)
        flat = [(i, t) for i, name in enumerate("abc") for t in expected[name]]
        assert times_of(store, "a", "b", "c") == flat


def test_rows_beside_others_come_key_by_key(open_store):
    store = open_store(SPEC)
    store.append(keys("a", "b", "c"), rows(1, 2, 3))
    store.commit(1)
    new = store.append(keys("b", None, "b", "a"), rows(4, 5, 6, 7))
    number, slots = store.beside(new)
    times = store.values_at("t", slots).to_pylist()
    assert list(zip(number.tolist(), times, strict=True)) == [
        (0, 2),
        (0, 4),
        (0, 6),
        (1, 5),
        (2, 1),
        (2, 7),
    ]


def test_a_row_put_again_keeps_its_key_and_its_place(open_store):
    store = open_store(SPEC)
    slots = store.append(keys("a", "a", "b"), rows(1, 2, 3))
    store.commit(1)
    store.put_rows(slots[[1]], rows(9))
    assert times_of(store, "a") == [(0, 1), (0, 9)]
    store.commit(2)
    again = open_store(SPEC, 2)
    assert times_of(again, "a", "b") == [(0, 1), (0, 9), (1, 3)]
    assert sorted(again.expire(3)[0].column("t").to_pylist()) == [1, 3]
    assert times_of(open_store(SPEC, 1), "a") == [(0, 1), (0, 2)]
