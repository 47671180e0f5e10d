"""A handful of rows of a stream, to try things on."""

from __future__ import annotations

import time
from itertools import chain
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, Row, SparkSession

_PREFIX = "_sample_of_"
_POOL = 2_000
_SHARE = 4
_POLL_SECONDS = 0.05
_GATHER_SECONDS = 1.0


def is_sample(name: str | None) -> bool:
    """Whether a query of this name is one of ours, that only gathered rows."""
    return (name or "").startswith(_PREFIX)


def pool(spark: SparkSession, frame: DataFrame, name: str, seconds: float) -> list[Row]:
    """Return up to 2,000 of the first rows a stream gives within some seconds, of them one after the first row; what the stream is made of stays where it is."""
    table = f"{_PREFIX}{name}"
    query = frame.limit(_POOL).writeStream.format("memory").queryName(table).start()
    end, count = time.monotonic() + seconds, 0
    try:
        while count < _POOL and time.monotonic() < end and query.exception() is None:
            time.sleep(_POLL_SECONDS)
            was_empty, count = not count, spark.table(table).count()
            if was_empty and count:
                end = min(end, time.monotonic() + _GATHER_SECONDS)
        if (error := query.exception()) is not None and not count:
            raise error
        return spark.table(table).collect()
    finally:
        query.stop()
        spark.catalog.dropTempView(table)


def handful(rows: list[Row], keys: list[str], count: int) -> list[Row]:
    """Return some rows of the keys that come most often, so that state can be seen to grow."""
    by_key: dict[tuple, list[int]] = {}
    for place, row in enumerate(rows):
        by_key.setdefault(_key(row, keys), []).append(place)
    share = max(_SHARE, -(-count // max(1, len(by_key))))
    often = sorted(by_key.values(), key=len, reverse=True)
    chosen = list(chain.from_iterable(places[:share] for places in often))[:count]
    return [rows[place] for place in sorted(chosen)]


def _key(row: Row, keys: list[str]) -> tuple[Any, ...]:
    return tuple(row[name] for name in keys)
