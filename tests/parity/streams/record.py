"""Write down what Apache Spark answers: ``python -m tests.parity.streams.record FIRST END ANSWERS``, with Spark's own Python.

``answers.json`` holds, by number, the case's digest and its batches, or the class of the error where Spark refuses it.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.parity.streams.more_kinds import draw
from tests.parity.streams.running import run


def answer(spark: Any, number: int) -> dict[str, Any]:
    """Return one case's entry."""
    case = draw(number)
    own = spark.newSession()
    with tempfile.TemporaryDirectory() as folder:
        try:
            return {"digest": case.digest, "batches": run(own, case, Path(folder))}
        except Exception as error:  # noqa: BLE001 - a refusal is an answer
            name = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
            return {
                "digest": case.digest,
                "error": name or type(error).__name__,
                "text": str(error)[:300],
            }


def main(first: int, end: int, path: Path) -> None:
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config(
        "spark.sql.shuffle.partitions", "1"
    )
    # Compiling each small query would cost more than running it.
    builder = builder.config("spark.sql.codegen.wholeStage", "false").config(
        "spark.sql.codegen.factoryMode", "NO_CODEGEN"
    )
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    known = json.loads(path.read_text()) if path.exists() else {}
    with ThreadPoolExecutor(3) as pool:
        for number, entry in zip(
            range(first, end), pool.map(lambda n: answer(spark, n), range(first, end)), strict=True
        ):
            known[str(number)] = entry
            write(known, path)


def write(known: dict[str, Any], path: Path) -> None:
    """Write one line a case."""
    lines = [
        f"{json.dumps(key)}: {json.dumps(known[key], separators=(',', ':'))}"
        for key in sorted(known, key=int)
    ]
    path.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
