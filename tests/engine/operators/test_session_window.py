"""Session windows over a stream; the numbers are Apache Spark 4.2.1's for the same rows."""

from __future__ import annotations

import numpy as np
import pytest

from tests.engine.operators.watching import operators
from tests.engine.streaming.plans import at, events, span, sql
from workbench.engine.operators.sessions import find_sessions
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import (
    AddData,
    Check,
    CheckNewAnswer,
    Crash,
    ExpectFailure,
    Restart,
    run_stream,
)

NAME = "sessionWindowStateStoreSaveExec"


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING")


def sessions(stream, keys="k"):
    text = f"SELECT session_window(t, '5 seconds') w, {keys}, count(*) n FROM e GROUP BY 1, {keys}"
    return sql(text, e=events(stream, "10 seconds"))


def test_a_session_grows_until_the_watermark_passes_it(stream):
    run_stream(
        sessions(stream),
        AddData(stream, (at(0), "a"), (at(5), "a"), (at(9), "a"), (at(0), "b")),
        CheckNewAnswer(),
        Check(operators((NAME, 2, 2, 0, 0), batch=-2)),
        AddData(stream, (at(12), "a"), (at(30), "b")),
        CheckNewAnswer((span(0, 17), "a", 4), (span(0, 5), "b", 1)),
        Check(operators((NAME, 3, 3, 0, 0), batch=-2)),
        Check(operators((NAME, 1, 0, 2, 0))),
        AddData(stream, (at(3), "z"), (at(16), "c"), (at(50), "b")),
        CheckNewAnswer((span(16, 21), "c", 1), (span(30, 35), "b", 1)),
        Check(operators((NAME, 3, 3, 0, 1), batch=-2)),
    )


def test_complete_mode_keeps_every_session(stream):
    run_stream(
        sessions(stream),
        AddData(stream, (at(0), "a"), (at(5), "a"), (at(0), "b")),
        CheckNewAnswer((span(0, 10), "a", 2), (span(0, 5), "b", 1)),
        AddData(stream, (at(3), "z"), (at(50), "b")),
        CheckNewAnswer((span(3, 8), "z", 1), (span(50, 55), "b", 1)),
        Check(operators((NAME, 4, 3, 0, 0))),
        output_mode="complete",
    )


def test_a_row_joins_two_sessions(stream):
    run_stream(
        sessions(stream),
        AddData(stream, (at(0), "a"), (at(8), "a")),
        CheckNewAnswer(),
        Check(operators((NAME, 2, 2, 0, 0), batch=0)),
        AddData(stream, (at(4), "a")),
        CheckNewAnswer(),
        Check(lambda q: q.last_progress.state_operators[0].num_rows_total == 1),
        AddData(stream, (at(40), "b")),
        CheckNewAnswer((span(0, 13), "a", 3)),
    )


def test_a_gap_may_follow_from_the_row(stream):
    run_stream(
        sql(
            "SELECT session_window(t, CASE WHEN k = 'long' THEN '60 seconds' ELSE '5 seconds' END) w, count(*) n "
            "FROM e GROUP BY 1",
            e=events(stream),
        ),
        AddData(stream, (at(0), "long"), (at(50), "short")),
        CheckNewAnswer((span(0, 60), 2)),
        output_mode="complete",
    )


@pytest.mark.parametrize("point", ["sink.after", "state.after", "commits.after"])
def test_a_crash_changes_no_session(stream, point):
    run_stream(
        sessions(stream),
        AddData(stream, (at(0), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(4), "a")),
        Crash(at=point),
        Restart(),
        AddData(stream, (at(8), "a"), (at(40), "b")),
        CheckNewAnswer((span(0, 13), "a", 3)),
    )


def spans(found):
    return list(zip(found.start.tolist(), found.end.tolist(), strict=True))


def test_spans_that_touch_are_one_session():
    keys, start, end = np.array([0, 0, 0, 1]), np.array([5, 11, 0, 3]), np.array([10, 12, 5, 4])
    found = find_sessions(keys, start, end)
    assert found.count == 3
    assert spans(found) == [(0, 10)]
    assert found.order.tolist() == [2, 0]
    assert (found.firsts.tolist(), found.others.tolist()) == ([2], [0])


def test_a_span_inside_another_ends_nothing():
    found = find_sessions(np.zeros(3, np.int64), np.array([0, 2, 60]), np.array([100, 3, 61]))
    assert spans(found) == [(0, 100)]
    assert found.count == 1


def test_no_rows_no_sessions():
    none = np.zeros(0, np.int64)
    assert find_sessions(none, none, none).count == 0


def test_many_sessions_of_many_keys_are_those_found_one_by_one():
    chance = np.random.default_rng(3)
    keys, start = np.sort(chance.integers(0, 20, 2000)), chance.integers(0, 30_000, 2000)
    end = start + chance.integers(1, 200, 2000)
    found = find_sessions(keys, start, end)
    wanted = []
    for key in range(20):
        latest = None
        for begin, until in sorted(zip(start[keys == key], end[keys == key], strict=True)):
            if latest is None or begin > latest:
                wanted.append([int(begin), int(until), 0])
            latest = wanted[-1][1] = max(wanted[-1][1], int(until))
            wanted[-1][2] += 1
    assert found.count == len(wanted)
    assert spans(found) == [(begin, until) for begin, until, rows in wanted if rows > 1]
    assert np.bincount(found.number).tolist() == [rows for *_, rows in wanted if rows > 1]


def test_a_sum_over_sessions_that_does_not_fit_is_an_error():
    stream = MemoryStream("t TIMESTAMP, x BIGINT")
    run_stream(
        sql(
            "SELECT session_window(t, '5 seconds') w, sum(x) s FROM e GROUP BY 1",
            e=events(stream, "10 seconds"),
        ),
        AddData(stream, (at(0), 2**63 - 1), (at(1), 1)),
        ExpectFailure("ARITHMETIC_OVERFLOW"),
    )
