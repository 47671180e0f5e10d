"""Run what ``%%stateful --show-code`` printed on Apache Spark: its own Python, a file of code, a folder of rows, a name."""

from __future__ import annotations

import json
import sys

from tests.parity.recording import ROCKSDB, local_spark


def main(code: str, rows: str, name: str) -> None:
    spark = local_spark(ROCKSDB)
    schema = "tail STRING, at TIMESTAMP, delay INT"
    stream = spark.readStream.schema(schema).option("maxFilesPerTrigger", 1).json(rows)
    namespace = {"spark": spark, "departures": stream.withWatermark("at", "1 minute")}
    with open(code) as program:
        exec(program.read(), namespace)
    query = namespace[name].writeStream.format("memory").queryName("out").outputMode("update")
    query.trigger(availableNow=True).start().awaitTermination()
    sys.stdout.write(json.dumps(sorted(map(list, spark.table("out").collect()), key=str)))


if __name__ == "__main__":
    main(*sys.argv[1:])
