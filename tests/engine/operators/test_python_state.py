"""Stateful Python as stories: files in, one a batch, the function or processor called, rows out."""

from __future__ import annotations

import datetime as dt
import time
from decimal import Decimal

import pandas as pd
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

SCHEMA = "k STRING, v LONG, ts TIMESTAMP"


OUT = []


def take(frame, _batch_id):
    """Keep a batch's rows; a function of a module is pickled by name, so it sees this module's list."""
    OUT.extend(map(tuple, frame.collect()))


def moment(second):
    return dt.datetime(2024, 1, 1) + dt.timedelta(seconds=second)


class Story:
    """A stream over a folder; every :meth:`batch` adds a file and runs the query over it."""

    def __init__(self, spark, folder):
        self.spark, self.folder, self.count = spark, folder, 0

    def frame(self, watermark=None):
        made = self.spark.readStream.schema(SCHEMA).parquet(f"{self.folder}/in/*")
        return made.withWatermark("ts", watermark) if watermark else made

    def batch(self, query, *rows, mode="update"):
        """Add rows ``(key, value, second)``, run to the end, return the rows that came out."""
        data = [(key, value, moment(second)) for key, value, second in rows]
        if data:
            self.spark.createDataFrame(data, SCHEMA).coalesce(1).write.parquet(
                f"{self.folder}/in/{self.count}"
            )
        self.count += 1
        OUT.clear()
        started = (
            query.writeStream.outputMode(mode).option("checkpointLocation", f"{self.folder}/checkpoint")
            .foreachBatch(take).trigger(availableNow=True).start()
        )  # fmt: skip
        assert started.awaitTermination(60)
        return sorted(OUT)


@pytest.fixture
def story(spark, tmp_path):
    (tmp_path / "in" / "first").mkdir(parents=True)
    return Story(spark, tmp_path)


# ------------------------------------------------------------------ applyInPandasWithState


def counting(key, frames, state):
    total = (state.get[0] if state.exists else 0) + sum(len(frame) for frame in frames)
    state.update((total,))
    yield pd.DataFrame({"k": [key[0]], "n": [total]})


def test_counts_go_on_over_batches_and_restarts(story):
    query = story.frame().groupBy("k").applyInPandasWithState(
        counting, "k STRING, n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout)  # fmt: skip

    assert story.batch(query, ("a", 1, 0), ("b", 1, 0), ("a", 2, 0)) == [("a", 2), ("b", 1)]
    assert story.batch(query, ("a", 3, 0), ("c", 1, 0)) == [("a", 3), ("c", 1)]


def test_a_group_times_out_when_the_watermark_passes(story):
    def closing(key, frames, state):
        if state.hasTimedOut:
            yield pd.DataFrame({"k": [key[0]], "n": [-state.get[0]]})
            state.remove()
            return
        rows = pd.concat(list(frames))
        state.update((len(rows),))
        state.setTimeoutTimestamp(int(rows.ts.max().timestamp() * 1000) + 10_000)

    query = story.frame("0 seconds").groupBy("k").applyInPandasWithState(
        closing, "k STRING, n LONG", "n LONG", "append", GroupStateTimeout.EventTimeTimeout)  # fmt: skip

    assert story.batch(query, ("a", 1, 0), ("a", 1, 1), mode="append") == []
    assert story.batch(query, ("b", 1, 30), mode="append") == [("a", -2)]


TEN_SECONDS_IN = int(moment(10).replace(tzinfo=dt.UTC).timestamp() * 1000)


def leaving(key, frames, state):
    """Sets a timeout with the first rows; does nothing to it afterwards."""
    if not state.exists:
        state.update((0,))
        state.setTimeoutTimestamp(TEN_SECONDS_IN)
    yield pd.DataFrame({"k": [key[0]], "n": [int(state.hasTimedOut)]})


def test_a_timeout_nothing_was_done_to_stays(story):
    """As on Spark 4.2: rows do not put it off, and it comes again until the state is changed."""
    keyed = story.frame("0 seconds").groupBy("k")
    query = keyed.applyInPandasWithState(
        leaving, "k STRING, n LONG", "n LONG", "update", GroupStateTimeout.EventTimeTimeout)  # fmt: skip

    assert story.batch(query, ("a", 1, 0)) == [("a", 0)]
    assert story.batch(query, ("a", 1, 5)) == [("a", 0)]
    assert story.batch(query, ("a", 1, 60)) == [("a", 0), ("a", 1)]
    batch, next_watermark = [("a", 0), ("a", 1)], [("a", 1)]
    assert story.batch(query, ("a", 1, 70)) == batch + next_watermark


def test_what_the_function_raises_names_the_users_line(story):
    def broken(key, frames, state):
        raise ValueError("no such flight")
        yield

    query = story.frame().groupBy("k").applyInPandasWithState(
        broken, "k STRING", "n LONG", "update", GroupStateTimeout.NoTimeout)  # fmt: skip

    with pytest.raises(PySparkException, match="no such flight"):
        story.batch(query, ("a", 1, 0))


# ------------------------------------------------------------------ transformWithState


class Everything(StatefulProcessor):
    """Keeps a sum, the values seen and how often each came."""

    def init(self, handle):
        self.total = handle.getValueState("total", "n LONG")
        self.seen = handle.getListState("seen", "v LONG")
        self.times = handle.getMapState("times", "v LONG", "n LONG")

    def handleInputRows(self, key, rows, timerValues):
        for row in rows:
            self.total.update(((self.total.get() or (0,))[0] + row.v,))
            self.seen.appendValue((row.v,))
            self.times.updateValue((row.v,), ((self.times.getValue((row.v,)) or (0,))[0] + 1,))
        seen = ",".join(str(v) for (v,) in self.seen.get())
        times = ",".join(f"{k}x{n}" for (k,), (n,) in sorted(self.times.iterator()))
        yield Row(k=key[0], total=self.total.get()[0], seen=seen, times=times)


def test_value_list_and_map_state_survive_a_restart(story):
    query = story.frame().groupBy("k").transformWithState(
        Everything(), "k STRING, total LONG, seen STRING, times STRING", "update", "None")  # fmt: skip

    assert story.batch(query, ("a", 5, 0), ("b", 1, 0)) == [
        ("a", 5, "5", "5x1"),
        ("b", 1, "1", "1x1"),
    ]
    assert story.batch(query, ("a", 5, 0)) == [("a", 10, "5,5", "5x2")]


class Reading(StatefulProcessor):
    """Says what a value and an entry of a map are read as, twice in the batch that writes them and once in a later one."""

    SHAPE = "at DATE, price DECIMAL(5,2), share DOUBLE, place STRUCT<x: INT, tags: ARRAY<STRUCT<name: STRING>>>"
    WRITTEN = (dt.datetime(2024, 1, 2, 5), Decimal("1.256"), 3, (1, [("q",)]))

    def init(self, handle):
        self.value = handle.getValueState("value", self.SHAPE)
        self.entries = handle.getMapState("entries", "name STRING", self.SHAPE)

    def handleInputRows(self, key, rows, timerValues):
        if not self.value.exists():
            self.value.update(self.WRITTEN)
            self.entries.updateValue(("e",), self.WRITTEN)
            yield self.said(key)
        yield self.said(key)

    def said(self, key):
        entry = self.entries.getValue(("e",))
        parts = [*self.value.get(), entry.price, entry.place.tags[0].name]
        return Row(k=key[0], said=repr(parts))


def test_what_is_read_is_what_a_later_batch_reads(story):
    """As on Spark 4.2, where a struct comes back as a Row and a date as a date; but no 3 in a DOUBLE is lost here."""
    query = (
        story.frame().groupBy("k").transformWithState(Reading(), "k STRING, said STRING", "update", "None")
    )  # fmt: skip

    place = "Row(x=1, tags=[Row(name='q')])"
    said = f"[datetime.date(2024, 1, 2), Decimal('1.26'), 3.0, {place}, Decimal('1.26'), 'q']"
    assert story.batch(query, ("a", 5, 0)) == [("a", said)] * 2
    assert story.batch(query, ("a", 5, 0)) == [("a", said)]


class InPandas(StatefulProcessor):
    def init(self, handle):
        self.count = handle.getValueState("count", "n LONG")

    def handleInputRows(self, key, rows, timerValues):
        total = (self.count.get() or (0,))[0] + sum(len(frame) for frame in rows)
        self.count.update((total,))
        yield pd.DataFrame({"k": [key[0]], "n": [total]})


def test_pandas_frames_go_in_and_out(story):
    query = (
        story.frame()
        .groupBy("k")
        .transformWithStateInPandas(InPandas(), "k STRING, n LONG", "update", "None")
    )

    assert story.batch(query, ("a", 1, 0), ("a", 2, 0)) == [("a", 2)]
    assert story.batch(query, ("a", 3, 0), ("b", 3, 0)) == [("a", 3), ("b", 1)]


class Alarm(StatefulProcessor):
    """Says a key's last value ten seconds of event time after its last row."""

    def init(self, handle):
        self.handle = handle
        self.last = handle.getValueState("last", "v LONG")

    def handleInputRows(self, key, rows, timerValues):
        for timer in self.handle.listTimers():
            self.handle.deleteTimer(timer)
        newest = max(rows, key=lambda row: row.ts)
        self.last.update((newest.v,))
        self.handle.registerTimer(int(newest.ts.timestamp() * 1000) + 10_000)
        return iter([])

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        yield Row(k=key[0], v=self.last.get()[0])
        self.last.clear()


def test_an_event_time_timer_fires_once_when_the_watermark_passes(story):
    query = (
        story.frame("0 seconds")
        .groupBy("k")
        .transformWithState(Alarm(), "k STRING, v LONG", "append", "EventTime")
    )

    assert story.batch(query, ("a", 1, 0), ("b", 7, 20), mode="append") == [("a", 1)]
    assert story.batch(query, ("c", 9, 60), mode="append") == [("b", 7)]


class Late(StatefulProcessor):
    """Sets a timer for 1970, again and again."""

    def init(self, handle):
        self.handle = handle

    def handleInputRows(self, key, rows, timerValues):
        self.handle.registerTimer(1)
        yield Row(k=key[0], v=0)

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        yield Row(k=key[0], v=expiredTimerInfo.getExpiryTimeInMs())


def test_a_timer_in_the_past_is_due_at_once(story):
    """As on Spark 4.2, in whose batches the same timer fires beside the rows that set it."""
    query = (
        story.frame("1 minute")
        .groupBy("k")
        .transformWithState(Late(), "k STRING, v LONG", "append", "EventTime")
    )

    assert story.batch(query, ("a", 1, 0), mode="append") == [("a", 0), ("a", 1)]
    assert story.batch(query, ("a", 1, 3600), mode="append") == [("a", 0), ("a", 1)]


class Deleting(Late):
    """Sets two timers; the first to fire deletes both, itself too."""

    def handleInputRows(self, key, rows, timerValues):
        for moment_ms in (2, 1):
            self.handle.registerTimer(moment_ms)
        yield Row(k=key[0], v=0)

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        for moment_ms in list(self.handle.listTimers()):
            self.handle.deleteTimer(moment_ms)
        yield from super().handleExpiredTimer(key, timerValues, expiredTimerInfo)


def test_a_timer_may_delete_itself_as_it_fires(story):
    """As on Spark 4.2, where also the other one, due in the same batch, fires still: it was fetched before."""
    query = (
        story.frame("1 minute")
        .groupBy("k")
        .transformWithState(Deleting(), "k STRING, v LONG", "append", "EventTime")
    )

    fired = [("a", 0), ("a", 1), ("a", 2)]
    assert story.batch(query, ("a", 1, 0), mode="append") == fired
    assert story.batch(query, ("a", 1, 3600), mode="append") == fired


class Starting(StatefulProcessor):
    def init(self, handle):
        self.total = handle.getValueState("total", "n LONG")

    def handleInitialState(self, key, initialState, timerValues):
        self.total.update((initialState.n,))

    def handleInputRows(self, key, rows, timerValues):
        total = (self.total.get() or (0,))[0] + sum(row.v for row in rows)
        self.total.update((total,))
        yield Row(k=key[0], n=total)


def test_initial_state_is_there_before_the_first_row_and_only_once(story, spark):
    initial = spark.createDataFrame([("a", 100), ("z", 5)], "k STRING, n LONG").groupBy("k")
    query = (
        story.frame()
        .groupBy("k")
        .transformWithState(Starting(), "k STRING, n LONG", "update", "None", initial)
    )

    assert story.batch(query, ("a", 1, 0), ("b", 2, 0)) == [("a", 101), ("b", 2)]
    assert story.batch(query, ("a", 1, 0), ("z", 1, 0)) == [("a", 102), ("z", 6)]


class Timeless(StatefulProcessor):
    def init(self, handle):
        self.handle = handle
        self.short = None

    def handleInputRows(self, key, rows, timerValues):
        self.handle.registerTimer(1)
        yield Row(k=key[0])


def test_a_timer_without_a_time_mode_is_refused(story):
    query = story.frame().groupBy("k").transformWithState(Timeless(), "k STRING", "update", "None")

    with pytest.raises(
        PySparkException, match="STATEFUL_PROCESSOR_CANNOT_PERFORM_OPERATION_WITH_INVALID_TIME_MODE"
    ):
        story.batch(query, ("a", 1, 0))


class Wrong(StatefulProcessor):
    def init(self, handle):
        handle.getValueState("x", "n LONG", 1000)

    def handleInputRows(self, key, rows, timerValues):
        return iter([])


def test_a_ttl_needs_processing_time(story):
    query = story.frame().groupBy("k").transformWithState(Wrong(), "k STRING", "update", "None")

    with pytest.raises(
        PySparkException, match="STATEFUL_PROCESSOR_INCORRECT_TIME_MODE_TO_ASSIGN_TTL"
    ):
        story.batch(query, ("a", 1, 0))


def test_processing_time_ends_with_available_now(story):
    """Spark goes on with empty batches for ever here."""
    query = (
        story.frame()
        .groupBy("k")
        .transformWithState(Starting(), "k STRING, n LONG", "update", "ProcessingTime")
    )

    assert story.batch(query, ("a", 1, 0)) == [("a", 1)]


def test_a_processor_feeds_an_aggregation(story):
    class Pass(StatefulProcessor):
        def init(self, handle): ...

        def handleInputRows(self, key, rows, timerValues):
            for row in rows:
                yield Row(k=key[0], ts=row.ts)

    passed = story.frame("0 seconds").groupBy("k").transformWithState(
        Pass(), "k STRING, ts TIMESTAMP", "append", "EventTime", eventTimeColumnName="ts")  # fmt: skip
    query = passed.groupBy(F.window("ts", "10 seconds")).count().select("count")

    assert story.batch(query, ("a", 1, 1), ("b", 1, 2), ("c", 1, 30), mode="append") == [(2,)]


# ------------------------------------------------------------------ processing time


class Reminder(StatefulProcessor):
    """Says a key a moment after its last row."""

    def init(self, handle):
        self.handle = handle

    def handleInputRows(self, key, rows, timerValues):
        self.handle.registerTimer(timerValues.getCurrentProcessingTimeInMs() + 300)
        return iter([])

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        yield Row(k=key[0])


def reminding(key, frames, state):
    if state.hasTimedOut:
        state.remove()
        yield pd.DataFrame({"k": [key[0]]})
        return
    state.update((1,))
    state.setTimeoutDuration(300)


def remind_by_processor(frame):
    return frame.groupBy("k").transformWithState(Reminder(), "k STRING", "update", "ProcessingTime")


def remind_by_group_state(frame):
    return frame.groupBy("k").applyInPandasWithState(
        reminding, "k STRING", "n LONG", "update", GroupStateTimeout.ProcessingTimeTimeout)  # fmt: skip


@pytest.mark.parametrize("make", [remind_by_processor, remind_by_group_state])
@pytest.mark.parametrize("provider", ["columnar", "rocksdb"])
def test_a_timer_fires_without_new_rows_and_idle_runs_no_batch(story, spark, make, provider):
    spark.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    spark.createDataFrame([("a", 1, moment(0))], SCHEMA).write.parquet(f"{story.folder}/in/0")
    OUT.clear()
    query = (
        make(story.frame()).writeStream.outputMode("update").option("checkpointLocation", f"{story.folder}/checkpoint")
        .foreachBatch(take).start()
    )  # fmt: skip
    spark.conf.unset("spark.sql.streaming.stateStore.providerClass")

    end = time.monotonic() + 60
    while not OUT and time.monotonic() < end:
        time.sleep(0.02)
    time.sleep(0.5)
    query.stop()

    assert OUT == [("a",)]
    assert query.lastProgress["batchId"] == 1


@pytest.mark.parametrize("make", [remind_by_processor, remind_by_group_state])
def test_a_timer_that_came_due_while_stopped_fires_in_the_next_run_which_ends(story, make):
    query = make(story.frame())

    assert story.batch(query, ("a", 1, 0)) == []
    time.sleep(0.4)
    assert story.batch(query) == [("a",)]
    assert story.batch(query) == []


class Forgetting(StatefulProcessor):
    def init(self, handle):
        self.last = handle.getValueState("last", "v LONG", 200)

    def handleInputRows(self, key, rows, timerValues):
        for row in rows:
            self.last.update((row.v,))
        yield Row(k=key[0])


def test_values_that_outlived_their_time_leave_memory_without_new_rows(story, spark):
    spark.createDataFrame([("a", 1, moment(0)), ("b", 1, moment(0))], SCHEMA).write.parquet(
        f"{story.folder}/in/0"
    )
    made = (
        story.frame()
        .groupBy("k")
        .transformWithState(Forgetting(), "k STRING", "update", "ProcessingTime")
    )
    query = (
        made.writeStream.outputMode("update")
        .format("noop")
        .option("checkpointLocation", f"{story.folder}/checkpoint")
        .start()
    )

    end = time.monotonic() + 60
    while (query.lastProgress or {"batchId": -1})["batchId"] < 1 and time.monotonic() < end:
        time.sleep(0.02)
    query.stop()

    state = query.lastProgress["stateOperators"][0]
    assert state["customMetrics"]["numValuesRemovedDueToTTLExpiry"] == 2
    assert state["numRowsTotal"] == 0
