"""What worker processes bring: the same functions in this process, in one worker and in two, in turn, in one run.

Run it: ``python -m workbench bench workers [rounds]``. Each function is bound by the processor and written in Python, so that one
process can use one core. A round runs every function with every number of workers; the quickest round of each counts, so that
other programs on the machine disturb least; where there are no free cores at all, read the longest path of processor time, in
brackets. The last column is what matters: one worker's time by two workers'.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import math
import os
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.streaming.state import GroupStateTimeout

import workbench as wb

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyspark.sql import DataFrame, SparkSession

WORKERS = (0, 1, 2)
ROWS, KEYS = 4_000, 500
STEPS = 6_000


def heavy(value: int) -> int:
    """Take about a third of a millisecond of one core."""
    total = int(value)
    for step in range(STEPS):
        total = (total * 31 + step) % 1_000_003
    return total


def heavy_series(values: pd.Series) -> pd.Series:
    return values.map(heavy)


def heavy_frames(frames: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    for frame in frames:
        yield pd.DataFrame({"n": frame.id.map(heavy)})


def heavy_group(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"k": frame.k.head(1), "n": [sum(map(heavy, frame.id))]})


def heavy_state(key: tuple, frames: Any, state: Any) -> Iterator[pd.DataFrame]:
    total = (state.get[0] if state.exists else 0) + sum(
        sum(map(heavy, frame.id)) for frame in frames
    )
    state.update((total,))
    yield pd.DataFrame({"k": [key[0]], "n": [total]})


def rows(spark: SparkSession) -> DataFrame:
    return spark.range(ROWS).withColumn("k", F.col("id") % KEYS)


def batch(make: Callable[[DataFrame], DataFrame]) -> Callable[[SparkSession, Path], None]:
    """Return a run of a batch query."""
    return lambda spark, folder: make(rows(spark)).write.format("noop").mode("overwrite").save()


def stream(spark: SparkSession, folder: Path) -> None:
    """Run a stateful stream over one batch of files, its checkpoint durable."""
    read = spark.readStream.schema("id LONG, k LONG").parquet(str(folder / "in"))
    counted = read.groupBy("k").applyInPandasWithState(
        heavy_state, "k LONG, n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout
    )
    place = tempfile.mkdtemp(dir=folder)
    writer = (
        counted.writeStream.format("noop").outputMode("update").option("checkpointLocation", place)
    )
    writer.trigger(availableNow=True).start().awaitTermination()


RUNS: dict[str, Callable[[SparkSession, Path], None]] = {
    "udf": batch(lambda df: df.select(F.udf(heavy, "long")("id"))),
    "pandas_udf": batch(lambda df: df.select(F.pandas_udf(heavy_series, "long")("id"))),
    "mapInPandas": batch(lambda df: df.mapInPandas(heavy_frames, "n LONG")),
    "applyInPandas": batch(lambda df: df.groupBy("k").applyInPandas(heavy_group, "k LONG, n LONG")),
    "applyInPandasWithState": stream,
}


@dataclass
class Best:
    """The quickest run of a function with a number of workers: on the clock, and on its longest path of processor time."""

    seconds: float = math.inf
    path: float = math.inf

    def take(self, seconds: float, path: float) -> None:
        self.seconds, self.path = min(self.seconds, seconds), min(self.path, path)


def timed(run: Callable[[], None]) -> tuple[float, float]:
    """Return the seconds a run took, and what it would take on free cores: this process's, then the busiest worker's."""
    before = {one.name: one.cpu_seconds for one in wb.workers()}
    here, begun = time.process_time(), time.perf_counter()
    run()
    took, own = time.perf_counter() - begun, time.process_time() - here
    spent = [one.cpu_seconds - before.get(one.name, 0.0) for one in wb.workers()]
    return took, own + max(spent, default=0.0)


def measure(rounds: int) -> dict[str, dict[int, Best]]:
    """Return the best of every function with every number of workers."""
    best = {name: {workers: Best() for workers in WORKERS} for name in RUNS}
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        spark = wb.session()
        rows(spark).write.parquet(str(folder / "in"))
        for _ in range(rounds):
            for workers in WORKERS:
                wb.session(workers=workers)
                for name, run in RUNS.items():
                    run(spark, folder)
                    best[name][workers].take(*timed(partial(run, spark, folder)))
    wb.session(workers=0)
    return best


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    print(
        f"{os.cpu_count()} cores; seconds for {ROWS} rows, the quickest of {rounds} rounds; in brackets on free cores"
    )
    print(f"{'':<24}{'here':>16}{'1 worker':>16}{'2 workers':>16}{'1 : 2':>16}")
    for name, found in measure(rounds).items():
        cells = [f"{one.seconds:.2f} ({one.path:.2f})" for one in found.values()]
        ratio = f"{found[1].seconds / found[2].seconds:.2f} ({found[1].path / found[2].path:.2f})"
        print(f"{name:<24}" + "".join(f"{cell:>16}" for cell in (*cells, ratio)))


if __name__ == "__main__":
    main()
