"""How fast streams run: rows a second from parquet to ``noop``, beside Apache Spark in the same run and one DataFusion query.

Run it: ``python -m workbench bench streams [thousand rows a file] [files] [workload …]``. Both engines read the same files, one a
batch, each with its durable checkpoint; the first batch (compilation) is left out, the median of the others is shown. Spark runs
as ``local[2]`` with its state store in memory, and with RocksDB where a workload keeps state. The floor is one DataFusion query
over all files that gives the same rows (of deduplication, keys and times only). A join reads two folders of half as many rows a file, so that every workload's rate counts
all rows that come in. Where the machine is shared, read the ratios.
"""

# ruff: noqa: T201 - a script that prints its figures and starts Spark's own Python

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SCHEMA = "ts TIMESTAMP, k LONG, g INT, v DOUBLE, s STRING"
FOLDERS = ("rows", "lefts", "rights")
ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"

WORKLOADS = {
    "stateless": ("append", "SELECT v * 2 AS w, upper(s) AS u FROM rows WHERE v > 0.1"),
    "windows": (
        "update",
        "SELECT window(ts, '10 seconds'), g, count(1) FROM rows GROUP BY window(ts, '10 seconds'), g",
    ),
    "keyed": ("update", "SELECT k, count(1), sum(v) FROM rows GROUP BY k"),
    "dedup": ("append", None),
    "join": (
        "append",
        """SELECT a.k, a.ts, b.ts AS later, a.v + b.v AS v FROM lefts a JOIN rights b
        ON a.k = b.k AND b.ts >= a.ts AND b.ts <= a.ts + INTERVAL 5 SECONDS""",
    ),
    "session": (
        "append",
        "SELECT session_window(ts, '1 second'), k, count(1) FROM rows GROUP BY session_window(ts, '1 second'), k",
    ),
}
STATEFUL = {"windows", "keyed", "dedup", "join", "session"}
FLOORS = {
    "stateless": "SELECT v * 2, upper(s) FROM rows WHERE v > 0.1",
    "windows": "SELECT date_bin(interval '10 seconds', ts), g, count(1) FROM rows GROUP BY 1, 2",
    "keyed": "SELECT k, count(1), sum(v) FROM rows GROUP BY k",
    "dedup": "SELECT k, min(ts) FROM rows GROUP BY k",
    "join": """SELECT a.k, a.ts, b.ts, a.v + b.v FROM lefts a JOIN rights b
        ON a.k = b.k AND b.ts >= a.ts AND b.ts <= a.ts + INTERVAL '5 seconds'""",
    "session": """SELECT k, min(ts), max(ts), count(1) FROM
        (SELECT k, ts, sum(fresh) OVER (PARTITION BY k ORDER BY ts) AS n FROM
        (SELECT k, ts, CASE WHEN ts <= lag(ts) OVER (PARTITION BY k ORDER BY ts) + INTERVAL '1 second' THEN 0 ELSE 1 END AS fresh
        FROM rows)) GROUP BY k, n""",
}


def make(folder: Path, rows: int, files: int, seed: int = 0, rate: int = 100_000) -> None:
    """Write the events: so many a second of event time, a million keys, five groups, a thousand names."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True)
    draw = np.random.default_rng(seed)
    names = np.array([f"name{i}" for i in range(1000)])
    for i in range(files):
        micros = (np.arange(rows) + i * rows) * (1_000_000 // rate)
        table = pa.table(
            {
                "ts": pa.array(micros).cast(pa.timestamp("us", "UTC")),
                "k": draw.integers(0, 1_000_000, rows),
                "g": pa.array(draw.integers(0, 5, rows), pa.int32()),
                "v": draw.random(rows),
                "s": names[draw.integers(0, 1000, rows)],
            }
        )
        path = folder / f"{i:03d}.parquet"
        pq.write_table(table, path)
        os.utime(path, (i + 1, i + 1))


def make_all(source: Path, rows: int, files: int) -> None:
    """Write what all workloads read."""
    make(source / "rows", rows, files)
    for seed, name in enumerate(("lefts", "rights"), start=1):
        make(source / name, rows // 2, files, seed, 50_000)


def opened(spark: object, source: str, name: str) -> object:
    """Return one of the folders as a stream, which SQL knows by its name."""
    rows = (
        spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).parquet(f"{source}/{name}")
    )
    rows = rows.withWatermark("ts", "5 seconds")
    rows.createOrReplaceTempView(name)
    return rows


def run(spark: object, source: str, work: str, name: str) -> list[float]:
    """Return the milliseconds of every batch with rows, the first left out."""
    mode, text = WORKLOADS[name]
    rows, *_ = [opened(spark, source, folder) for folder in FOLDERS]
    frame = rows.dropDuplicatesWithinWatermark(["k"]) if text is None else spark.sql(text)
    writer = (
        frame.writeStream.format("noop")
        .outputMode(mode)
        .option("checkpointLocation", f"{work}/{name}-{time.time_ns()}")
    )
    query = writer.trigger(availableNow=True).start()
    query.awaitTermination()
    batches = [
        p["durationMs"]["triggerExecution"] for p in query.recentProgress if p["numInputRows"]
    ]
    return batches[1:]


def on_spark(source: str, work: str, names: list[str], provider: str) -> None:
    """Run inside Spark's own Python; print the batches as JSON."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.sql.shuffle.partitions", "2")
    builder = (
        builder.config("spark.ui.enabled", "false")
        .config("spark.driver.memory", "8g")
        .config("spark.sql.session.timeZone", "UTC")
    )
    if provider:
        builder = builder.config("spark.sql.streaming.stateStore.providerClass", provider)
        builder = builder.config(
            "spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "true"
        )
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    print(json.dumps({name: run(spark, source, work, name) for name in names}))


def spark_batches(
    python: str, source: str, work: str, names: list[str], provider: str = ""
) -> dict[str, list[float]]:
    """Start Spark's Python on this file."""
    command = [python, __file__, "--spark", source, work, ",".join(names), provider]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def floor(source: str, name: str) -> float | None:
    """Return the seconds of one DataFusion query over all files."""
    if name not in FLOORS:
        return None
    from datafusion import SessionConfig, SessionContext

    context = SessionContext(SessionConfig().with_target_partitions(2))
    for folder in FOLDERS:
        context.register_parquet(folder, f"{source}/{folder}")
    best = []
    for _ in range(3):
        begun = time.perf_counter()
        context.sql(FLOORS[name]).collect()
        best.append(time.perf_counter() - begun)
    return statistics.median(best)


def report(
    name: str,
    rows: int,
    files: int,
    ours: list[float],
    spark: dict[str, dict],
    seconds: float | None,
) -> None:
    """Print one workload's line."""
    mine = statistics.median(ours)
    line = f"{name:10s} ours {rows / mine / 1000:6.2f} M rows/s ({mine:.0f} ms a batch)"
    for store, found in spark.items():
        if name in found:
            theirs = statistics.median(found[name])
            line += (
                f" | Spark {store} {rows / theirs / 1000:5.2f} M rows/s, ours {theirs / mine:.1f}x"
            )
    if seconds:
        line += f" | floor {rows * files / seconds / 1e6:.2f} M rows/s, ours {mine / 1000 * files / seconds:.1f}x its time"
    print(line, flush=True)


def main(words: list[str]) -> None:
    """Run every workload on both engines."""
    rows = int(words[0]) * 1000 if words else 250_000
    files = int(words[1]) if len(words) > 1 else 12
    names = words[2:] or list(WORKLOADS)
    import workbench as wb

    python = os.environ.get("WORKBENCH_SPARK_PYTHON", "")
    with tempfile.TemporaryDirectory() as work:
        source = Path(work) / "in"
        make_all(source, rows, files)
        spark = {}
        if python:
            spark["in memory"] = spark_batches(python, str(source), work, names)
            spark["RocksDB"] = spark_batches(
                python, str(source), work, [n for n in names if n in STATEFUL], ROCKSDB
            )
        else:
            print(
                "no Apache Spark here: only our own figures (python -m workbench bench installs one)"
            )
        session = wb.session()
        session.conf.set("spark.sql.session.timeZone", "UTC")
        print(f"{files} files of {rows:,} rows")
        for name in names:
            report(
                name,
                rows,
                files,
                run(session, str(source), work, name),
                spark,
                floor(str(source), name),
            )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--spark"]:
        _, _, given, folder, listed, chosen = sys.argv
        on_spark(given, folder, listed.split(","), chosen)
    else:
        main(sys.argv[1:])
