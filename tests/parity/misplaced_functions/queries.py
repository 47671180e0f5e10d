"""Functions where functions of another kind belong, by name, run here and on Apache Spark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F  # noqa: N812 - its usual name

SQL = (
    "SELECT two_rows(1)",
    "SELECT k, two_rows(k) FROM t",
    "SELECT TWO_ROWS(k) + 1 FROM t",
    "SELECT upper(two_rows(k)) FROM t",
    "SELECT k FROM t WHERE two_rows(k)",
    "SELECT k FROM t WHERE two_rows(k) > 1",
    "SELECT k FROM t GROUP BY k HAVING two_rows(k) > 1",
    "SELECT k FROM t GROUP BY two_rows(k)",
    "SELECT k FROM t ORDER BY two_rows(k)",
    "SELECT sum(two_rows(k)) FROM t",
    "SELECT count(*) FROM t JOIN t AS u ON two_rows(t.k) = u.k",
    "SELECT * FROM two_rows(two_rows(1))",
    "SELECT two_rows(DISTINCT k) FROM t",
    "SELECT two_rows(k) OVER (ORDER BY k) FROM t",
    "SELECT transform(array(1), x -> two_rows(x))",
    "SELECT range(3)",
    "SELECT range(k) FROM t",
    "SELECT k FROM t WHERE range(3) > 1",
    "SELECT k FROM t WHERE explode(array(1)) > 0",
    "SELECT k FROM t ORDER BY explode(array(k))",
    "SELECT stack(1, k) FROM t",
    "SELECT k FROM t WHERE stack(1, k) = 1",
    "SELECT sql_keywords()",
    "SELECT explode(explode(array(array(1))))",
    "SELECT * FROM one_more(1)",
    "SELECT * FROM t, LATERAL one_more(k)",
    "SELECT * FROM t LATERAL VIEW one_more(k) AS x",
    "SELECT * FROM upper('a')",
    "SELECT * FROM Upper('a')",
    "SELECT * FROM sum(1)",
    "SELECT * FROM row_number()",
    "SELECT * FROM t, LATERAL upper(k)",
    "SELECT * FROM t LATERAL VIEW upper(k) AS x",
    "SELECT * FROM t LATERAL VIEW OUTER sum(k) AS x",
    "SELECT * FROM t LATERAL VIEW two_rows(k) AS x",
    "SELECT * FROM t LATERAL VIEW range(3) AS x",
    "SELECT * FROM t LATERAL VIEW nothing_so(k) AS x",
    "SELECT * FROM nothing_so(1)",
    "SELECT * FROM t, LATERAL nothing_so(k)",
    "SELECT nothing_so(1)",
    "SELECT k FROM t WHERE explod(array(1))",
    "SELECT a.nothing_so(1)",
    "SELECT a.b.nothing_so(1)",
    "SELECT * FROM a.nothing_so(1)",
    "SELECT default.two_rows(1)",
    "SELECT * FROM system.builtin.upper('a')",
    "SELECT `no such`(1)",
    "DESCRIBE FUNCTION nothing_so",
    "SELECT explode(array(1, 2)) AS a, 0, explode(array(3, 4)) AS b",
    "SELECT explode(array(1, 2)), inline(array(named_struct('x', k, 'y', 3)))  FROM t",
    "SELECT explode(array(1)), explode_outer(array()), posexplode(array(k, 7)) FROM t",
    "SELECT system.builtin.upper('a')",
    "SELECT builtin.upper('a'), session.one_more(1)",
    "SELECT * FROM builtin.range(2)",
    "SELECT * FROM system.builtin.explode(array(1))",
    "SELECT * FROM session.two_rows(1)",
    "SELECT * FROM system.session.two_rows(1)",
    "SELECT builtin.sum(k) FROM t",
    "SELECT builtin.one_more(1)",
    "SELECT session.upper('a')",
    "SELECT session.range(1)",
    "SELECT explode()",
    "SELECT explode(array(1), 2)",
    "SELECT * FROM range(3 - 1)",
    "SELECT * FROM range(2L, '4')",
    "SELECT * FROM range(1.9)",
    "SELECT * FROM range(start => 1, end => 3)",
    "SELECT * FROM range(rand())",
    "SELECT * FROM range(9223372036854775806, 9223372036854775807, 1, 2)",
    "SELECT * FROM range(true)",
    "SELECT * FROM range(array(1))",
    "SELECT * FROM stack(-1, 1)",
    "SELECT * FROM stack(NULL, 1)",
    "SELECT stack('a', 1)",
    "SELECT stack(k, 1) FROM t",
    "SELECT * FROM stack(1)",
    "SELECT json_tuple()",
    "SELECT * FROM explode(1)",
    "SELECT * FROM explode()",
    "SELECT * FROM range()",
    "SELECT * FROM range('a')",
    "SELECT * FROM range(1, 2, 3, 4, 5)",
    "SELECT * FROM range(NULL)",
    "SELECT * FROM range(1, 5, 0)",
    "SELECT * FROM range(end => 3)",
    "SELECT * FROM stack(0, 1)",
    "SELECT * FROM stack()",
    "SELECT * FROM json_tuple('{}')",
    "SELECT * FROM t, LATERAL range(k)",
)  # fmt: skip


def frames(spark: Any) -> dict[str, Callable[[], Any]]:
    """Calls through the DataFrame API."""
    t = spark.table("t")
    return {
        "call_function of a table function": lambda: t.select(F.call_function("two_rows", "k")),
        "call_udf of a table function": lambda: t.select(F.call_udf("two_rows", "k")),
        "call_function of range": lambda: t.select(F.call_function("range", "k")),
        "call_function of nothing": lambda: t.select(F.call_function("nothing_so", "k")),
        "filter by a table function": lambda: t.filter(F.call_function("two_rows", "k") > 1),
        "filter by explode": lambda: t.filter(F.explode(F.array("k")) > 1),
        "order by explode": lambda: t.orderBy(F.explode(F.array("k"))),
        "explode in an aggregate": lambda: t.agg(F.sum(F.explode(F.array("k")))),
        "two generators": lambda: t.select(F.explode(F.array("k")), F.explode(F.array("k"))),
        "explode in an expression": lambda: t.select(F.explode(F.array("k")) + 1),
        "expr of a table function": lambda: t.select(F.expr("two_rows(k)")),
        "withColumn of a table function": lambda: t.withColumn("x", F.expr("two_rows(k)")),
        "selectExpr of a table function": lambda: t.selectExpr("two_rows(k)"),
        "tvf of no array": lambda: spark.tvf.explode(F.lit(1)),
    }


FRAMES = (
    "call_function of a table function",
    "call_udf of a table function",
    "call_function of range",
    "call_function of nothing",
    "filter by a table function",
    "filter by explode",
    "order by explode",
    "explode in an aggregate",
    "two generators",
    "explode in an expression",
    "expr of a table function",
    "withColumn of a table function",
    "selectExpr of a table function",
    "tvf of no array",
)
NAMES = (*SQL, *FRAMES)


def told(spark: Any, name: str, _folder: Path) -> dict[str, Any]:
    """Return a statement's rows, or the class of its error and the error's parameters."""
    spark.createDataFrame([(1,), (2,)], "k INT").createOrReplaceTempView("t")
    spark.udtf.register("two_rows", F.udtf(_TwoRows, returnType="n INT"))
    spark.udf.register("one_more", lambda n: n + 1, "INT")
    try:
        made = frames(spark)[name]() if name in FRAMES else spark.sql(name)
        return {"rows": sorted(str(tuple(row)) for row in made.collect())}
    except Exception as error:  # noqa: BLE001 - the failure is the answer
        return {"error": error.getCondition(), "parameters": _parameters(error)}
    finally:
        spark.catalog.dropTempView("t")


def _parameters(error: Any) -> dict[str, str]:
    """Return what an error names, except what is each engine's own."""
    named = error.getMessageParameters() or {}
    return {key: value for key, value in named.items() if key not in OUR_OWN}


OUR_OWN = frozenset({"plan", "suggestion", "classCanonicalName"})
"""The text of a plan, what somebody may have meant, the class behind a function."""


class _TwoRows:
    def eval(self, n: int) -> Any:
        yield (n,)
        yield (n + 1,)
