"""Grouping by a window's start instead of the window."""

from __future__ import annotations

from datetime import datetime

from tests.engine.streaming.plans import at, events, span, sql
from workbench.engine.operators.partials import StateAggregate
from workbench.engine.plan import operators as o
from workbench.engine.plan.walk import operators_of
from workbench.engine.streaming.incremental import cut
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, CheckNewAnswer, run_stream


def grouped_by(text):
    """The names of what the batch is grouped by before it meets the state."""
    stream = MemoryStream("t TIMESTAMP, k STRING")
    plan = cut(sql(text, e=events(stream))(), "update")
    assert isinstance(plan.stateful[0].operator, StateAggregate)
    found = [one for one in operators_of(plan.stateful[0].operator) if isinstance(one, o.Aggregate)]
    return [key.attribute.name for one in found for key in one.grouping]


def test_a_window_is_grouped_by_its_start():
    assert grouped_by("SELECT window(t, '5 seconds') w, k, count(*) n FROM e GROUP BY 1, 2") == [
        "start",
        "k",
    ]


def test_a_window_that_is_aggregated_too_stays():
    text = "SELECT window(t, '5 seconds') w, max(window(t, '5 seconds').end) m FROM e GROUP BY 1"
    assert grouped_by(text) != ["start"]


def test_rows_with_any_other_key_are_not_grouped_before():
    assert grouped_by("SELECT k, count(*) n, max(t) m FROM e GROUP BY k") == []


def test_an_aggregate_that_needs_all_rows_of_a_group_is_grouped_before():
    assert grouped_by("SELECT k, collect_list(t) n FROM e GROUP BY k") == ["k"]


def test_windows_before_the_epoch_and_at_their_edges():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    epoch = datetime(1970, 1, 1)

    def window(start):
        return tuple(datetime.fromtimestamp(epoch.timestamp() + start + size) for size in (0, 5))

    times = [datetime.fromtimestamp(epoch.timestamp() + second) for second in (-2, -5, 0, 4.9, 5)]
    run_stream(
        sql("SELECT window(t, '5 seconds') w, count(*) n FROM e GROUP BY 1", e=events(stream)),
        AddData(stream, *[(time, "a") for time in times]),
        CheckNewAnswer((window(-5), 2), (window(0), 2), (window(5), 1)),
        output_mode="update",
    )


def test_a_window_has_its_start_and_end_again():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    run_stream(
        sql(
            "SELECT window(t, '5 seconds') w, k, count(*) n FROM e GROUP BY 1, 2", e=events(stream)
        ),
        AddData(stream, (at(0), "a"), (at(4), "a"), (at(7), "b")),
        CheckNewAnswer((span(0, 5), "a", 2), (span(5, 10), "b", 1)),
        output_mode="update",
    )
