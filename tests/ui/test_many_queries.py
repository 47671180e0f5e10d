"""Several queries: merged on one time axis, compared, and listed."""

from __future__ import annotations

import numpy as np
import pytest

import workbench as wb
from tests.ui.fake_query import FakeQuery, FakeSession, progress
from workbench.ui.all_queries import AllQueries
from workbench.ui.compare import Comparison
from workbench.ui.history import History
from workbench.ui.live import live
from workbench.ui.merged_history import MergedHistory


@pytest.fixture
def queries():
    session = FakeSession()
    session.streams.active = []
    return FakeQuery(session, "fast"), FakeQuery(session, "slow")


def test_batches_are_merged_in_the_order_of_time():
    one, two = History("one"), History("two")
    for batch in range(3):
        one.add(progress(batch, query="one", every=200, took=10))
    for batch in range(2):
        two.add(progress(batch, query="two", every=300, took=90))
    frame = MergedHistory((one, two)).since(0)
    assert frame["query"].tolist() == [0, 1, 0, 1, 0]
    np.testing.assert_array_equal(frame["0.duration"], [10, 10, 10, 10, 10])
    np.testing.assert_array_equal(frame["1.duration"], [np.nan, 90, 90, 90, 90])


def test_new_batches_are_added_behind():
    one = History("one")
    merged = MergedHistory((one,))
    one.add(progress(0))
    assert merged.ring.total == 1
    one.add(progress(1))
    assert merged.since(1)["batch"].tolist() == [1]


def test_a_past_that_arrives_late_starts_the_merge_anew():
    one = History("one")
    merged = MergedHistory((one,))
    one.add(progress(5))
    merged.since(0)
    one.backfill([progress(4)])
    assert merged.since(0)["batch"].tolist() == [4, 5]
    assert merged.epoch == 1


def test_a_comparison_has_a_line_for_every_query(queries):
    handles = [live(query) for query in queries]
    for query in queries:
        query.emit()
    compared = wb.compare(handles[0], queries[1])
    snapshot = compared.dashboard.get_state()["snapshot"]
    assert {"processed.0", "processed.1", "lag.1"} <= set(snapshot["names"])
    labels = [label for label, _, _ in snapshot["panels"]["readings"]["duration"]]
    assert labels == ["1 fast", "2 slow"]
    assert "fast · running" in repr(compared)
    assert "slow · running" in repr(compared)


def test_a_comparison_of_nothing_is_refused():
    with pytest.raises(ValueError, match="at least one query"):
        Comparison()


def test_all_queries_are_listed_those_that_run_first(queries):
    fast, slow = queries
    table = AllQueries(fast._session)
    fast.emit()
    slow.emit()
    fast.stop(error="disk full")
    assert [row[:2] for row in table.rows()] == [["slow", "running"], ["fast", "failed"]]
    assert "It failed: disk full" in repr(table)
    assert table.dashboard.get_state()["snapshot"]["panels"]["queries"]["rows"] == table.rows()


def test_no_query_is_an_empty_table():
    session = FakeSession()
    session.streams.active = []
    assert repr(AllQueries(session)).split() == [
        "query",
        "state",
        "batch",
        "in",
        "processed",
        "batch",
        "time",
        "state",
        "rows",
        "watermark",
        "late",
        "why",
    ]


def test_the_table_is_made_anew_once_a_second_at_most(queries):
    fast, _ = queries
    table = AllQueries(fast._session)
    fast.emit()
    first = table.panel()
    assert table.panel() is first
    table.next_at = 0.0
    assert table.panel() is not first
