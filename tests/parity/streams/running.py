"""Running a case on a session of any Spark, batch by batch."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.parity.streams.cases import SCHEMA, Case, Input

OPERATORS = (
    "operatorName",
    "numRowsTotal",
    "numRowsDroppedByWatermark",
    "numRowsUpdated",
    "numRowsRemoved",
)
STEPS: dict[str, Callable[[Any, Any], Any]] = {
    "dedup": lambda frame, columns: frame.dropDuplicates(columns),
    "dedup_within": lambda frame, columns: frame.dropDuplicatesWithinWatermark(columns),
    "limit": lambda frame, count: frame.limit(count),
}


def run(spark: Any, case: Case, folder: Path) -> list[Any]:
    """Return what every batch did: ``[number, input rows, watermark, operators, rows]``."""
    for key, value in case.conf.items():
        spark.conf.set(key, value)
    frame, out = _query(spark, case, folder), folder / "out"
    out.mkdir()
    writer = frame.writeStream.outputMode(case.mode).foreachBatch(_writer(str(out)))
    query = (
        writer.option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start()
    )
    try:
        query.awaitTermination()
    finally:
        for key in case.conf:
            spark.conf.unset(key)
    return [_batch(progress, out) for progress in query.recentProgress]


def _query(spark: Any, case: Case, folder: Path) -> Any:
    views = {}
    for name, given in case.inputs.items():
        _write(given, folder / name)
        read = (
            spark.readStream.schema(SCHEMA).option("maxFilesPerTrigger", 1).json(str(folder / name))
        )
        views[name] = _viewed(
            read.withWatermark("t", given.delay) if given.delay else read, name, case
        )
    frame = spark.table(views["a"])
    for number, (word, argument) in enumerate(case.steps):
        views["last"] = _viewed(frame, f"last{number}", case)
        frame = (
            spark.sql(argument.format(**views)) if word == "sql" else STEPS[word](frame, argument)
        )
    return frame


def _viewed(frame: Any, name: str, case: Case) -> str:
    view = f"{name}_{case.name}".replace("-", "_")
    frame.createOrReplaceTempView(view)
    return view


def _write(given: Input, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number, rows in enumerate(given.batches):
        path = folder / f"{number}.json"
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
        os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def _writer(out: str) -> Callable[[Any, int], None]:
    def write(frame: Any, number: int) -> None:
        rows = sorted((plain(tuple(row)) for row in frame.collect()), key=json.dumps)
        (Path(out) / f"{number}.json").write_text(json.dumps(rows))

    return write


def plain(value: Any) -> Any:
    """Return a value as JSON has it, numbers to nine digits."""
    if isinstance(value, (tuple, list)):
        return [plain(one) for one in value]
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else str(value)
    if isinstance(value, (datetime, date, Decimal)):
        return str(value)
    return value


def _batch(progress: Any, out: Path) -> list[Any]:
    shown = json.loads(progress.json) if hasattr(progress, "json") else progress
    path = out / f"{shown['batchId']}.json"
    operators = [[one[key] for key in OPERATORS] for one in shown["stateOperators"]]
    watermark = (shown.get("eventTime") or {}).get("watermark")
    return [
        shown["batchId"],
        shown["numInputRows"],
        watermark,
        operators,
        json.loads(path.read_text()) if path.exists() else None,
    ]
