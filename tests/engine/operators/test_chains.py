"""Several stateful operators in one query; the numbers are Apache Spark 4.2.1's for the same rows."""

from __future__ import annotations

import pytest

from tests.engine.operators.watching import operators
from tests.engine.streaming.plans import at, events, span, sql
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, CheckNewAnswer, Crash, Restart, run_stream

INNER = "SELECT window(t, '5 seconds') w, k, count(*) n FROM e GROUP BY 1, 2"
TWICE = f"SELECT window(window_time(w), '10 seconds') w2, count(*) n FROM ({INNER}) GROUP BY 1"
THRICE = f"SELECT window(window_time(w2), '20 seconds') w3, sum(n) s FROM ({TWICE}) GROUP BY 1"


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING")


def test_windows_of_windows(stream):
    save = "stateStoreSave"
    run_stream(
        sql(TWICE, e=events(stream, "10 seconds")),
        AddData(stream, (at(0), "a"), (at(3), "b")),
        CheckNewAnswer(),
        AddData(stream, (at(30), "a")),
        CheckNewAnswer((span(0, 10), 2)),
        Check(operators((save, 0, 0, 0, 0), (save, 3, 1, 0, 0), batch=2)),
        Check(operators((save, 0, 1, 1, 0), (save, 1, 0, 2, 0), batch=3)),
        AddData(stream, (at(1), "a"), (at(51), "a")),
        CheckNewAnswer((span(30, 40), 1)),
        Check(operators((save, 0, 0, 0, 0), (save, 2, 1, 0, 1), batch=4)),
    )


@pytest.mark.parametrize("point", [None, "state.after", "sink.after", "commits.before"])
def test_three_deep(stream, point):
    crash = (Crash(at=point), Restart()) if point else ()
    run_stream(
        sql(THRICE, e=events(stream, "0 seconds")),
        AddData(stream, (at(0), "a"), (at(3), "b"), (at(12), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(40), "z")),
        *crash,
        CheckNewAnswer((span(0, 20), 3)),
    )


def test_groups_of_two_streams_meet_by_window(stream):
    other = MemoryStream("t TIMESTAMP, k STRING")
    counted = "SELECT window(t, '5 seconds') w, k, count(*) n FROM {} GROUP BY 1, 2"
    run_stream(
        sql(
            f"SELECT w, k, a.n, b.n m FROM ({counted.format('e')}) a JOIN ({counted.format('f')}) b USING (w, k)",
            e=events(stream, "10 seconds"),
            f=events(other, "10 seconds"),
        ),
        AddData(stream, (at(0), "a"), (at(1), "b")),
        AddData(other, (at(2), "a"), (at(3), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(20), "a")),
        AddData(other, (at(21), "c")),
        CheckNewAnswer((span(0, 5), "a", 1, 2)),
        Check(lambda query: query.last_progress.state_operators[0].num_rows_total == 0),
    )
