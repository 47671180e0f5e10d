"""Streams of stateful Python from files to files, which :mod:`tests.crash.fork_server` runs.

What they say does not depend on which files share a batch: a kill before a batch's offsets are durable may put two files in one.
"""

# ruff: noqa: N802, RUF100 - a processor's methods have Spark's names

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

import workbench as wb
import workbench.connect.servicer  # noqa: F401 - imported before the forks
import workbench.engine.session  # noqa: F401

SCHEMA = "t TIMESTAMP, k STRING, x BIGINT"
WAIT_MS = 20 * 60_000


def ms(moment: Any) -> int:
    """Return a time in milliseconds."""
    return int(moment.timestamp() * 1000)


def silent(key: tuple, frames: Iterator[pd.DataFrame], state: Any) -> Iterator[pd.DataFrame]:
    """Say how many rows a key had when none has come for some time."""
    if state.hasTimedOut:
        yield pd.DataFrame({"k": [key[0]], "what": ["silent"], "n": [state.get[0]]})
        state.remove()
        return
    rows = pd.concat(list(frames))
    state.update(((state.get[0] if state.exists else 0) + len(rows),))
    state.setTimeoutTimestamp(max(ms(rows.t.max()), state.getCurrentWatermarkMs()) + WAIT_MS)


class Everything(StatefulProcessor):
    """All kinds of state and a timer some time after a key's last row."""

    def init(self, handle: Any) -> None:
        self.handle = handle
        self.count = handle.getValueState("count", "n LONG")
        self.last = handle.getListState("last", "x LONG")
        self.times = handle.getMapState("times", "x LONG", "n LONG")

    def take(self, rows: list[tuple[Any, int]], times: Any) -> Iterator[Row]:
        """Take up rows of (time, value)."""
        for one in list(self.handle.listTimers()):
            self.handle.deleteTimer(one)
        for _, x in rows:
            self.last.put([*list(self.last.get())[-4:], (x,)])
            self.times.updateValue((x % 7,), ((self.times.getValue((x % 7,)) or (0,))[0] + 1,))
        self.count.update(((self.count.get() or (0,))[0] + len(rows),))
        newest = max(ms(moment) for moment, _ in rows)
        self.handle.registerTimer(max(newest, times.getCurrentWatermarkInMs()) + WAIT_MS)
        return iter([])

    def handleInputRows(self, key: tuple, rows: Iterator[Row], timerValues: Any) -> Iterator[Row]:
        return self.take([(row.t, row.x) for row in rows], timerValues)

    def handleExpiredTimer(
        self, key: tuple, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[Row]:
        shown = f"{expiredTimerInfo.getExpiryTimeInMs()} {[x for (x,) in self.last.get()]} {sorted(self.times.iterator())}"
        yield Row(k=key[0], what=shown, n=self.count.get()[0])
        self.count.clear()
        self.times.clear()

    def close(self) -> None: ...


class InFrames(Everything):
    """The same with frames."""

    def handleInputRows(
        self, key: tuple, rows: Iterator[pd.DataFrame], timerValues: Any
    ) -> Iterator[pd.DataFrame]:
        given = [(one.t, one.x) for frame in rows for one in frame.itertuples()]
        return self.take(given, timerValues)

    def handleExpiredTimer(
        self, key: tuple, timerValues: Any, expiredTimerInfo: Any
    ) -> Iterator[pd.DataFrame]:
        for row in super().handleExpiredTimer(key, timerValues, expiredTimerInfo):
            yield pd.DataFrame([row.asDict()])


OUT = "k STRING, what STRING, n LONG"
SHAPES = {
    "group-state": lambda rows: rows.applyInPandasWithState(
        silent, OUT, "n LONG", "append", GroupStateTimeout.EventTimeTimeout
    ),
    "processor": lambda rows: rows.transformWithState(Everything(), OUT, "append", "EventTime"),
    "processor-in-pandas": lambda rows: rows.transformWithStateInPandas(
        InFrames(), OUT, "append", "EventTime"
    ),
}


def run(shape: str, folder: Path, provider: str) -> None:
    """Read ``folder/in``, write ``folder/out``, checkpoint ``folder/checkpoint``, until everything there is has been read."""
    spark = wb.session()
    for key, value in {
        "stateStore.providerClass": provider, "minBatchesToRetain": "3", "stateStore.minDeltasForSnapshot": "2",
    }.items():  # fmt: skip
        spark.conf.set(f"spark.sql.streaming.{key}", value)
    spark.conf.set("spark.sql.shuffle.partitions", "2")
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    rows = (
        spark.readStream.schema(SCHEMA)
        .option("maxFilesPerTrigger", 1)
        .json(f"{folder}/in")
        .withWatermark("t", "5 minutes")
    )
    writer = SHAPES[shape](rows.groupBy("k")).writeStream.format("json").outputMode("append")
    query = (
        writer.option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .start(f"{folder}/out")
    )
    query.awaitTermination()
