"""``WITH RECURSIVE``: every answer and every refusal is Apache Spark 4.2's."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException

COUNTING = "t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5)"

ANSWERS = {
    f"WITH RECURSIVE {COUNTING} SELECT * FROM t": [(1,), (2,), (3,), (4,), (5,)],
    "WITH RECURSIVE t AS (SELECT 1 AS k UNION ALL SELECT k + 1 FROM t WHERE k < 3) SELECT k FROM t": [(1,), (2,), (3,)],
    "WITH RECURSIVE t(n) MAX RECURSION LEVEL 3 AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t": [(1,), (2,), (3,)],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT * FROM t LIMIT 4": [(1,), (2,), (3,), (4,)],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n * 2 FROM t LIMIT 3 OFFSET 2": [(6,), (8,), (10,)],
    "WITH RECURSIVE t(n, s) AS (SELECT 1, 'a' UNION ALL SELECT n + 1, concat(s, 'b') FROM t JOIN VALUES (1), (2) v(x) ON n = x) SELECT * FROM t": [
        (1, "a"),
        (2, "ab"),
        (3, "abb"),
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT a.n + 1 FROM t a JOIN t b ON a.n = b.n WHERE a.n < 5) SELECT * FROM t": [
        (1,),
        (2,),
        (3,),
        (4,),
        (5,),
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT explode(array(n + 1, n + 2)) FROM t WHERE n < 3) SELECT * FROM t": [
        (1,),
        (2,),
        (3,),
        (3,),
        (4,),
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT 10 UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT * FROM t": [(1,), (10,), (2,), (3,)],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT x + 1 FROM VALUES (1), (2) v(x) WHERE x IN (SELECT n FROM t)) SELECT * FROM t": [
        (1,),
        (2,),
        (3,),
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LEFT JOIN VALUES (1) v(x) ON n = x WHERE n < 3) SELECT * FROM t": [
        (1,),
        (2,),
        (3,),
    ],
    "WITH RECURSIVE a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS y FROM a) SELECT * FROM a, b": [(1, 2)],
    "WITH RECURSIVE a(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM a WHERE n < 3), "
    "b(m) AS (SELECT n FROM a UNION ALL SELECT m + 10 FROM b WHERE m < 20) SELECT * FROM b ORDER BY 1": [
        (1,), (2,), (3,), (11,), (12,), (13,), (21,), (22,), (23,),
    ],
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 100) SELECT count(*) FROM t": [(100,)],
}  # fmt: skip

REFUSED = {
    "t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)": "RECURSION_LEVEL_LIMIT_EXCEEDED",
    "t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 101)": "RECURSION_LEVEL_LIMIT_EXCEEDED",
    "t(n) MAX RECURSION LEVEL 3 AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4)": "RECURSION_LEVEL_LIMIT_EXCEEDED",
    "t(n) AS (SELECT 1 UNION SELECT n + 1 FROM t WHERE n < 5)": "UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE",
    "t(n) AS (SELECT n + 1 FROM t WHERE n < 5)": "INVALID_RECURSIVE_CTE",
    "t(n) AS (SELECT 1 UNION ALL SELECT max(n) + 1 FROM t WHERE n < 5)": "INVALID_RECURSIVE_REFERENCE.PLACE",
    "t(n) AS (SELECT 1 UNION ALL (SELECT n + 1 FROM t ORDER BY 1 LIMIT 1))": "INVALID_RECURSIVE_REFERENCE.PLACE",
    "t(n) AS (SELECT 1 UNION ALL SELECT n + row_number() OVER (ORDER BY n) FROM t)": "INVALID_RECURSIVE_REFERENCE.PLACE",
    "t(n) AS (SELECT 1 UNION ALL SELECT x + 1 FROM VALUES (1) v(x) LEFT JOIN t ON n = x WHERE x < 3)": "INVALID_RECURSIVE_REFERENCE.PLACE",
    "t(n) AS (SELECT 1 UNION ALL SELECT n + 1L FROM t WHERE n < 5)": "CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE",
}


@pytest.mark.parametrize("text", ANSWERS)
def test_a_query_that_reads_itself(spark, text):
    assert [tuple(row) for row in spark.sql(text).collect()] == ANSWERS[text]


@pytest.mark.parametrize("text", REFUSED)
def test_what_cannot_read_itself(spark, text):
    with pytest.raises(PySparkException) as caught:
        spark.sql(f"WITH RECURSIVE {text} SELECT * FROM t").collect()
    assert caught.value.getCondition() == REFUSED[text]


def test_without_the_word_a_name_is_not_its_own(spark):
    with pytest.raises(PySparkException) as caught:
        spark.sql(f"WITH {COUNTING} SELECT * FROM t").collect()
    assert caught.value.getCondition() == "TABLE_OR_VIEW_NOT_FOUND"


def test_columns_may_be_null_and_views_may_hold_one(spark):
    spark.sql(f"CREATE OR REPLACE TEMP VIEW counting AS WITH RECURSIVE {COUNTING} SELECT * FROM t")
    assert spark.table("counting").schema.simpleString() == "struct<n:int>"
    assert spark.table("counting").schema["n"].nullable
    assert spark.table("counting").count() == 5


def test_limits_are_settings(spark):
    spark.conf.set("spark.sql.cteRecursionRowLimit", "3")
    try:
        with pytest.raises(PySparkException, match="RECURSION_ROW_LIMIT_EXCEEDED"):
            spark.sql(f"WITH RECURSIVE {COUNTING} SELECT * FROM t").collect()
    finally:
        spark.conf.unset("spark.sql.cteRecursionRowLimit")
