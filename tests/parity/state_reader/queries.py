"""Stateful queries by name and the ways their state is read: the same here and on Apache Spark.

``answers(spark, folder)`` runs each query over three files and reads its state with ``format("statestore")`` after its second
batch and after its last one. ``record.py`` writes down what Apache Spark 4.2 answers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCHEMA = "t TIMESTAMP, k STRING, x BIGINT, v DOUBLE, b BOOLEAN"
ROWS = [
    [
        ("2024-01-01T00:00:10Z", "a", 1, 1.5, True),
        ("2024-01-01T00:01:10Z", "b", 2, 2.5, False),
        ("2024-01-01T00:01:30Z", "a", 3, None, True),
    ],
    [("2024-01-01T00:12:00Z", "a", 5, 4.5, True), ("2024-01-01T00:12:30Z", None, 4, 0.5, None)],
    [("2024-01-01T00:30:00Z", "c", 7, 1.0, False)],
]
BAND = "a.k = b.k AND b.t >= a.t AND b.t <= a.t + INTERVAL 10 MINUTES"

TEXTS: dict[str, tuple[str, str]] = {
    "keys": (
        "update",
        "SELECT k, count(*) n, sum(x) s, avg(x) a, max(v) m, min(t) mt FROM {a} GROUP BY k",
    ),
    "window": (
        "append",
        "SELECT window(t, '10 minutes') w, k kk, count(*) n FROM {a} GROUP BY 1, 2",
    ),
    "sliding": (
        "append",
        "SELECT window(t, '10 minutes', '5 minutes'), count(*) n FROM {a} GROUP BY 1",
    ),
    "total": ("update", "SELECT count(*) n, sum(x) s FROM {a}"),
    "edges": ("update", "SELECT k, first(x) f, last(v) l, any_value(b) FROM {a} GROUP BY k"),
    "moments": (
        "update",
        "SELECT b, stddev(v), skewness(v), kurtosis(x), corr(x, v) FROM {a} GROUP BY b",
    ),
    "extremes": ("update", "SELECT k, max_by(x, v), min_by(b, x) FROM {a} GROUP BY k"),
    "bits": (
        "update",
        "SELECT k, bool_and(b), bool_or(b), count_if(b), bit_and(x), bit_or(x), bit_xor(x) FROM {a} GROUP BY k",
    ),
    "filtered": (
        "update",
        "SELECT k, count(*) FILTER (WHERE b), sum(x) FILTER (WHERE x > 2) FROM {a} GROUP BY k",
    ),
    "cube": ("update", "SELECT k, b, count(*) FROM {a} GROUP BY CUBE(k, b)"),
    "sets": ("update", "SELECT k, b, sum(x) FROM {a} GROUP BY GROUPING SETS ((k), (b))"),
    "distinct": ("update", "SELECT DISTINCT k, x FROM {a}"),
    "sessions": (
        "append",
        "SELECT session_window(t, '5 minutes') s, k, count(*), sum(x) FROM {a} GROUP BY session_window(t, '5 minutes'), k",
    ),
    "inner": ("append", f"SELECT a.k, a.x, b.x y FROM {{a}} a JOIN {{b}} b ON {BAND}"),
    "left": ("append", f"SELECT a.k, a.x, b.x y FROM {{a}} a LEFT JOIN {{b}} b ON {BAND}"),
    "semi": (
        "append",
        f"SELECT a.k, a.x FROM {{a}} a LEFT SEMI JOIN {{b}} b ON {BAND} AND b.x > a.x",
    ),
    "on_time": (
        "append",
        "SELECT a.k, a.x, b.x y FROM {a} a JOIN {b} b ON a.t = b.t AND a.k = b.k",
    ),
    "chain": (
        "append",
        "SELECT window(w, '30 minutes') w, sum(n) n FROM (SELECT window(t, '5 minutes') w, k, count(*) n FROM {a} GROUP BY 1, 2) GROUP BY 1",
    ),
}
FRAMES: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "dedup": ("append", lambda frame: frame.dropDuplicates(["k"])),
    "dedup_time": ("append", lambda frame: frame.dropDuplicates(["k", "t"])),
    "within": ("append", lambda frame: frame.dropDuplicatesWithinWatermark(["k"])),
    "limit": ("append", lambda frame: frame.select("k", "x").limit(4)),
}
NAMES = (*TEXTS, *FRAMES)
JOINS = ("inner", "left", "semi", "on_time")
FEEDS = ("keys", "dedup", "within", "window")

Reads = dict[str, dict[str, str]]


def reads(name: str) -> Reads:
    """Return the ways a query's state is read, by what they are called."""
    if name in JOINS:
        sides = {f"{side} side": {"joinSide": side, "batchId": "1"} for side in ("left", "right")}
        stores = [
            f"{side}-{store}"
            for side in ("left", "right")
            for store in ("keyToNumValues", "keyWithIndexToValue")
        ]
        return sides | {store: {"storeName": store, "batchId": "1"} for store in stores}
    made: Reads = {"newest": {}, "batch 1": {"batchId": "1"}}
    if name == "chain":
        made |= {"operator 1": {"operatorId": "1", "batchId": "1"}}
    if name in FEEDS:
        made |= {"changes": {"readChangeFeed": "true", "changeStartBatchId": "0"}}
    return made


def answers(spark: Any, name: str, folder: Path) -> dict[str, Any]:
    """Return what each way of reading gives: the schema and the rows, and the metadata."""
    checkpoint = str(folder / "checkpoint")
    mode, frame = _frame(spark, name, folder)
    writer = (
        frame.writeStream.outputMode(mode).format("noop").option("checkpointLocation", checkpoint)
    )
    writer.trigger(availableNow=True).start().awaitTermination()
    found = {
        way: _read(spark.read.format("statestore").options(**options).load(checkpoint))
        for way, options in reads(name).items()
    }
    return {"metadata": _read(spark.read.format("state-metadata").load(checkpoint)), **found}


def _frame(spark: Any, name: str, folder: Path) -> tuple[str, Any]:
    frames = {view: _source(spark, folder / view, name) for view in "ab"}
    if name in FRAMES:
        mode, make = FRAMES[name]
        return mode, make(frames["a"])
    mode, text = TEXTS[name]
    views = {view: f"{view}_{name}" for view in frames}
    for view, frame in frames.items():
        frame.createOrReplaceTempView(views[view])
    return mode, spark.sql(text.format(**views))


def _source(spark: Any, folder: Path, name: str) -> Any:
    folder.mkdir(parents=True)
    for number, rows in enumerate(ROWS):
        path = folder / f"{number}.json"
        path.write_text(
            "".join(json.dumps(dict(zip("tkxvb", row, strict=True))) + "\n" for row in rows)
        )
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))
    read = spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(folder))
    # Spark counts the batches of a limit differently when there is a watermark to move.
    return read if name == "limit" else read.withWatermark("t", "5 minutes")


def _read(frame: Any) -> dict[str, Any]:
    """Return the columns and rows of a frame; no rows where Spark itself fails to read its state."""
    schema = frame.schema.simpleString()
    try:
        return {"schema": schema, "rows": _rows(frame)}
    except Exception as error:
        if "ArrayIndexOutOfBounds" not in str(error):
            raise
        return {"schema": schema, "rows": None}


def _rows(frame: Any) -> list[str]:
    shown = frame.selectExpr("to_json(struct(*), map('ignoreNullFields', 'false')) r")
    return sorted(json.dumps(json.loads(row.r, object_pairs_hook=list)) for row in shown.collect())
