"""How fast a user's Python runs in a stream, beside Apache Spark in the same run: functions and stateful processors.

Run it: ``python -m workbench bench functions [batches] [workload …]``. Both engines read the same parquet files, one a batch, into
``noop`` with a durable checkpoint; the first batch (compilation) is left out, the median of the others is shown. Spark runs as
``local[2]``, processors with its RocksDB store, which they need there. Where the machine is shared, read the ratios.
"""

# ruff: noqa: T201, N802, RUF100 - a script that prints its figures; a processor's methods have Spark's names

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

if TYPE_CHECKING:
    from collections.abc import Callable

SCHEMA = "k LONG, v DOUBLE, s STRING"
OUT = "k LONG, n LONG"
ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"


def counting(key: tuple, frames: Any, state: Any) -> Any:
    """Count a key's rows."""
    total = (state.get[0] if state.exists else 0) + sum(len(frame) for frame in frames)
    state.update((total,))
    yield pd.DataFrame({"k": [key[0]], "n": [total]})


class Counting(StatefulProcessor):
    """One value state: how many rows a key had."""

    def init(self, handle: Any) -> None:
        self.count = handle.getValueState("count", "n LONG")

    def total(self, rows: int) -> int:
        """Add to the count and return it."""
        found = self.count.get()
        made = rows + (found[0] if found else 0)
        self.count.update((made,))
        return made


class InPandas(Counting):
    """The rows of a key come as frames."""

    def handleInputRows(self, key: tuple, rows: Any, timerValues: Any) -> Any:
        yield pd.DataFrame({"k": [key[0]], "n": [self.total(sum(len(frame) for frame in rows))]})

    def close(self) -> None: ...


class InRows(Counting):
    """The rows of a key come as Rows."""

    def handleInputRows(self, key: tuple, rows: Any, timerValues: Any) -> Any:
        yield Row(k=key[0], n=self.total(sum(1 for _ in rows)))

    def close(self) -> None: ...


def group_state(rows: Any) -> Any:
    return rows.groupBy("k").applyInPandasWithState(
        counting, OUT, "n LONG", "update", GroupStateTimeout.NoTimeout
    )


def pandas_state(rows: Any) -> Any:
    return rows.groupBy("k").transformWithStateInPandas(InPandas(), OUT, "update", "None")


def row_state(rows: Any) -> Any:
    return rows.groupBy("k").transformWithState(InRows(), OUT, "update", "None")


def half_again(v: pd.Series) -> pd.Series:
    return v * 1.5 + 1


def pandas_udf(rows: Any) -> Any:
    return rows.select(F.pandas_udf(half_again, "double")("v").alias("w"))


def labelled(k: int, s: str) -> str:
    return f"{s}-{k % 7}"


def plain_udf(rows: Any) -> Any:
    return rows.select(F.udf(labelled, "string")("k", "s").alias("w"))


@dataclass(frozen=True)
class Workload:
    """What runs, on how many rows and keys a batch, and how much faster than Spark it is to be."""

    query: Callable[[Any], Any]
    rows: int
    keys: int
    goal: float | None
    mode: str = "update"


WORKLOADS = {
    "applyInPandasWithState": Workload(group_state, 20_000, 10_000, 5),
    "transformWithStateInPandas": Workload(pandas_state, 20_000, 10_000, 10),
    "transformWithState": Workload(row_state, 20_000, 10_000, 10),
    "pandas_udf": Workload(pandas_udf, 1_000_000, 10_000, 5, "append"),
    "udf": Workload(plain_udf, 200_000, 10_000, 3, "append"),
    "one key, applyInPandasWithState": Workload(group_state, 1_000, 1, None),
    "one key, transformWithState": Workload(row_state, 1_000, 1, None),
}


def make(folder: Path, work: Workload, files: int) -> None:
    """Write a workload's batches; every key comes in each."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir()
    draw = np.random.default_rng(0)
    names = np.array([f"name{i}" for i in range(1000)])
    for number in range(files):
        columns = {
            "k": draw.permutation(np.arange(work.rows) % work.keys),
            "v": draw.random(work.rows),
            "s": names[draw.integers(0, 1000, work.rows)],
        }
        path = folder / f"{number:03d}.parquet"
        pq.write_table(pa.table(columns), path)
        os.utime(path, (number + 1, number + 1))


def run(spark: Any, source: str, name: str) -> dict[str, list[float]]:
    """Return the milliseconds of every batch with rows, the first left out, and the CPU seconds of this process."""
    work = WORKLOADS[name]
    rows = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).parquet(source)
    with tempfile.TemporaryDirectory() as folder:
        writer = (
            work.query(rows)
            .writeStream.format("noop")
            .outputMode(work.mode)
            .option("checkpointLocation", folder)
        )
        begun = time.process_time()
        query = writer.trigger(availableNow=True).start()
        query.awaitTermination()
        spent = time.process_time() - begun
        recent = query.recentProgress
    return {
        "ms": [p["durationMs"]["triggerExecution"] for p in recent if p["numInputRows"]][1:],
        "cpu": [spent],
    }


def on_spark(folder: str, names: list[str]) -> None:
    """Run inside Spark's own Python; print the batches as JSON."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
    builder = (
        builder.config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "4g")
        .config("spark.sql.session.timeZone", "UTC")
        # Spark 4.2.0 hands the columns of a parquet file to a plain udf as they are; with a column of text its worker then waits
        # for 1.9 GB that nobody sends, and the query never ends. Rows are copied into Arrow, as in Spark 4.1.
        .config("spark.sql.execution.arrow.pythonUDF.columnarInput.enabled", "false")
    )
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    found = {}
    for name in names:
        if "transformWithState" in name:
            spark.conf.set("spark.sql.streaming.stateStore.providerClass", ROCKSDB)
        found[name] = run(spark, f"{folder}/{names.index(name)}", name)
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    print(json.dumps(found))


def spark_batches(python: str, folder: str, names: list[str]) -> dict[str, dict[str, list[float]]]:
    """Start Spark's Python on this file; nothing of our environment goes with it."""
    environ = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SPARK_", "PYTHONPATH"))
    } | {"PYSPARK_PYTHON": python}
    done = subprocess.run(
        [python, __file__, "--spark", folder, json.dumps(names)],
        capture_output=True,
        text=True,
        env=environ,
        check=False,
    )
    if done.returncode:
        raise SystemExit(done.stderr[-3000:])
    return json.loads(done.stdout.splitlines()[-1])


def report(name: str, ours: dict[str, list[float]], theirs: dict[str, list[float]] | None) -> None:
    """Print one workload's line."""
    work, mine = WORKLOADS[name], statistics.median(ours["ms"])
    line = f"{name:32s} {work.rows:9,d} rows a batch: {mine:7.1f} ms, {work.rows / mine * 1000:11,.0f} rows/s"
    if theirs:
        others = statistics.median(theirs["ms"])
        line += f" | Spark {others:7.1f} ms, ours {others / mine:5.1f}x" + (
            f" (goal {work.goal:g}x)" if work.goal else ""
        )
    print(f"{line} | CPU {ours['cpu'][0]:.1f} s", flush=True)


def main(words: list[str]) -> None:
    """Run every workload on both engines."""
    batches = int(words[0]) if words and words[0].isdigit() else 8
    names = [word for word in words if not word.isdigit()] or list(WORKLOADS)
    import workbench as wb

    python = os.environ.get("WORKBENCH_SPARK_PYTHON", "")
    with tempfile.TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            make(Path(folder, str(number)), WORKLOADS[name], batches)
        spark = spark_batches(python, folder, names) if python else {}
        if not python:
            print(
                "no Apache Spark here: only our own figures (python -m workbench bench installs one)"
            )
        session = wb.session()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        session.conf.set("spark.sql.shuffle.partitions", "2")
        measure = partial(run, session)
        for number, name in enumerate(names):
            report(name, measure(f"{folder}/{number}", name), spark.get(name))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--spark"]:
        on_spark(sys.argv[2], json.loads(sys.argv[3]))
    else:
        main(sys.argv[1:])
