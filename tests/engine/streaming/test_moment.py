"""The moment a stream's query asks for is its batch's, as in Spark."""

from __future__ import annotations

from datetime import date, datetime

from tests.engine.streaming.plans import events, sql
from workbench.testing.manual_clock import ManualClock
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import (
    AddData,
    AdvanceClock,
    CheckAnswer,
    CheckNewAnswer,
    Crash,
    Start,
    run_stream,
)

NOON_MS = 12 * 3_600_000
NOON, LATER = datetime(1970, 1, 1, 12), datetime(1970, 1, 1, 12, 0, 5)


def test_each_batch_has_its_own():
    stream = MemoryStream("x INT")
    run_stream(
        sql(
            "SELECT x, current_timestamp() t, current_date() d, unix_timestamp() s FROM e",
            e=events(stream),
        ),
        AddData(stream, (1,), (2,)),
        CheckAnswer((1, NOON, date(1970, 1, 1), 43_200), (2, NOON, date(1970, 1, 1), 43_200)),
        AdvanceClock(5_000),
        AddData(stream, (3,)),
        CheckNewAnswer((3, LATER, date(1970, 1, 1), 43_205)),
        clock=ManualClock(NOON_MS),
    )


def test_a_batch_run_again_after_a_crash_has_the_same():
    stream = MemoryStream("x INT")
    run_stream(
        sql("SELECT x, now() t FROM e", e=events(stream)),
        AddData(stream, (1,)),
        CheckAnswer((1, NOON)),
        AdvanceClock(5_000),
        Crash("sink.before", during=AddData(stream, (2,))),
        AdvanceClock(60_000),
        Start(),
        CheckAnswer((1, NOON), (2, LATER)),
        clock=ManualClock(NOON_MS),
    )


def test_the_condition_of_a_join_is_asked_at_the_batch_s_moment():
    left, right = MemoryStream("k INT, wait INT"), MemoryStream("k INT, due INT")
    run_stream(
        sql(
            "SELECT a.k, b.due FROM a JOIN b ON a.k = b.k AND b.due + a.wait <= unix_timestamp()",
            a=events(left),
            b=events(right),
        ),
        AddData(right, (1, 43_200), (1, 43_205)),
        CheckNewAnswer(),
        AddData(left, (1, 0)),
        CheckNewAnswer((1, 43_200)),
        AdvanceClock(5_000),
        AddData(left, (1, 0)),
        CheckNewAnswer((1, 43_200), (1, 43_205)),
        clock=ManualClock(NOON_MS),
    )


def test_a_condition_on_one_side_is_asked_when_its_row_comes():
    left, right = MemoryStream("k INT"), MemoryStream("k INT, due TIMESTAMP")
    run_stream(
        sql(
            "SELECT a.k FROM a JOIN b ON a.k = b.k AND b.due <= now()",
            a=events(left),
            b=events(right),
        ),
        AddData(right, (1, NOON), (1, LATER)),
        CheckNewAnswer(),
        AdvanceClock(5_000),
        AddData(left, (1,)),
        CheckNewAnswer((1,)),
        clock=ManualClock(NOON_MS),
    )


def test_a_subquery_knows_it_too():
    stream = MemoryStream("x INT")
    run_stream(
        sql("SELECT x, (SELECT max(now()) FROM VALUES (1) v(a)) t FROM e", e=events(stream)),
        AddData(stream, (1,)),
        CheckAnswer((1, NOON)),
        clock=ManualClock(NOON_MS),
    )
