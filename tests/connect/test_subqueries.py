"""Sub-plans named by id inside expressions."""

from __future__ import annotations

from pyspark.sql import Row
from pyspark.sql import functions as f


def test_a_scalar_subquery(spark):
    frame = spark.range(4)
    newest = spark.range(4).select(f.max("id")).scalar()
    assert frame.where(f.col("id") == newest).collect() == [Row(id=3)]


def test_exists(spark):
    some = spark.range(1)
    assert spark.range(2).where(some.exists()).count() == 2
    assert spark.range(2).where(some.where("id > 5").exists()).count() == 0


def test_membership(spark):
    wanted = spark.range(1, 3)
    assert [row.id for row in spark.range(5).where(f.col("id").isin(wanted)).collect()] == [1, 2]
