"""Temporary views, as the client makes them."""

from __future__ import annotations


def test_a_view_may_replace_the_one_it_reads(spark):
    spark.range(3).createOrReplaceTempView("growing")

    spark.sql("SELECT id + 1 AS id FROM growing").createOrReplaceTempView("growing")
    spark.sql("SELECT id + 1 AS id FROM growing").createOrReplaceTempView("growing")

    assert sorted(row.id for row in spark.table("growing").collect()) == [2, 3, 4]


def test_a_view_joins_itself(spark):
    spark.range(3).createOrReplaceTempView("selves")

    assert spark.sql("SELECT a.id FROM selves a JOIN selves b ON a.id = b.id").count() == 3
