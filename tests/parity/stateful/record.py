"""Write down what Apache Spark answers: ``python -m tests.parity.stateful.record FIRST END ANSWERS``, with Spark's own Python.

As ``tests.parity.streams.record``, with the RocksDB store, which ``transformWithState`` needs there.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.parity.stateful.kinds import draw
from tests.parity.stateful.running import ROCKSDB, run
from tests.parity.streams.record import write


def answer(spark: Any, number: int) -> dict[str, Any]:
    """Return one case's entry."""
    case = draw(number)
    with tempfile.TemporaryDirectory() as folder:
        try:
            return {"digest": case.digest, "batches": run(spark.newSession(), case, Path(folder))}
        except Exception as error:  # noqa: BLE001 - a refusal is an answer
            name = getattr(error, "getCondition", getattr(error, "getErrorClass", lambda: None))()
            return {
                "digest": case.digest,
                "error": name or type(error).__name__,
                "text": str(error)[:300],
            }


def session() -> Any:
    """Return an Apache Spark of two cores whose Python workers find these modules."""
    os.environ["TZ"], os.environ["PYSPARK_PYTHON"] = "UTC", sys.executable
    os.environ["PYTHONPATH"] = os.pathsep.join(
        [str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")]
    )
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config(
        "spark.sql.shuffle.partitions", "1"
    )
    builder = builder.config("spark.sql.streaming.stateStore.providerClass", ROCKSDB)
    spark = builder.config("spark.driver.memory", "2g").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def main(first: int, end: int, path: Path) -> None:
    spark = session()
    known = json.loads(path.read_text()) if path.exists() else {}
    for number in range(first, end):
        known[str(number)] = answer(spark, number)
        write(known, path)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
