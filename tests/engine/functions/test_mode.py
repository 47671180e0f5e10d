"""Which of several most frequent values ``mode`` gives: Spark promises nothing, these are Apache Spark 4.2.1's own choices."""

from __future__ import annotations

import pytest

CHOICES = [
    ("VALUES (1), (2), (3), (10), (77)", 77),
    ("VALUES ('a'), ('b'), ('c'), ('zz')", "b"),
    ("VALUES (true), (false)", False),
]


@pytest.mark.parametrize(("rows", "choice"), CHOICES)
def test_a_tie_goes_to_the_value_spark_finds_first_in_its_map(spark, rows, choice):
    assert spark.sql(f"SELECT mode(x) FROM {rows} t(x)").collect()[0][0] == choice


def test_a_deterministic_mode_takes_the_smallest(spark):
    assert (
        spark.sql("SELECT mode(x, true) FROM VALUES (3), (2), (2), (3) t(x)").collect()[0][0] == 2
    )
