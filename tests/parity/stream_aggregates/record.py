"""Write down what Apache Spark's streams answer with every aggregate: ``python -m tests.parity.stream_aggregates.record``, with Spark's own Python.

Names after it are recorded again; without any, those that are not on record yet.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path

from tests.parity.stream_aggregates.queries import QUERIES, answers

PATH = Path(__file__).with_name("answers.json")
ROCKSDB = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider"
STORE = "spark.sql.streaming.stateStore"


def main() -> None:
    """Run every query on a local Spark and write ``answers.json``."""
    os.environ["TZ"] = "UTC"
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.sql.session.timeZone", "UTC").config(
        "spark.sql.shuffle.partitions", "1"
    )
    # Small inputs: compiling code for each query would take longer than running it.
    builder = builder.config("spark.sql.codegen.wholeStage", "false")
    builder = builder.config("spark.ui.showConsoleProgress", "false").config(
        f"{STORE}.providerClass", ROCKSDB
    )
    spark = builder.config(f"{STORE}.rocksdb.changelogCheckpointing.enabled", "true").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    known = json.loads(PATH.read_text()) if PATH.exists() else {}
    for name in sys.argv[1:] or [name for name in QUERIES if name not in known]:
        with tempfile.TemporaryDirectory() as folder:
            known[name] = answers(spark, name, Path(folder))
        lines = [
            f"{json.dumps(n)}: {json.dumps(known[n], separators=(',', ':'))}"
            for n in QUERIES
            if n in known
        ]
        PATH.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
