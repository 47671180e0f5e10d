"""A handful of rows of a stream, to try things on."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

_POOL = 200
_POLL_SECONDS = 0.05
_QUIET_SECONDS = 1.0


def pool(spark: SparkSession, frame: DataFrame, name: str, seconds: float) -> list[Row]:
    """Return up to 200 of the first rows a stream gives within some seconds; what the stream is made of stays where it is."""
    table = f"_sample_of_{name}"
    query = frame.limit(_POOL).writeStream.format("memory").queryName(table).start()
    end, heard, count = time.monotonic() + seconds, time.monotonic(), 0
    try:
        while count < _POOL and time.monotonic() < end and query.exception() is None:
            time.sleep(_POLL_SECONDS)
            found = spark.table(table).count()
            heard, count = (time.monotonic(), found) if found > count else (heard, count)
            if count and time.monotonic() - heard > _QUIET_SECONDS:
                break
        return spark.table(table).collect()
    finally:
        query.stop()
        spark.catalog.dropTempView(table)


def handful(rows: list[Row], keys: list[str], count: int) -> list[Row]:
    """Return some rows of the keys that come most often, so that state can be seen to grow."""
    often = Counter(_key(row, keys) for row in rows).most_common()
    chosen: list[Any] = [key for key, _ in often[: max(1, count // 3)]]
    share = -(-count // len(chosen)) if chosen else 0
    taken: Counter = Counter()
    made = []
    for row in rows:
        key = _key(row, keys)
        if key in chosen and taken[key] < share and len(made) < count:
            taken[key] += 1
            made.append(row)
    return made


def _key(row: Row, keys: list[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys)
