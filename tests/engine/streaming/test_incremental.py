"""How a plan is cut up."""

from __future__ import annotations

import pytest

from tests.engine.streaming.plans import at, events, span, sql
from workbench.engine.streaming.incremental import cut
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, CheckNewAnswer, run_stream


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING, x INT")


def steps(text, mode="append", **views):
    return cut(sql(text, **views)(), mode).steps


def kinds(found):
    return [type(step) for step in found]


def test_a_stateless_query_is_one_fragment(stream):
    found = steps("SELECT upper(k) FROM e WHERE x > 1", e=events(stream))
    assert kinds(found) == [Fragment]


def test_a_watermark_and_a_group_cut_a_query(stream):
    found = steps(
        "SELECT window(t, '5 seconds') w, count(*) n FROM e GROUP BY 1",
        e=events(stream, "1 minute"),
    )
    assert kinds(found) == [Fragment, EventTime, Fragment, Stateful, Fragment]


def test_only_columns_somebody_reads_are_kept_for_a_watermark(stream):
    found = steps(
        "SELECT window(t, '5 seconds') w, count(*) n FROM e GROUP BY 1",
        e=events(stream, "1 minute"),
    )
    assert [a.name for a in found[1].output] == ["t"]


def test_limit_keeps_state_unless_the_result_is_complete(stream):
    assert Stateful in kinds(steps("SELECT k FROM e LIMIT 2", e=events(stream)))
    complete = steps("SELECT k, count(*) FROM e GROUP BY k LIMIT 2", "complete", e=events(stream))
    assert kinds(complete).count(Stateful) == 1


def test_operators_are_numbered_from_the_last_one_up(stream):
    text = "SELECT k, count(*) FROM (SELECT DISTINCT k, x FROM e) GROUP BY k"
    found = [step for step in steps(text, "update", e=events(stream)) if isinstance(step, Stateful)]
    assert [(step.index, type(step.operator).__name__) for step in found] == [
        (1, "StateAggregate"),
        (0, "StateAggregate"),
    ]


def test_of_two_operators_beside_each_other_the_left_one_has_the_smaller_number(stream):
    counts = "SELECT window(t, '5 seconds') w, k, count(*) n FROM {} GROUP BY 1, 2"
    text = f"SELECT a.n FROM ({counts.format('e')}) a JOIN ({counts.format('f')}) b ON a.w = b.w"
    views = {name: events(stream, "5 seconds") for name in "ef"}
    found = [step for step in steps(text, "append", **views) if isinstance(step, Stateful)]
    assert [(step.index, type(step.operator).__name__) for step in found] == [
        (1, "StateAggregate"),
        (2, "StateAggregate"),
        (0, "StateJoin"),
    ]


def test_a_frame_used_twice_is_two_sources(stream):
    plan = cut(sql("SELECT k FROM e UNION ALL SELECT k FROM e", e=events(stream))(), "append")
    assert [name for name, _ in plan.sources] == ["source0", "source1"]


def test_a_table_beside_a_stream_is_no_source(stream):
    text = "SELECT * FROM e JOIN (VALUES ('a', 1)) s(k2, n) ON k = k2"
    plan = cut(sql(text, e=events(stream))(), "append")
    assert (len(plan.sources), kinds(plan.steps)) == (1, [Fragment])


def test_rows_a_filter_drops_move_no_watermark(stream):
    run_stream(
        sql(
            "SELECT window(t, '5 seconds') w, count(*) n FROM e WHERE k = 'a' GROUP BY 1",
            e=events(stream, "0 seconds"),
        ),
        AddData(stream, (at(0), "a", 1), (at(100), "b", 1)),
        CheckNewAnswer(),
        Check(lambda query: query.recent_progress[0].event_time["max"].endswith("00:00:00.000Z")),
        AddData(stream, (at(100), "a", 1)),
        CheckNewAnswer((span(0, 5), 1)),
    )


def test_a_filter_on_a_computed_column_goes_below_too(stream):
    run_stream(
        sql(
            "SELECT window(t, '5 seconds') w, count(*) n FROM (SELECT t, x * 2 y FROM e) WHERE y > 2 GROUP BY 1",
            e=events(stream, "0 seconds"),
        ),
        AddData(stream, (at(0), "a", 5), (at(100), "b", 1)),
        CheckNewAnswer(),
        AddData(stream, (at(100), "a", 5)),
        CheckNewAnswer((span(0, 5), 1)),
    )


def test_a_filter_on_a_key_goes_below_the_groups(stream):
    text = "SELECT k, n FROM (SELECT k, count(*) n FROM e GROUP BY k) WHERE k <> 'b'"
    run_stream(
        sql(text, e=events(stream)),
        AddData(stream, (at(0), "a", 1), (at(0), "b", 1), (at(0), None, 1)),
        CheckNewAnswer(("a", 1)),
        Check(lambda query: query.last_progress.state_operators[0].num_rows_total == 1),
        output_mode="update",
    )


def test_a_filter_on_the_event_time_stays_above(stream):
    run_stream(
        sql(
            "SELECT window(t, '5 seconds') w, count(*) n FROM e WHERE t < TIMESTAMP '2024-01-01 00:00:50Z' GROUP BY 1",
            e=events(stream, "0 seconds"),
        ),
        AddData(stream, (at(0), "a", 1), (at(100), "b", 1)),
        CheckNewAnswer((span(0, 5), 1)),
    )


def test_the_slower_of_two_streams_holds_the_watermark(stream):
    other = MemoryStream("t TIMESTAMP, k STRING, x INT")
    run_stream(
        sql(
            "SELECT window(t, '5 seconds') w, count(*) n FROM (SELECT * FROM e UNION ALL SELECT * FROM f) GROUP BY 1",
            e=events(stream, "0 seconds"),
            f=events(other, "0 seconds"),
        ),
        AddData(stream, (at(0), "a", 1), (at(100), "a", 1)),
        CheckNewAnswer(),
        AddData(other, (at(20), "a", 1)),
        CheckNewAnswer((span(0, 5), 1)),
    )
