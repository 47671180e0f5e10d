"""Window functions inside others, over aggregates, and where none may stand; answers and error classes are Apache Spark 4.2.1's."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("sum(row_number() OVER (ORDER BY id)) OVER ()", [6, 6, 6]),
        ("sum(id) OVER (ORDER BY row_number() OVER (ORDER BY id))", [0, 1, 3]),
        ("sum(id) OVER (PARTITION BY rank() OVER (ORDER BY id))", [0, 1, 2]),
        ("lag(row_number() OVER (ORDER BY id)) OVER (ORDER BY id)", [None, 1, 2]),
        ("sum(1 + row_number() OVER (ORDER BY id)) OVER ()", [9, 9, 9]),
        ("max(sum(row_number() OVER (ORDER BY id)) OVER (ORDER BY id)) OVER ()", [6, 6, 6]),
        ("sum(sum(id)) OVER ()", [3]),
        ("sum(sum(sum(id)) OVER ()) OVER ()", [3]),
    ],
)
def test_one_is_computed_before_the_other(spark, text, answer):
    rows = spark.sql(f"SELECT {text} v FROM range(3)").collect()
    assert sorted((row.v for row in rows), key=lambda v: (v is not None, v)) == answer


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("SELECT sum(row_number() OVER (ORDER BY id)) FROM range(3)", "_LEGACY_ERROR_TEMP_1031"),
        (
            "SELECT id FROM range(3) WHERE row_number() OVER (ORDER BY id) > 1",
            "WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE",
        ),
        (
            "SELECT max(id) FROM range(3) GROUP BY row_number() OVER (ORDER BY id)",
            "UNSUPPORTED_EXPR_FOR_OPERATOR",
        ),
        ("SELECT id FROM range(3) WHERE sum(id) > 1", "INVALID_WHERE_CONDITION"),
    ],
)
def test_where_none_may_stand(spark, text, condition):
    with pytest.raises(PySparkException) as caught:
        spark.sql(text).collect()
    assert caught.value.getCondition() == condition
