"""Streams whose state waits for something: one of each kind of operator, over the same rows."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812 - as everybody writes it
from pyspark.sql.streaming import StatefulProcessor

import workbench as wb

START = datetime(2026, 1, 1, tzinfo=UTC)
MINUTE_MS = 60_000


def minutes(spark, count, first=0, **options):
    """A row a minute, from midnight on; `n` counts them."""
    numbers = list(range(first, first + count))
    at = pa.array([START + timedelta(minutes=n) for n in numbers], pa.timestamp("us", "UTC"))
    stream = wb.replay(
        pa.table({"at": at, "n": numbers}), time="at", speed=math.inf, spark=spark, **options
    )
    return stream.withWatermark("at", "1 minute")


class Alarm(StatefulProcessor):
    """Counts the rows of a key, and says how many ten minutes after the first: of event time, or by the clock."""

    after_ms = 10 * MINUTE_MS

    def init(self, handle):
        self.handle = handle
        self.count = handle.getValueState("count", "n LONG")

    def handleInputRows(self, key, rows, timerValues):
        rows = list(rows)
        if not self.count.exists():
            self.handle.registerTimer(self.start_ms(rows, timerValues) + self.after_ms)
        self.count.update(((self.count.get() or (0,))[0] + len(rows),))
        return iter([])

    def start_ms(self, rows, timerValues):
        return int(min(row.at for row in rows).timestamp() * 1000)

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        yield Row(k=key[0], n=self.count.get()[0])
        self.count.clear()


class ClockAlarm(Alarm):
    def start_ms(self, rows, timerValues):
        return timerValues.getCurrentProcessingTimeInMs()


def counting(timeout):
    """A function that keeps each key's number of rows for ten minutes after its newest one."""

    def count(key, frames, state):
        if state.hasTimedOut:
            yield pd.DataFrame({"k": [key[0]], "n": [state.get[0]]})
            state.remove()
            return
        rows = pd.concat(frames)
        state.update(((state.get[0] if state.exists else 0) + len(rows),))
        if timeout == "EventTimeTimeout":
            newest = int(rows["at"].max().tz_localize("UTC").timestamp() * 1000)
            state.setTimeoutTimestamp(newest + 10 * MINUTE_MS)
        else:
            state.setTimeoutDuration(10 * MINUTE_MS)

    return count


def by_two(stream):
    return stream.withColumn("k", F.col("n") % 2).groupBy("k")


def sessions(stream):
    return stream.groupBy(F.session_window("at", "10 minutes")).count()


def alarms(stream):
    return by_two(stream).transformWithState(Alarm(), "k LONG, n LONG", "append", "EventTime")


def clock_alarms(stream):
    return by_two(stream).transformWithState(
        ClockAlarm(), "k LONG, n LONG", "append", "ProcessingTime"
    )


def group_timeouts(stream, timeout):
    function = counting(timeout)
    return by_two(stream).applyInPandasWithState(
        function, "k LONG, n LONG", "n LONG", "append", timeout
    )


def unmatched(left, right):
    """Rows of the left side that no row of the right follows within five minutes."""
    a, b = left.select("at", "n"), right.selectExpr("at AS later", "n AS m")
    return a.join(b, F.expr("n = m AND later BETWEEN at AND at + INTERVAL 5 MINUTES"), "left")
