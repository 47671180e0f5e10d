"""The life of a query: batches, restarts, crashes, failures, the manager and its listeners."""

from __future__ import annotations

import threading
import time

import pytest

from tests.engine.streaming.plans import SESSION, at, events, span, sql
from workbench.base.errors import AnalysisError, IllegalArgument, IllegalState, StreamingQueryError
from workbench.engine.connectors.noop import NoopSink
from workbench.engine.streaming.definition import StreamDefinition, duration_ms
from workbench.engine.streaming.events import (
    QueryIdle,
    QueryProgress,
    QueryStarted,
    QueryTerminated,
)
from workbench.engine.streaming.manager import StreamingQueryManager
from workbench.engine.streaming.triggers import Trigger
from workbench.testing.manual_clock import ManualClock
from workbench.testing.memory_stream import MemoryStream
from workbench.testing.stream_test import (
    AddData,
    AdvanceClock,
    Check,
    CheckAnswer,
    CheckNewAnswer,
    Crash,
    Do,
    ExpectFailure,
    Restart,
    Start,
    Stop,
    StreamTest,
    run_stream,
)

COUNT = "SELECT window(t, '10 seconds') w, k, count(*) n FROM e GROUP BY 1, 2"


@pytest.fixture
def words():
    return MemoryStream("k STRING")


@pytest.fixture
def opened():
    """Makes stream tests that are closed at the end."""
    made = []

    def open_one(*arguments, **keywords):
        made.append(StreamTest(*arguments, **keywords))
        return made[-1]

    yield open_one
    for one in made:
        one.close()


def upper(words):
    return sql("SELECT upper(k) u FROM e WHERE k <> 'skip'", e=events(words))


def test_rows_pass_through(words):
    run_stream(
        upper(words),
        AddData(words, ("a",), ("skip",)),
        CheckAnswer(("A",)),
        AddData(words, ("b",)),
        CheckNewAnswer(("B",)),
    )


def test_a_stopped_query_goes_on_where_it_was(words):
    run_stream(
        upper(words),
        AddData(words, ("a",)),
        CheckAnswer(("A",)),
        Stop(),
        AddData(words, ("b",)),
        Restart(),
        CheckNewAnswer(("B",)),
        Check(lambda query: query.last_progress.batch_id == 1),
    )


@pytest.mark.parametrize(
    "point",
    [
        "offsets.before",
        "offsets.after",
        "sink.before",
        "sink.after",
        "state.after",
        "commits.before",
        "commits.after",
        "source.committed",
    ],
)
def test_a_crash_between_two_steps_loses_and_doubles_nothing(point):
    stream = MemoryStream("t TIMESTAMP, k STRING")
    run_stream(
        sql(COUNT, e=events(stream, "5 seconds")),
        AddData(stream, (at(1), "a"), (at(2), "b")),
        CheckNewAnswer(),
        AddData(stream, (at(3), "a"), (at(30), "a")),
        Crash(at=point),
        Restart(),
        CheckNewAnswer((span(0, 10), "a", 2), (span(0, 10), "b", 1)),
        AddData(stream, (at(60), "c")),
        CheckNewAnswer((span(30, 40), "a", 1)),
    )


def test_the_watermark_holds_over_a_restart():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    run_stream(
        sql(COUNT, e=events(stream, "10 seconds")),
        AddData(stream, (at(50), "a")),
        CheckNewAnswer(),
        Stop(),
        Restart(),
        AddData(stream, (at(1), "late"), (at(75), "b")),
        CheckNewAnswer((span(50, 60), "a", 1)),
        Check(
            lambda q: (
                sum(p.state_operators[0].num_rows_dropped_by_watermark for p in q.recent_progress)
                == 1
            )
        ),
    )


def test_no_data_batches_can_be_turned_off():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    run_stream(
        sql(COUNT, e=events(stream, "10 seconds")),
        AddData(stream, (at(1), "a")),
        CheckNewAnswer(),
        AddData(stream, (at(60), "b")),
        CheckNewAnswer(),
        AddData(stream, (at(61), "b")),
        CheckNewAnswer((span(0, 10), "a", 1)),
        settings={"spark.sql.streaming.noDataMicroBatches.enabled": "false"},
    )


def test_available_now_reads_everything_and_ends(words):
    limited = sql("SELECT k FROM e", e=events(words, maxAddsPerTrigger="1"))
    words.add(("a",))
    words.add(("b",))
    run_stream(
        limited,
        Start({"trigger": Trigger("availableNow")}),
        Do(lambda query: query.await_termination(20)),
        Check(lambda query: len(query.recent_progress) == 2 and not query.is_active, settled=False),
        CheckAnswer(("a",), ("b",)),
    )


def test_once_reads_everything_in_one_batch(words):
    limited = sql("SELECT k FROM e", e=events(words, maxAddsPerTrigger="1"))
    words.add(("a",))
    words.add(("b",))
    run_stream(
        limited,
        Start({"trigger": Trigger("once")}),
        Do(lambda query: query.await_termination(20)),
        Check(lambda query: len(query.recent_progress) == 1, settled=False),
        CheckAnswer(("a",), ("b",)),
    )


def test_processing_time_waits_for_the_clock(words, opened):
    clock = ManualClock(1_000)
    words.add(("a",))
    test = opened(upper(words), clock=clock, trigger=Trigger("processingTime", 1_000))
    try:
        test.start()
        wait_until(lambda: test.query.last_progress is not None)
        words.add(("b",))
        clock.advance(500)
        assert len(test.query.recent_progress) == 1
        clock.advance(500)
        wait_until(lambda: len(test.query.recent_progress) == 2)
        assert test.query.last_progress.timestamp == "1970-01-01T00:00:02.000Z"
    finally:
        test.query.stop()


def test_an_idle_query_says_so_now_and_then(words, opened):
    clock, heard = ManualClock(), []
    test = opened(
        upper(words),
        clock=clock,
        settings={"spark.sql.streaming.noDataProgressEventInterval": "10s"},
    )
    test.manager.listeners.subscribe(
        lambda event: heard.append(event) if isinstance(event, QueryIdle) else None
    )
    test.start()
    wait_until(lambda: len(heard) == 1)
    for _ in range(3):
        clock.advance(5_000)
        test.settle()
    test.query.stop()
    assert [event.timestamp[17:19] for event in heard] == ["00", "10"]


def wait_until(holds, seconds=10):
    done = threading.Event()
    for _ in range(seconds * 500):
        if holds():
            return
        done.wait(0.002)
    raise AssertionError("it never came to hold")


def test_listeners_hear_of_start_before_start_returns(words, opened):
    test, heard = opened(upper(words), name="heard"), []
    test.manager.listeners.subscribe(heard.append)
    test.start()
    assert [type(event) for event in heard][:1] == [QueryStarted]
    assert (heard[0].id, heard[0].name) == (test.query.id, "heard")
    words.add(("a",))
    test.settle()
    test.query.stop()
    kinds = [type(event) for event in heard]
    assert QueryProgress in kinds
    assert kinds[-1] is QueryTerminated
    assert heard[-1].exception is None


def test_a_listener_that_raises_stops_nobody(words, opened):
    test, heard = opened(upper(words)), []

    def broken(event):
        raise RuntimeError("mine")

    test.manager.listeners.subscribe(broken)
    off = test.manager.listeners.subscribe(heard.append)
    test.start()
    wait_until(lambda: heard)
    off()
    told = len(heard)
    words.add(("a",))
    test.settle()
    test.query.stop()
    assert len(heard) == told


def fails(words):
    return sql("SELECT 1 / CAST(k AS INT) x FROM e", e=events(words))


def test_a_failing_query_reports_and_leaves_the_manager_alive(words, opened):
    test, heard = opened(fails(words), name="boom"), []
    test.manager.listeners.subscribe(heard.append)
    words.add(("0",))
    test.start()
    with pytest.raises(StreamingQueryError, match="DIVIDE_BY_ZERO"):
        test.query.await_termination(10)
    error = test.query.exception()
    assert error.condition == "STREAM_FAILED"
    assert error.parameters["id"] == test.query.id
    assert "Identifier: boom" in error.details
    assert not test.query.is_active
    assert test.query.status.message.startswith("Terminated with exception: [DIVIDE_BY_ZERO]")
    with pytest.raises(StreamingQueryError):
        test.query.process_all_available()
    with pytest.raises(StreamingQueryError):
        test.manager.await_any(5)
    test.manager.reset_terminated()
    assert test.manager.await_any(0.01) is False
    test.manager.listeners.flush()
    assert heard[-1].error_class == "DIVIDE_BY_ZERO"
    assert test.manager.active == []


def test_who_listens_once_a_query_has_ended_hears_nothing_of_it(words, opened, monkeypatch):
    test, heard = opened(fails(words)), []
    bus = test.manager.listeners
    bus.subscribe(lambda event: None)
    publish = bus.publish
    monkeypatch.setattr(bus, "publish", lambda event: (time.sleep(0.1), publish(event)))
    words.add(("0",))
    test.start()
    assert test.query.wait_for_end(10)

    bus.subscribe(heard.append)
    time.sleep(0.2)
    bus.flush()

    assert heard == []


def test_a_failed_batch_runs_again_at_the_next_start(words):
    run_stream(
        fails(words),
        AddData(words, ("2",)),
        CheckAnswer((0.5,)),
        AddData(words, ("0",)),
        ExpectFailure("DIVIDE_BY_ZERO"),
        Do(lambda query: words.tables.__setitem__(1, words.tables[1].slice(0, 0))),
        Restart(),
        AddData(words, ("4",)),
        CheckAnswer((0.5,), (0.25,)),
    )


def test_two_queries_of_one_name_are_refused(words):
    manager = StreamingQueryManager()
    first = manager.start(definition(words, name="twin"))
    with pytest.raises(IllegalArgument, match="twin"):
        manager.start(definition(words, name="twin"))
    first.stop()
    manager.start(definition(words, name="twin")).stop()


def definition(words, **changes):
    given = {"kernel": SESSION.kernel, **changes}
    return StreamDefinition(upper(words)(), open_sink=lambda context: NoopSink(), **given)


def test_a_second_start_of_a_checkpoint_replaces_the_first(words, tmp_path):
    manager = StreamingQueryManager()
    first = manager.start(definition(words, checkpoint=str(tmp_path)))
    second = manager.start(definition(words, checkpoint=str(tmp_path)))
    assert not first.is_active
    assert (second.id, second.is_active) == (first.id, True)
    assert second.run_id != first.run_id
    second.stop()


def test_a_second_start_is_refused_when_the_session_says_so(words, tmp_path):
    manager = StreamingQueryManager()
    keep = {"spark.sql.streaming.stopActiveRunOnRestart": "false"}
    first = manager.start(definition(words, checkpoint=str(tmp_path)))
    with pytest.raises(IllegalState, match="CONCURRENT_QUERY"):
        manager.start(definition(words, checkpoint=str(tmp_path), conf=keep.get))
    assert first.is_active
    first.stop()


def test_a_sink_that_forgets_refuses_an_old_checkpoint(words, tmp_path):
    manager = StreamingQueryManager()
    words.add(("a",))
    query = manager.start(definition(words, checkpoint=str(tmp_path)))
    query.process_all_available()
    query.stop()
    with pytest.raises(AnalysisError, match="does not support recovering"):
        manager.start(definition(words, checkpoint=str(tmp_path), recovers=False))


def test_the_manager_knows_queries_by_id(words):
    manager = StreamingQueryManager()
    query = manager.start(definition(words))
    assert manager.active == [query]
    assert manager.get(query.id) is query
    assert manager.get("no such id") is None
    query.stop()
    assert manager.active == []
    assert query.await_termination(1) is True
    assert query.status.message == "Stopped"
    manager.close()


def test_a_paused_query_moves_by_steps(words):
    limited = sql("SELECT k FROM e", e=events(words, maxAddsPerTrigger="1"))
    run_stream(
        limited,
        Do(lambda query: query.pause()),
        Do(lambda query: wait_until(lambda: not query.status.is_trigger_active)),
        Do(lambda query: query.step()),
        AddData(words, ("a",)),
        AddData(words, ("b",)),
        Do(lambda query: query.step()),
        Check(lambda query: query.last_progress.batch_id == 0 and query.is_paused, settled=False),
        Do(lambda query: query.step(1)),
        Check(lambda query: query.last_progress.batch_id == 1, settled=False),
        Do(lambda query: query.resume()),
        AddData(words, ("c",)),
        CheckAnswer(("a",), ("b",), ("c",)),
    )


def test_a_trigger_can_be_tuned_while_the_query_runs(words, opened):
    clock = ManualClock()
    test = opened(upper(words), clock=clock, trigger=Trigger("processingTime", 3_600_000))
    test.start()
    test.query.tune(trigger_ms=10)
    words.add(("a",))
    for _ in range(3):
        clock.advance(10)
        wait_until(lambda: test.query._execution.trigger.interval_ms == 10)
    wait_until(lambda: test.query.last_progress is not None or clock.advance(10))
    test.query.stop()


def test_settings_are_pinned_by_the_first_start():
    stream = MemoryStream("t TIMESTAMP, k STRING")
    partitions = "spark.sql.shuffle.partitions"
    run_stream(
        sql("SELECT k, count(*) n FROM e GROUP BY k", e=events(stream)),
        AddData(stream, (at(1), "a")),
        CheckNewAnswer(("a", 1)),
        Stop(),
        Restart({"conf": {partitions: "5"}.get}),
        AddData(stream, (at(1), "a")),
        CheckNewAnswer(("a", 2)),
        Check(lambda q: q.last_progress.state_operators[0].num_shuffle_partitions == 3),
        output_mode="update",
        settings={partitions: "3"},
    )


def test_explain_shows_the_steps(words):
    run_stream(
        upper(words),
        AddData(words, ("a",)),
        CheckAnswer(("A",)),
        Check(
            lambda query: (
                "source0" in query.explain() and "StreamScan" in query.explain(extended=True)
            )
        ),
    )


def test_old_log_files_are_purged(words):
    def logs(query):
        return sorted(
            int(f.name)
            for f in (query._execution.checkpoint.root / "offsets").iterdir()
            if f.name.isdigit()
        )

    adds = [
        step for i in range(6) for step in (AddData(words, (str(i),)), CheckNewAnswer((str(i),)))
    ]
    run_stream(
        upper(words),
        *adds,
        Check(lambda query: logs(query) == [3, 4, 5]),
        settings={
            "spark.sql.streaming.minBatchesToRetain": "2",
            "spark.sql.streaming.asyncLogPurge.enabled": "false",
        },
    )


@pytest.mark.parametrize(
    ("text", "ms"), [("10s", 10_000), ("250ms", 250), ("7", 7), ("2min", 120_000)]
)
def test_lengths_of_time_in_settings(text, ms):
    assert duration_ms(text) == ms


def test_a_clock_that_jumps_is_no_trouble(words):
    run_stream(
        upper(words),
        AdvanceClock(-5_000),
        AddData(words, ("a",)),
        CheckAnswer(("A",)),
        clock=ManualClock(10_000),
    )
