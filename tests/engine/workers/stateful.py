"""Stateful queries for the kill tests, and a program that runs one: ``python -m tests.engine.workers.stateful KIND FOLDER``.

Their functions are made inside functions, so they are pickled by value and a worker need not import the tests.
"""

# ruff: noqa: T201, RUF100 - the program says which workers it has

from __future__ import annotations

import datetime as dt
import os
import sys
from pathlib import Path

import pandas as pd
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

import workbench as wb

SCHEMA = "k STRING, v LONG, ts TIMESTAMP"
BATCHES = 4
START = dt.datetime(2024, 1, 1)


def fill(spark, folder):
    """Write four files, a batch each: nine keys come and go, so that state is made, read, changed, removed and expires."""
    for batch in range(BATCHES):
        rows = [
            (
                f"k{(number * 7 + batch * 4) % 9}",
                number,
                START + dt.timedelta(seconds=batch * 60 + number),
            )
            for number in range(24)
            if (number + batch) % 3
        ]
        spark.createDataFrame(rows, SCHEMA).coalesce(1).write.parquet(
            str(folder / f"batch={batch}")
        )
        for place in (folder / f"batch={batch}").glob("*.parquet"):
            os.utime(place, (1_700_000_000 + batch,) * 2)


def group_state(rows, mode="update"):
    """Sums that are told and removed when their key was quiet for half a minute."""

    def summing(key, frames, state):
        if state.hasTimedOut:
            yield pd.DataFrame({"k": [key[0]], "n": [-state.get[0]]})
            state.remove()
            return
        total = (state.get[0] if state.exists else 0) + sum(int(frame.v.sum()) for frame in frames)
        if total % 5 == 0 and state.exists:
            state.remove()
        else:
            state.update((total,))
            state.setTimeoutTimestamp(state.getCurrentWatermarkMs() + 30_000)
        yield pd.DataFrame({"k": [key[0]], "n": [total]})

    keyed = rows.withWatermark("ts", "10 seconds").groupBy("k")
    return keyed.applyInPandasWithState(
        summing, "k STRING, n LONG", "n LONG", mode, GroupStateTimeout.EventTimeTimeout
    )


def processor(rows, mode="update"):
    """A sum, a list and a timer a key; the timer tells the sum and clears it."""

    class Summing(StatefulProcessor):
        def init(self, handle):
            self.handle = handle
            self.total = handle.getValueState("total", "n LONG")
            self.seen = handle.getListState("seen", "v LONG")

        def handleInputRows(self, key, rows, times):
            values = [int(value) for frame in rows for value in frame.v]
            before = self.total.get()
            total = sum(values) + (before[0] if before else 0)
            self.total.update((total,))
            self.seen.appendList([(value,) for value in values])
            self.handle.registerTimer(times.getCurrentWatermarkInMs() + 30_000)
            yield pd.DataFrame({"k": [key[0]], "n": [total]})

        def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
            total, seen = self.total.get()[0], len(list(self.seen.get()))
            if not list(self.handle.listTimers())[1:]:
                self.total.update((0,))
                self.seen.clear()
            yield pd.DataFrame({"k": [key[0]], "n": [-total * 100 - seen]})

        def close(self):
            pass

    keyed = rows.withWatermark("ts", "10 seconds").groupBy("k")
    return keyed.transformWithStateInPandas(Summing(), "k STRING, n LONG", mode, "EventTime")


QUERIES = {"applyInPandasWithState": group_state, "transformWithState": processor}


def to_files(spark, kind, folder):
    """Run a query from ``folder/in`` into ``folder/out`` to its end."""
    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).parquet(f"{folder}/in/*")
    writer = (
        QUERIES[kind](read, mode="append")
        .writeStream.format("json")
        .option("path", f"{folder}/out")
    )
    query = (
        writer.option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(120)


def main(kind, folder):
    """Start the workers, say which they are, run."""
    spark = wb.session(workers=2)
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    spark.range(2).mapInArrow(lambda batches: batches, "id long").collect()
    Path(folder, "workers").write_text(" ".join(str(view.pid) for view in wb.workers()))
    to_files(spark, kind, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
