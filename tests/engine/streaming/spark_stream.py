"""One run a folder of a stateless stream from JSON to JSON on a real Apache Spark: ``python spark_stream.py FOLDER …``."""

from __future__ import annotations

import sys

from pyspark.sql import SparkSession


def main(folders: list[str]) -> None:
    spark = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    for folder in folders:
        run(spark, folder)


def run(spark: SparkSession, folder: str) -> None:
    rows = (
        spark.readStream.schema("k STRING, x BIGINT")
        .option("maxFilesPerTrigger", 1)
        .json(f"{folder}/in")
    )
    query = (
        rows.selectExpr("upper(k) k", "x + 1 x")
        .writeStream.format("json")
        .option("checkpointLocation", f"{folder}/checkpoint")
        .trigger(availableNow=True)
        .start(f"{folder}/out")
    )
    query.awaitTermination()


if __name__ == "__main__":
    main(sys.argv[1:])
