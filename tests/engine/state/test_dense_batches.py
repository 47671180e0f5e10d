"""A batch that touches a good part of all rows, or lets it go, is read in order: nothing is lost or comes twice by it."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import arrays
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("t", pa.int64())]), expiry="t")
MANY = 10_000


def put(store, keys, times):
    store.put(pa.table({"k": keys}), pa.table({"t": times}))


def content(table):
    return dict(zip(table.column("k").to_pylist(), table.column("t").to_pylist(), strict=True))


def test_many_changed_and_expired_rows_are_each_told_once_and_survive_a_restart(open_store):
    keys = np.random.default_rng(3).permutation(MANY)
    store = open_store(SPEC)
    put(store, keys, keys)
    assert sorted(store.updated_slots()) == list(range(MANY))
    store.commit(1)
    gone = store.expire(MANY // 2 - 1)
    assert content(gone) == {k: k for k in range(MANY // 2)}
    # Half of what went comes back, in the slots that are free now, and half of what stayed changes.
    back, changed = np.arange(MANY // 4), np.arange(MANY // 2, 3 * MANY // 4)
    put(store, np.concatenate([back, changed]), np.concatenate([back + MANY, changed + MANY]))
    wanted = {int(k): int(k) + MANY for k in np.concatenate([back, changed])}
    updated = store.updated_rows()
    assert (updated.num_rows, content(updated)) == (len(wanted), wanted)
    store.commit(2)
    again = open_store(SPEC, 2)
    assert content(again.scan()) == wanted | {k: k for k in range(3 * MANY // 4, MANY)}
    assert again.next_expiry() <= 3 * MANY // 4


def test_few_slots_keep_their_order_and_many_are_sorted():
    slots = np.random.default_rng(4).permutation(MANY)
    assert arrays.in_order(slots[:100], MANY).tolist() == slots[:100].tolist()
    assert arrays.in_order(slots[: MANY // 2], MANY).tolist() == sorted(slots[: MANY // 2])
