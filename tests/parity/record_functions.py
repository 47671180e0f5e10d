"""Records what Apache Spark answers to the expressions of ``functions/*.txt``, next to each as ``*.json``.

Run it in an environment with ``pyspark`` 4.2 and a JVM::

    python tests/parity/record_functions.py [theme ...]

Each line of a theme is what follows ``SELECT``; ``# name`` begins a function. The tests read the JSON only.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

FOLDER = Path(__file__).parent / "functions"


def lines(theme: Path) -> list[str]:
    """Return a theme's expressions."""
    rows = theme.read_text("utf-8").splitlines()
    return [row for row in rows if row.strip() and not row.startswith("#")]


def plain(value: Any) -> Any:  # noqa: PLR0911 - one a kind of value
    """Return a value in a form JSON holds without loss."""
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        return {"decimal": f"{value:f}"}
    if isinstance(value, (bytes, bytearray)):
        return {"hex": bytes(value).hex()}
    if isinstance(value, (dt.datetime, dt.date, dt.time)):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return {"us": value // dt.timedelta(microseconds=1)}
    if isinstance(value, dict):
        return {"map": sorted(([plain(k), plain(v)] for k, v in value.items()), key=repr)}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value


def record(spark: SparkSession, line: str) -> dict[str, Any]:
    """Return Spark's type and rows for a line, or the condition it fails with."""
    try:
        frame = spark.sql(f"SELECT {line}")
        rows = [[plain(value) for value in row] for row in frame.collect()]
        return {"types": [kind.dataType.simpleString() for kind in frame.schema], "rows": rows}
    except PySparkException as error:
        return {"error": error.getCondition() or type(error).__name__}
    except Exception as error:  # noqa: BLE001 - whatever the client raises is the record
        return {"error": type(error).__name__}


def main(wanted: list[str]) -> None:
    """Record the themes named, or all."""
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "1")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    for theme in sorted(FOLDER.glob("*.txt")):
        if wanted and theme.stem not in wanted:
            continue
        made = {line: record(spark, line) for line in lines(theme)}
        text = json.dumps(made, indent=0, ensure_ascii=False, sort_keys=True)
        theme.with_suffix(".json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
