"""Rows go when their event time has passed, at a cost that follows what goes."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from workbench.engine.state.expiry import ExpiryQueue
from workbench.engine.state.store import StoreSpec

WINDOW = pa.struct([("start", pa.timestamp("us", "UTC")), ("end", pa.timestamp("us", "UTC"))])
BY_VALUE = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("t", pa.int64())]), expiry="t")
BY_WINDOW = StoreSpec(
    pa.schema([("window", WINDOW), ("k", pa.string())]),
    pa.schema([("n", pa.int64())]),
    expiry="window.end",
)


def put(store, pairs):
    store.put(
        pa.table({"k": pa.array([k for k, _ in pairs], pa.int64())}),
        pa.table({"t": pa.array([t for _, t in pairs], pa.int64())}),
    )


def test_the_limit_itself_counts_when_asked(open_store):
    store = open_store(BY_VALUE)
    put(store, [(1, 9), (2, 10), (3, 11)])
    assert store.expire(10, inclusive=False).column("k").to_pylist() == [1]
    assert store.expire(10).column("k").to_pylist() == [2]
    assert store.scan().column("k").to_pylist() == [3]


def test_a_row_moved_later_stays_and_one_moved_earlier_goes(open_store):
    store = open_store(BY_VALUE)
    put(store, [(1, 10), (2, 10), (3, 100)])
    store.commit(1)
    put(store, [(1, 50), (3, 5)])
    assert sorted(store.expire(10).column("k").to_pylist()) == [2, 3]
    assert store.expire(49).num_rows == 0
    assert store.expire(50).column("k").to_pylist() == [1]


def test_a_row_changed_in_place_expires_by_its_new_time(open_store):
    store = open_store(BY_VALUE)
    put(store, [(1, 100)])
    store.commit(1)
    slots, _ = store.slots(pa.table({"k": [1]}))
    store.column("t").values[slots] = 3
    assert store.expire(3).num_rows == 1


def test_a_null_time_never_expires(open_store):
    store = open_store(BY_VALUE)
    put(store, [(1, None), (2, 0)])
    assert store.expire(2**62).column("k").to_pylist() == [2]
    store.commit(1)
    assert open_store(BY_VALUE, 1).scan().to_pylist() == [{"k": 1, "t": None}]


def test_times_at_both_ends_of_the_world(open_store):
    store = open_store(BY_VALUE)
    put(store, [(1, -(2**63)), (2, 2**63 - 1), (3, 0)])
    assert store.expire(-(2**63)).column("k").to_pylist() == [1]
    assert store.expire(2**62).column("k").to_pylist() == [3]
    assert store.expire(2**63 - 1).column("k").to_pylist() == [2]


def test_windows_expire_by_their_end_after_a_restart(open_store):
    store = open_store(BY_WINDOW)
    windows = [{"start": n * 10, "end": n * 10 + 10} for n in range(100)]
    keys = pa.table(
        {"window": pa.array(windows, WINDOW), "k": ["a", None] * 50}, schema=BY_WINDOW.keys
    )
    store.put(keys, pa.table({"n": np.arange(100)}))
    store.commit(1)

    again = open_store(BY_WINDOW, 1)
    gone = again.expire(500)
    assert sorted(gone.column("n").to_pylist()) == list(range(50))
    again.commit(2)
    assert sorted(open_store(BY_WINDOW, 2).scan().column("n").to_pylist()) == list(range(50, 100))


def counting(times):
    """A queue of slots, and at how many it looks, each time."""
    looked_at = []

    def seen(slots):
        looked_at.append(len(slots))
        return times[slots], None

    queue = ExpiryQueue(seen)
    queue.add(np.arange(len(times)))
    return queue, looked_at


@pytest.mark.parametrize("spread", [1, 1_000, 10**12])
def test_what_stays_is_looked_at_a_few_times_only(spread):
    rng = np.random.default_rng(7)
    times = rng.integers(0, 1_000 * spread, 200_000)
    queue, looked_at = counting(times)
    gone = [queue.due(step * spread, inclusive=False) for step in range(1, 1_001)]
    for step, slots in enumerate(gone):
        assert (times[slots] // spread == step).all()
    assert sum(map(len, gone)) == len(times)
    assert sum(looked_at) < 8 * len(times)


def test_one_far_event_does_not_hold_up_the_rest():
    times = np.append(np.arange(100_000), 2**62)
    queue = ExpiryQueue(lambda slots: (times[slots], None))
    queue.add(np.arange(len(times)))
    assert all(len(queue.due(limit, inclusive=False)) == 100 for limit in range(100, 100_001, 100))
    assert queue.due(2**62, inclusive=True).tolist() == [100_000]


def test_the_next_expiry_is_known_and_outlives_a_restart(open_store):
    store = open_store(BY_VALUE)
    assert store.next_expiry() is None
    put(store, [(1, 30), (2, 10), (3, None)])
    store.commit(1)
    assert store.next_expiry() == 10
    assert open_store(BY_VALUE, 1).next_expiry() == 10
    store.expire(10)
    store.commit(2)
    assert store.next_expiry() == 30
    store.expire(30)
    store.commit(3)
    assert store.next_expiry() is None


def test_the_next_expiry_of_rows_that_were_moved_or_went(open_store, provider):
    """In memory it is exact. On disk it may be too early, until rows up to it were let go."""
    store = open_store(BY_VALUE)

    def told(expected):
        assert store.next_expiry() <= expected
        assert store.next_expiry() == expected or provider == "rocksdb"

    put(store, [(1, 10), (2, 20), (3, 30), (4, 40)])
    store.commit(1)
    put(store, [(1, 50)])
    store.remove(pa.table({"k": [2]}))
    store.commit(2)
    told(30)
    put(store, [(3, None), (4, 35)])
    store.commit(3)
    told(35)
    put(store, [(1, 5)])
    store.commit(4)
    told(5)
    assert store.expire(34).num_rows == 1
    store.commit(5)
    assert store.next_expiry() == 35


def test_the_next_expiry_follows_what_is_moved_and_not_what_waits():
    """Sessions that later rows make longer, of which few end: the queue is asked after every batch."""
    rng = np.random.default_rng(7)
    times = rng.integers(0, 1_000_000, 200_000)
    queue, looked_at = counting(times)
    for _ in range(200):
        moved = np.append(rng.integers(0, len(times), 1_000), times.argmin())
        times[moved] += 1_000_000
        queue.add(moved)
        assert queue.first() == times.min()
    assert sum(looked_at) < 5 * len(times)
