"""Run the batch queries on Apache Spark and keep what came out.

Run with a Python that has ``pyspark[connect]`` and Java: ``python tests/parity/record_batch.py [name …]``; with names, only
those are run again. Spark's own Connect server is used, so that names and types are what a Connect client sees.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from answers import answer
from batch_queries import QUERIES
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 - its usual name

ANSWERS = Path(__file__).parent / "batch_answers.json"


def main() -> None:
    """Write ``batch_answers.json``."""
    spark = (
        SparkSession.builder.remote("local[2]")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    spark.conf.set("spark.sql.session.timeZone", "UTC")
    kept = json.loads(ANSWERS.read_text("utf-8")) if len(sys.argv) > 1 else {}
    chosen = sys.argv[1:] or list(QUERIES)
    fresh = {name: answer(QUERIES[name], spark, F, name) for name in chosen}
    answers = {name: found for name, found in {**kept, **fresh}.items() if name in QUERIES}
    lines = (
        f"{json.dumps(name)}: {json.dumps(found, ensure_ascii=False)}"
        for name, found in sorted(answers.items())
    )
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    spark.stop()


if __name__ == "__main__":
    main()
