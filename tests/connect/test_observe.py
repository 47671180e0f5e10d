"""Observed metrics."""

from __future__ import annotations

from pyspark.sql import Observation
from pyspark.sql import functions as f


def test_metrics_arrive_with_the_rows(spark):
    seen = Observation("seen")
    frame = spark.range(5).observe(
        seen,
        f.count(f.lit(1)).alias("rows"),
        f.max("id").alias("newest"),
        f.min("id").alias("oldest"),
    )
    assert len(frame.collect()) == 5
    assert seen.get == {"rows": 5, "newest": 4, "oldest": 0}
