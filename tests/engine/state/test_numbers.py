"""Rows by number: slots without a table, and a table when numbers are looked up."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state.numbers import NumberIndex

SCHEMA = pa.schema([("n", pa.int64())])


def found(index, *numbers):
    return index.lookup(pa.table({"n": pa.array(numbers, pa.int64())})).tolist()


def numbers_at(index, slots):
    return index.keys_at(np.array(slots))[0].to_pylist()


def test_new_numbers_take_freed_slots_first():
    index = NumberIndex(SCHEMA)
    first = index.allot(0, 4)
    index.remove(first[[1, 3]])
    again = index.allot(4, 3)
    assert set(first[[1, 3]]) < set(again)
    assert len(index) == 5
    assert sorted(numbers_at(index, index.live_slots())) == [0, 2, 4, 5, 6]


def test_a_lookup_finds_what_was_allotted_before_and_after_it():
    index = NumberIndex(SCHEMA)
    first = index.allot(0, 2000)
    assert found(index, 5, 1999, 2000) == [first[5], first[1999], -1]
    index.remove(first[[5]])
    assert found(index, 5, 6) == [-1, first[6]]
    second = index.allot(2000, 1)
    assert found(index, 2000, 6) == [second[0], first[6]]


def test_numbers_that_were_read_from_a_file_keep_their_slots():
    index = NumberIndex(SCHEMA)
    index.insert_absent(pa.table({"n": pa.array([7, 3], pa.int64())}))
    index.allot(8, 1)
    assert numbers_at(index, found(index, 3, 8, 7)) == [3, 8, 7]
    index.clear()
    assert found(index, 3) == [-1]
