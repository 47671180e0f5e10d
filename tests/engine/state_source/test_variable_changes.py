"""What came and went in lists and maps between two versions."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from workbench.engine.state_source.variable_changes import of_lists, of_maps


def told(changes):
    rows = zip(
        changes.owners.tolist(), changes.kinds.tolist(), changes.parts.to_pylist(), strict=True
    )
    return list(rows)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([1], [1, 2, 2], [("append", 2), ("append", 2)]),
        (None, [1, 2], [("append", 1), ("append", 2)]),
        ([1, 2], [2], [("update", 2)]),
        ([1, 2], [1], [("update", 1)]),
        ([1], [3, 1], [("update", 3), ("append", 1)]),
        ([1, 2], None, [("delete", None)]),
        ([1, 2], [1, 2], []),
    ],
)
def test_a_list_that_goes_on_is_appended_to_and_another_begins_with_an_update(
    before, now, expected
):
    """Between two rows that say nothing, so that no row is taken for its neighbour."""
    kind = pa.list_(pa.int64())
    old, new = pa.array([[9], before, None], kind), pa.array([[9], now, []], kind)
    gone = np.array([False, now is None, False])
    assert told(of_lists(old, new, gone)) == [(1, *one) for one in expected]


def test_entries_of_a_map_are_told_by_their_own_key():
    kind = pa.list_(pa.struct([("key", pa.string()), ("value", pa.int64())]))
    old = pa.array([[("a", 1), ("b", 2), ("c", 3)], [("a", 1)], None], kind)
    new = pa.array([[("a", 1), ("b", 9)], None, [("a", 1)]], kind)
    found = [(owner, kind, part["key"]) for owner, kind, part in told(of_maps(old, new, "key"))]
    assert found == [
        (0, "delete", "c"),
        (0, "update", "b"),
        (1, "delete", "a"),
        (2, "update", "a"),
    ]
