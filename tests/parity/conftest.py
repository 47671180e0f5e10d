"""Sessions whose queries are compared with recorded ones of Apache Spark."""

from __future__ import annotations

import pytest


@pytest.fixture
def partitioned(spark):
    """A session whose queries keep one partition of state, with a provider of choice."""
    keys = {"spark.sql.shuffle.partitions": "1", "spark.sql.session.timeZone": "UTC"}
    before = spark.conf.get("spark.sql.session.timeZone")
    for key, value in keys.items():
        spark.conf.set(key, value)
    yield spark
    spark.conf.unset("spark.sql.shuffle.partitions")
    spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    spark.conf.set("spark.sql.session.timeZone", before)
