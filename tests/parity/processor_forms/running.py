"""Running a processor's form on a session of any Spark."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.parity.processor_forms.forms import FRAMES, INITIAL, OUT, ROWS, TIMERS

FORMS = ROWS | FRAMES | TIMERS | INITIAL
SCHEMA = "k STRING, x LONG, t TIMESTAMP"


def told(spark: Any, name: str, folder: Path) -> dict[str, Any]:
    """Return the rows a form gave, or that it was refused and by which of Python's classes."""
    (folder / "in").mkdir()
    (folder / "in" / "0.json").write_text('{"k": "a", "x": 1, "t": "2024-01-01"}\n')
    try:
        query = _frame(spark, name, folder).writeStream.foreachBatch(_writer(str(folder / "out")))
        query = query.outputMode("update").trigger(availableNow=True)
        query = query.option("checkpointLocation", str(folder / "checkpoint")).start()
        query.awaitTermination(120)
    except Exception as error:  # noqa: BLE001 - the failure is the answer
        return {"raised": _raised(str(error))}
    return {"rows": sorted((folder / "out").read_text().splitlines())}


def _writer(path: str) -> Callable[[Any, int], None]:
    """Return what writes a batch's rows behind those of the batches before."""

    def write(rows: Any, _batch: int) -> None:
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{tuple(row)}\n" for row in rows.collect())

    return write


def _frame(spark: Any, name: str, folder: Path) -> Any:
    rows = spark.readStream.schema(SCHEMA).json(str(folder / "in"))
    grouped = rows.withWatermark("t", "0 seconds").groupBy("k")
    call = grouped.transformWithStateInPandas if name in FRAMES else grouped.transformWithState
    initial = None
    if name in INITIAL:
        initial = spark.createDataFrame([("a", 1)], "k STRING, n LONG").groupBy("k")
    mode = "EventTime" if name in TIMERS else "None"
    return call(FORMS[name](), OUT, "update", mode, initial)


def _raised(text: str) -> str | None:
    found = re.findall(r"^(?:[\w.]+\.)?(\w+(?:Error|Exception|Invalid)): ", text, re.MULTILINE)
    found = [one for one in found if not one.startswith(("Spark", "Streaming"))]
    return found[-1] if found else None
