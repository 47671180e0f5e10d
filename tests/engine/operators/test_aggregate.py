"""Aggregation over a stream; the numbers are Apache Spark 4.2.1's for the same rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.engine.operators.watching import operators
from tests.engine.streaming.plans import at, events, span, sql
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import (
    AddData,
    Check,
    CheckNewAnswer,
    Do,
    ExpectFailure,
    Restart,
    Stop,
    run_stream,
)

WINDOWS = "SELECT window(t, '5 seconds') w, k, count(*) n FROM e GROUP BY 1, 2"


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING")


def late(stream):
    return events(stream, "10 seconds")


def test_append_lets_a_window_go_when_the_watermark_passes_its_end(stream):
    run_stream(
        sql(WINDOWS, e=late(stream)),
        AddData(stream, (at(0), "a"), (at(3), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(15), "b")),
        CheckNewAnswer((span(0, 5), "a", 2)),
        AddData(stream, (at(4), "a"), (at(5), "c")),
        CheckNewAnswer(),
        Check(operators(("stateStoreSave", 2, 1, 0, 1), batch=-1)),
    )


def test_update_gives_what_changed_and_forgets_what_is_over(stream):
    run_stream(
        sql(WINDOWS, e=late(stream)),
        AddData(stream, (at(0), "a"), (at(3), "a")),
        CheckNewAnswer((span(0, 5), "a", 2)),
        AddData(stream, (at(30), "a")),
        CheckNewAnswer((span(30, 35), "a", 1)),
        Check(operators(("stateStoreSave", 2, 1, 0, 0), batch=-2)),
        Check(operators(("stateStoreSave", 1, 0, 1, 0))),
        AddData(stream, (at(1), "a"), (at(2), "a"), (at(1), "b"), (at(31), "a")),
        CheckNewAnswer((span(30, 35), "a", 2)),
        Check(operators(("stateStoreSave", 1, 1, 0, 2), batch=-2)),
        output_mode="update",
    )


def test_complete_gives_everything_and_drops_nothing(stream):
    run_stream(
        sql(WINDOWS, e=late(stream)),
        AddData(stream, (at(0), "a"), (at(30), "a")),
        CheckNewAnswer((span(0, 5), "a", 1), (span(30, 35), "a", 1)),
        AddData(stream, (at(1), "a")),
        CheckNewAnswer((span(0, 5), "a", 2)),
        Check(operators(("stateStoreSave", 2, 1, 0, 0))),
        output_mode="complete",
    )


def test_complete_can_be_sorted_and_cut(stream):
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k ORDER BY n DESC, k LIMIT 1", e=events(stream)),
        AddData(stream, (at(0), "a"), (at(0), "b"), (at(0), "b")),
        CheckNewAnswer(("b", 2)),
        AddData(stream, (at(0), "a"), (at(0), "a")),
        CheckNewAnswer(("a", 3)),
        output_mode="complete",
    )


def test_no_keys_is_one_group(stream):
    run_stream(
        sql("SELECT count(*) n, max(k) m FROM e", e=events(stream)),
        AddData(stream, (at(0), "a"), (at(0), "b")),
        CheckNewAnswer((2, "b")),
        AddData(stream, (at(0), None)),
        CheckNewAnswer((3, "b")),
        Check(operators(("stateStoreSave", 1, 1, 0, 0))),
        output_mode="update",
    )


def test_a_null_key_is_a_group(stream):
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, (at(0), None), (at(0), "a")),
        CheckNewAnswer((None, 1), ("a", 1)),
        AddData(stream, (at(0), None)),
        CheckNewAnswer((None, 2)),
        output_mode="update",
    )


def test_not_a_number_is_one_key_and_zero_has_no_sign():
    numbers = MemoryStream("x DOUBLE")
    run_stream(
        sql("SELECT x, count(*) n FROM e GROUP BY x", e=events(numbers)),
        AddData(numbers, (float("nan"),), (0.0,), (-0.0,)),
        CheckNewAnswer((float("nan"), 1), (0.0, 2)),
        AddData(numbers, (float("nan"),), (-0.0,)),
        CheckNewAnswer((float("nan"), 2), (0.0, 3)),
        output_mode="update",
    )


NUMBERS = "k STRING, x BIGINT, d DOUBLE, m DECIMAL(10,2), s STRING"
ROWS = [
    [
        ("a", 5, 1.5, Decimal("1.10"), "p"),
        ("a", None, None, None, None),
        ("b", None, None, None, None),
    ],
    [("a", -2, 4.5, Decimal("2.20"), "q"), ("b", 7, -0.5, Decimal("0.01"), "r")],
    [("b", None, None, None, None), ("a", 9, 0.0, None, "o")],
]


@pytest.mark.parametrize(
    "call",
    [
        "count(x)", "sum(x)", "sum(d)", "sum(m)", "avg(x)", "avg(d)", "avg(m)", "min(x)", "max(d)", "min(s)", "max(s)",
        "min(m)", "first(s)", "last(s)", "first(s, true)", "any_value(x)", "bool_or(x > 6)", "bool_and(x > -5)",
        "bit_xor(x)", "collect_list(x)", "collect_set(s)", "stddev(d)", "var_pop(x)", "corr(x, d)",
        "covar_samp(x, d)", "skewness(d)", "max_by(s, x)", "min_by(s, d)", "approx_count_distinct(s)", "count_if(x > 0)",
        "percentile_approx(x, 0.5)", "count(*) FILTER (WHERE x > 0)",
    ],
)  # fmt: skip
def test_an_aggregate_over_three_batches_is_the_aggregate_over_all_rows(call):
    from tests.engine.streaming.plans import SESSION

    stream = MemoryStream(NUMBERS)
    text = f"SELECT k, {call} v FROM e GROUP BY k"
    for rows in ROWS:
        stream.add(*rows)
    whole = MemoryStream(NUMBERS)
    whole.add(*[row for rows in ROWS for row in rows])
    answers = []
    for source in (events(stream, maxAddsPerTrigger="1"), events(whole)):
        from workbench.testing.stream_test import StreamTest

        test = StreamTest(sql(text, e=source), output_mode="complete", kernel=SESSION.kernel)
        try:
            test.start()
            test.settle()
            answers.append(sorted(test.answer(), key=str))
            batches = test.query.last_progress.batch_id + 1
        finally:
            test.close()
    assert batches == 1
    assert approximately(answers[0]) == approximately(answers[1])


def approximately(rows):
    """Sets in order, floats rounded."""
    return [
        tuple(
            round(v, 9) if isinstance(v, float) else tuple(sorted(v)) if isinstance(v, tuple) else v
            for v in row
        )
        for row in rows
    ]


def test_state_survives_a_restart_with_every_type_of_buffer():
    stream = MemoryStream(NUMBERS)
    run_stream(
        sql("SELECT k, sum(m) m, collect_list(x) l, avg(d) d FROM e GROUP BY k", e=events(stream)),
        AddData(stream, *ROWS[0]),
        CheckNewAnswer(("a", Decimal("1.10"), (5,), 1.5), ("b", None, (), None)),
        Stop(),
        Restart(),
        AddData(stream, *ROWS[1]),
        CheckNewAnswer(("a", Decimal("3.30"), (5, -2), 3.0), ("b", Decimal("0.01"), (7,), -0.5)),
        output_mode="update",
    )


def test_a_sum_that_does_not_fit_is_an_error():
    stream = MemoryStream("x BIGINT")
    run_stream(
        sql("SELECT sum(x) s FROM e", e=events(stream)),
        AddData(stream, (2**63 - 1,)),
        CheckNewAnswer((2**63 - 1,)),
        AddData(stream, (1,)),
        ExpectFailure("ARITHMETIC_OVERFLOW"),
        output_mode="update",
    )


HUGE = 2**63 - 1
GROUPS = ["GROUP BY k", "GROUP BY window(t, '5 seconds')", ""]


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("batches", [[[HUGE, 1]], [[HUGE], [1]]])
@pytest.mark.parametrize("more", ["", ", collect_list(x) l"])
def test_a_sum_is_never_wrong_wherever_it_gets_too_large(group, batches, more):
    stream = MemoryStream("t TIMESTAMP, k STRING, x BIGINT")
    added = [AddData(stream, *[(at(0), "a", x) for x in rows]) for rows in batches]
    run_stream(
        sql(f"SELECT sum(x) s{more} FROM e {group}", e=events(stream)),
        *added,
        ExpectFailure("ARITHMETIC_OVERFLOW"),
        output_mode="complete",
    )


@pytest.mark.parametrize("group", GROUPS)
def test_a_tried_sum_that_was_too_large_once_stays_unknown(group):
    stream = MemoryStream("t TIMESTAMP, k STRING, x BIGINT")
    run_stream(
        sql(f"SELECT try_sum(x) s FROM e {group}", e=events(stream)),
        AddData(stream, (at(0), "a", None)),
        CheckNewAnswer((None,)),
        AddData(stream, (at(0), "a", HUGE)),
        CheckNewAnswer((HUGE,)),
        AddData(stream, (at(0), "a", 1)),
        CheckNewAnswer((None,)),
        Stop(),
        Restart(),
        AddData(stream, (at(0), "a", -HUGE)),
        CheckNewAnswer((None,)),
        output_mode="update",
    )


@pytest.mark.parametrize(
    "call", ["collect_list(c)", "collect_set(c)", "collect_list(named_struct('x', c.x))"]
)
def test_structs_are_gathered_over_a_restart(call):
    stream = MemoryStream("k STRING, c STRUCT<x: INT>")
    run_stream(
        sql(f"SELECT k, {call} l FROM e GROUP BY k", e=events(stream)),
        AddData(stream, ("a", {"x": 1}), ("a", {"x": 2})),
        CheckNewAnswer(("a", ((1,), (2,)))),
        Stop(),
        Restart(),
        AddData(stream, ("a", {"x": 3}), ("b", None)),
        Check(lambda query: query.last_progress.state_operators[0].num_rows_total == 2),
        output_mode="complete",
    )


def test_a_sum_of_decimals_with_too_many_digits():
    stream, large = MemoryStream("x DECIMAL(38, 0)"), Decimal(9 * 10**37)
    run_stream(
        sql("SELECT try_sum(x) s FROM e", e=events(stream)),
        AddData(stream, (large,)),
        CheckNewAnswer((large,)),
        AddData(stream, (large,)),
        CheckNewAnswer((None,)),
        output_mode="complete",
    )
    run_stream(
        sql("SELECT sum(x) s FROM e", e=events(stream)),
        ExpectFailure("ARITHMETIC_OVERFLOW"),
        output_mode="complete",
    )


def test_events_far_in_the_future_and_past(stream):
    run_stream(
        sql(WINDOWS, e=late(stream)),
        AddData(stream, (at(0), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(3_000_000_000), "far")),
        CheckNewAnswer((span(0, 5), "a", 1)),
        AddData(stream, (at(-3_000_000_000), "old")),
        CheckNewAnswer(),
        Check(operators(("stateStoreSave", 1, 0, 0, 1))),
    )


def test_cube_counts_every_combination(stream):
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY CUBE(k)", e=events(stream)),
        AddData(stream, (at(0), "a"), (at(0), "b")),
        CheckNewAnswer(("a", 1), ("b", 1), (None, 2)),
        AddData(stream, (at(0), "a")),
        CheckNewAnswer(("a", 2), (None, 3)),
        output_mode="update",
    )


def test_sliding_windows_hold_a_row_several_times(stream):
    run_stream(
        sql(
            "SELECT window(t, '10 seconds', '5 seconds') w, count(*) n FROM e GROUP BY 1",
            e=late(stream),
        ),
        AddData(stream, (at(7), "a")),
        CheckNewAnswer((span(0, 10), 1), (span(5, 15), 1)),
        output_mode="update",
    )


def test_state_is_spread_anew_while_the_query_runs(stream):
    rows = [(at(0), f"k{i}") for i in range(50)]

    def holds(query):
        operator = query.last_progress.state_operators[0]
        return (operator.num_shuffle_partitions, operator.num_rows_total) == (5, 50)

    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, *rows),
        CheckNewAnswer(*((k, 1) for _, k in rows)),
        Do(lambda query: query.tune(state_partitions=5)),
        AddData(stream, *rows),
        CheckNewAnswer(*((k, 2) for _, k in rows)),
        Check(holds),
        Stop(),
        Restart(),
        AddData(stream, *rows),
        CheckNewAnswer(*((k, 3) for _, k in rows)),
        Check(holds),
        output_mode="update",
    )
