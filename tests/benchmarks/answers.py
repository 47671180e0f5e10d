"""How soon small answers come, how fast large ones: ``collect``, a micro-batch, ``toArrow``.

Run it: ``python -m workbench bench answers``. The peer of ``toArrow`` is a copy of the same bytes by Arrow's own IPC in this
process, so that the ratio holds on a busy machine.
"""

# ruff: noqa: T201 - a script that prints its figures

from __future__ import annotations

import statistics
import tempfile
import time

import numpy as np
import pyarrow as pa

import workbench as wb


def median_ms(work: object, times: int = 50) -> float:
    """Return the median milliseconds of a call, after two that do not count."""
    seconds = []
    for _ in range(times + 2):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds[2:]) * 1000


def micro_batch(spark: object, batches: int = 100) -> float:
    """Return the median milliseconds of a stateless batch of 1,000 rows, durable logs included."""
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1000).load()
    with tempfile.TemporaryDirectory() as folder:
        query = (
            rows.selectExpr("value * 2 AS x")
            .writeStream.format("noop")
            .option("checkpointLocation", folder)
            .start()
        )
        while (query.lastProgress or {"batchId": 0})["batchId"] < batches:
            time.sleep(0.05)
        recent = query.recentProgress
        query.stop()
    return statistics.median(one["durationMs"]["triggerExecution"] for one in recent[10:])


def large_answer(spark: object) -> tuple[float, float, float]:
    """Return gigabytes, seconds of ``toArrow``, and seconds to write and read the same bytes as Arrow IPC."""
    numbers = np.random.default_rng(0).random(2_000_000)
    table = pa.table({f"c{i}": numbers for i in range(8)})
    spark.createDataFrame(table.slice(0, 10)).toArrow()
    frame = spark.createDataFrame(table)
    frame.createOrReplaceTempView("large")
    eight = spark.sql(" UNION ALL ".join(["SELECT * FROM large"] * 8))
    begun = time.perf_counter()
    answer = eight.toArrow()
    seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, answer.schema) as writer:
        writer.write_table(answer)
    pa.ipc.open_stream(sink.getvalue()).read_all().validate()
    return answer.nbytes / 1e9, seconds, time.perf_counter() - begun


def main() -> None:
    """Print the figures."""
    spark = wb.session()
    print(f"collect() of 5 rows      {median_ms(lambda: spark.range(5).collect()):6.1f} ms")
    print(
        f"filter and collect       {median_ms(lambda: spark.range(100).filter('id > 95').collect()):6.1f} ms"
    )
    print(f"micro-batch, 1,000 rows  {micro_batch(spark):6.1f} ms")
    size, seconds, copied = large_answer(spark)
    print(
        f"toArrow() of {size:.2f} GB     {size * 1000 / seconds:6.0f} MB/s, {seconds / copied:.1f}x an IPC copy in memory"
    )


if __name__ == "__main__":
    main()
