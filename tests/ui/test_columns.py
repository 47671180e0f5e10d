"""A bounded table by column: what is kept, what is forgotten, what is missing."""

from __future__ import annotations

import numpy as np

from workbench.ui.columns import FIRST_SIZE, ColumnRing


def test_keeps_rows_in_order():
    ring = ColumnRing(10)
    for value in range(4):
        ring.append({"x": value})
    assert ring.since(0)["x"].tolist() == [0, 1, 2, 3]
    assert ring.since(2)["x"].tolist() == [2, 3]


def test_forgets_the_oldest_rows_and_keeps_their_numbers():
    ring = ColumnRing(3)
    for value in range(8):
        ring.append({"x": value})
    frame = ring.since(0)
    assert (frame.first, frame["x"].tolist()) == (5, [5, 6, 7])
    assert ring.since(6)["x"].tolist() == [6, 7]


def test_grows_to_its_capacity_and_no_further():
    ring = ColumnRing(FIRST_SIZE * 2 + 1)
    for value in range(FIRST_SIZE * 3):
        ring.append({"x": value})
    assert ring.arrays["x"].size == FIRST_SIZE * 2 + 1
    assert ring.since(0)["x"].tolist() == list(range(FIRST_SIZE - 1, FIRST_SIZE * 3))


def test_a_column_that_comes_later_is_nan_before():
    ring = ColumnRing(10)
    ring.append({"x": 1})
    ring.append({"x": 2, "y": 5})
    ring.append({"x": 3})
    np.testing.assert_array_equal(ring.since(0)["y"], [np.nan, 5, np.nan])
    assert ring.since(0).last("y") == 5


def test_an_unknown_column_reads_as_nan():
    ring = ColumnRing(10)
    ring.append({"x": 1})
    np.testing.assert_array_equal(ring.since(0)["nobody"], [np.nan])


def test_what_was_read_does_not_change_afterwards():
    ring = ColumnRing(2)
    ring.append({"x": 1})
    frame = ring.since(0)
    ring.append({"x": 2})
    ring.append({"x": 3})
    assert frame["x"].tolist() == [1]
