"""``spark.range``: as many numbers as asked for, without a table of them all."""

from __future__ import annotations

import resource

import pytest


@pytest.mark.parametrize("many", [10, 3_000_000])
@pytest.mark.parametrize("step", [1, 3, -1, -7])
def test_numbers_are_those_of_a_python_range_in_order(spark, many, step):
    start, end = (5, 5 + many) if step > 0 else (many, -3)
    found = spark.range(start, end, step).toArrow().column("id")
    expected = range(start, end, step)
    assert len(found) == len(expected)
    assert [value.as_py() for value in (found[0], found[1], found[-1])] == [
        expected[0],
        expected[1],
        expected[-1],
    ]
    assert found.slice(0, 4).to_pylist() == list(expected[:4])


def test_a_range_larger_than_memory_is_no_table(spark):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert [row.id for row in spark.range(10**12).limit(3).collect()] == [0, 1, 2]
    assert spark.range(50_000_000).selectExpr("sum(id)").first()[0] == 50_000_000 * 49_999_999 // 2
    # A table of these alone would take 400 MB.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000


def test_the_ends_of_a_long_are_no_obstacle(spark):
    low, high = -(2**63), 2**63 - 1
    assert spark.range(low, high, 2**62).count() == 4


def test_the_first_rows_of_many_are_the_first(spark):
    numbers = spark.range(10_000_000)
    for _ in range(5):
        assert [row.id for row in numbers.filter("id > 4").limit(3).collect()] == [5, 6, 7]
        assert [row.id for row in numbers.offset(2).limit(2).collect()] == [2, 3]
