"""A streaming query through PySpark's handle."""

from __future__ import annotations

import threading
import time

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.errors import AnalysisException
from pyspark.errors.exceptions.base import StreamingQueryException
from pyspark.sql.streaming.listener import StreamingQueryListener


def ten_rows(directory):
    pq.write_table(pa.table({"id": range(10)}), directory / "ten.parquet")


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def test_a_query_is_started_read_and_stopped(spark, rate):
    query = rate("seen_rows")
    until(lambda: spark.table("seen_rows").count() > 0)
    assert query.isActive
    assert query.name == "seen_rows"
    assert set(query.status) == {"message", "isDataAvailable", "isTriggerActive"}
    assert query.lastProgress.sink.description == "MemorySink"
    assert query.recentProgress[-1].id == query.lastProgress.id
    assert [one.id for one in spark.streams.active if one.name == "seen_rows"] == [query.id]
    query.stop()
    assert not query.isActive
    assert query.exception() is None
    assert query.awaitTermination() is None


def test_the_manager_finds_a_running_query_only(spark, rate):
    query = rate("found")
    assert spark.streams.get(query.id).runId == query.runId
    query.stop()
    assert spark.streams.get(query.id) is None
    assert spark.streams.get("00000000-0000-0000-0000-000000000000") is None


def test_waiting_ends_in_time(spark, rate):
    query = rate("waited")
    assert query.awaitTermination(1) is False
    threading.Timer(0.3, query.stop).start()
    assert query.awaitTermination(20) is True


def test_any_of_several_is_waited_for(spark, rate):
    spark.streams.resetTerminated()
    rate("stays")
    assert spark.streams.awaitAnyTermination(1) is False
    rate("goes").stop()
    assert spark.streams.awaitAnyTermination(20) is True
    spark.streams.resetTerminated()


def test_all_available_rows_are_processed_before_it_returns(spark, tmp_path):
    ten_rows(tmp_path)
    frame = spark.readStream.schema("id long").parquet(str(tmp_path))
    query = frame.writeStream.format("memory").queryName("whole").start()
    query.processAllAvailable()
    assert spark.table("whole").count() == 10
    query.stop()


def test_explain_prints_the_plan(rate, capsys):
    query = rate("explained")
    query.processAllAvailable()
    query.explain()
    assert capsys.readouterr().out.strip()


def test_a_query_that_fails_says_why_and_the_session_lives_on(spark):
    def refuse(frame, batch):
        message = "no more"
        raise ValueError(message)

    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    query = stream.writeStream.foreachBatch(refuse).start()
    with pytest.raises(StreamingQueryException, match="no more"):
        query.awaitTermination(20)
    until(lambda: not query.isActive)
    assert "no more" in str(query.exception())
    assert spark.range(2).count() == 2
    spark.streams.resetTerminated()


def test_each_batch_is_handed_over_as_a_frame_of_the_same_session(spark, tmp_path):
    ten_rows(tmp_path)
    out = tmp_path / "out.txt"

    def save(frame, batch):
        assert frame.sparkSession.session_id == spark.session_id
        with out.open("a") as file:
            file.writelines(f"{row.id}\n" for row in frame.collect())

    stream = spark.readStream.schema("id long").parquet(str(tmp_path))
    query = stream.writeStream.foreachBatch(save).trigger(availableNow=True).start()
    query.awaitTermination()
    assert sorted(map(int, out.read_text().split())) == list(range(10))


def test_a_handle_of_another_run_is_refused(spark, rate):
    query = rate("another_run")
    other = type(query)(spark, query.id, "00000000-0000-0000-0000-000000000000")
    with pytest.raises(AnalysisException) as raised:
        other.status  # noqa: B018 - asking is the step
    assert raised.value.getCondition() == "STREAMING_QUERY_NOT_FOUND"


class Heard(StreamingQueryListener):
    def __init__(self):
        self.events = []

    def onQueryStarted(self, event):
        self.events.append(("started", event.runId))

    def onQueryProgress(self, event):
        self.events.append(("progress", event.progress.runId))

    def onQueryIdle(self, event):
        self.events.append(("idle", event.runId))

    def onQueryTerminated(self, event):
        self.events.append(("terminated", event.runId, event.exception))


@pytest.fixture
def heard(spark):
    listener = Heard()
    spark.streams.addListener(listener)
    yield listener
    spark.streams.removeListener(listener)


def test_a_listener_hears_the_life_of_a_query_in_order(spark, rate, heard):
    query = rate("heard")
    until(lambda: any(kind == "progress" for kind, *_ in heard.events))
    query.stop()
    until(lambda: heard.events[-1][0] == "terminated")
    kinds = [kind for kind, *_ in heard.events]
    assert kinds[0] == "started"
    assert set(kinds[1:-1]) <= {"progress", "idle"}
    assert {str(run) for _, run, *_ in heard.events} == {query.runId}
    assert heard.events[-1][2] is None


def test_however_quick_a_query_is_its_start_is_heard_first(spark, heard, tmp_path):
    ten_rows(tmp_path)
    rows = spark.readStream.schema("id long").parquet(str(tmp_path))
    for number in range(1, 6):
        query = rows.writeStream.format("noop").trigger(availableNow=True).start()
        query.awaitTermination()
        until(lambda: sum(kind == "terminated" for kind, *_ in heard.events) == number)  # noqa: B023 - it is asked at once
        mine = [kind for kind, run, *_ in heard.events if str(run) == query.runId]
        assert (mine[0], mine[-1]) == ("started", "terminated")
    spark.streams.resetTerminated()


def test_a_listener_hears_why_a_query_failed(spark, heard):
    def refuse(frame, batch):
        message = "heard of it"
        raise ValueError(message)

    stream = spark.readStream.format("rate").option("rowsPerSecond", 100).load()
    query = stream.writeStream.foreachBatch(refuse).start()
    until(lambda: heard.events and heard.events[-1][0] == "terminated")
    assert "heard of it" in heard.events[-1][2]
    assert not query.isActive
    spark.streams.resetTerminated()


def test_a_listener_taken_off_hears_nothing_more_and_another_can_come(spark, rate):
    first, second = Heard(), Heard()
    spark.streams.addListener(first)
    spark.streams.removeListener(first)
    spark.streams.addListener(second)
    rate("second_only").stop()
    until(lambda: second.events and second.events[-1][0] == "terminated")
    spark.streams.removeListener(second)
    assert first.events == []


def test_a_query_stops_in_the_middle_of_a_batch_that_would_take_hours(spark):
    others = spark.range(300_000).withColumnRenamed("id", "other")
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 300_000).load()
    pairs = rows.join(others, rows.value * 2 > others.other + 10_000_000).groupBy().count()
    query = pairs.writeStream.format("noop").outputMode("complete").start()
    time.sleep(1)

    started = time.process_time()
    query.stop()

    assert query.exception() is None
    # The join's whole batch would be minutes of work on any machine; where it stands it ends within a batch of pairs.
    assert time.process_time() - started < 10
    assert spark.range(3).count() == 3
