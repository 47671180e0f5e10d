"""Duplicates in a stream; the numbers are Apache Spark 4.2.1's for the same rows."""

from __future__ import annotations

import pytest

from tests.engine.operators.watching import duplicates, operators
from tests.engine.streaming.plans import at, events, relation, sql
from workbench.engine.plan import relations as r
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import AddData, Check, CheckNewAnswer, Crash, Restart, run_stream


@pytest.fixture
def stream():
    return MemoryStream("t TIMESTAMP, k STRING")


def without(stream, *columns, within=False):
    return relation(r.Deduplicate(events(stream, "10 seconds"), columns, within_watermark=within))


@pytest.mark.parametrize("mode", ["append", "update"])
def test_a_key_without_event_time_is_kept_for_ever(stream, mode):
    run_stream(
        without(stream, "k"),
        AddData(stream, (at(0), "a"), (at(1), "a"), (at(1), "b")),
        CheckNewAnswer((at(0), "a"), (at(1), "b")),
        Check(duplicates(1, batch=-2)),
        AddData(stream, (at(30), "a"), (at(31), "c")),
        CheckNewAnswer((at(31), "c")),
        Check(operators(("dedupe", 3, 0, 0, 0))),
        AddData(stream, (at(5), "d"), (at(32), "e")),
        CheckNewAnswer((at(32), "e")),
        Check(operators(("dedupe", 4, 1, 0, 1), batch=-2)),
        output_mode=mode,
    )


def test_a_key_with_event_time_goes_with_the_watermark(stream):
    run_stream(
        without(stream, "k", "t"),
        AddData(stream, (at(0), "a"), (at(0), "a"), (at(1), "b")),
        CheckNewAnswer((at(0), "a"), (at(1), "b")),
        AddData(stream, (at(30), "a"), (at(1), "b")),
        CheckNewAnswer((at(30), "a")),
        Check(operators(("dedupe", 3, 1, 0, 0), batch=-2)),
        Check(operators(("dedupe", 1, 0, 2, 0))),
    )


def test_within_the_watermark_a_key_is_forgotten_the_delay_after_its_row(stream):
    run_stream(
        without(stream, "k", within=True),
        AddData(stream, (at(0), "a"), (at(3), "a"), (at(1), "b")),
        CheckNewAnswer((at(0), "a"), (at(1), "b")),
        AddData(stream, (at(12), "a"), (at(15), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(20), "a"), (at(3), "c")),
        CheckNewAnswer(),
        Check(operators(("dedupeWithinWatermark", 2, 0, 0, 1), batch=-2)),
        Check(operators(("dedupeWithinWatermark", 1, 0, 1, 0))),
        AddData(stream, (at(21), "a"), (at(24), "a")),
        CheckNewAnswer((at(21), "a")),
    )


def test_distinct_in_sql_is_an_aggregation(stream):
    run_stream(
        sql("SELECT DISTINCT k FROM e", e=events(stream)),
        AddData(stream, (at(0), "a"), (at(3), "a"), (at(1), None)),
        CheckNewAnswer(("a",), (None,)),
        AddData(stream, (at(5), "a"), (at(5), "z")),
        CheckNewAnswer(("a",), ("z",)),
        Check(operators(("stateStoreSave", 3, 2, 0, 0))),
        output_mode="update",
    )


def test_distinct_rows_then_counted(stream):
    distinct = r.Deduplicate(events(stream), all_columns=True)
    run_stream(
        sql("SELECT k, count(*) n FROM d GROUP BY k", d=distinct),
        AddData(stream, (at(0), "a"), (at(0), "a"), (at(1), "a")),
        CheckNewAnswer(("a", 2)),
        AddData(stream, (at(0), "a"), (at(2), "a")),
        CheckNewAnswer(("a", 3)),
        output_mode="update",
    )


@pytest.mark.parametrize("point", ["offsets.after", "sink.after", "state.after", "commits.after"])
def test_a_crash_lets_no_duplicate_through(stream, point):
    run_stream(
        without(stream, "k"),
        AddData(stream, (at(0), "a")),
        CheckNewAnswer((at(0), "a")),
        AddData(stream, (at(1), "a"), (at(2), "b")),
        Crash(at=point),
        Restart(),
        AddData(stream, (at(3), "b"), (at(4), "c")),
        CheckNewAnswer((at(2), "b"), (at(4), "c")),
    )
