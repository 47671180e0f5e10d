"""Calls of Python table functions with tables, by name, run here and on Apache Spark."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.sql import functions as F  # noqa: N812 - its usual name

from tests.parity.answers import answer
from tests.parity.table_functions.arrow_handlers import ARROW
from tests.parity.table_functions.arrow_queries import ARROW_SQL
from tests.parity.table_functions.handlers import ASKED, SAID

ORDERED = "TABLE(t) WITH SINGLE PARTITION ORDER BY x"
SQL: dict[str, str] = {
    "single": f"seen({ORDERED})",
    "descending": "seen(TABLE(t) WITH SINGLE PARTITION ORDER BY x DESC)",
    "by a column": "seen(TABLE(t) PARTITION BY k ORDER BY x)",
    "by a qualified column": "seen(TABLE(t) PARTITION BY t.k ORDER BY t.x)",
    "other words": "seen(TABLE(t) DISTRIBUTE BY k SORT BY x)",
    "by expressions": "seen(TABLE(t) PARTITION BY (k, x > 1) ORDER BY (x DESC, v), 5)",
    "by a constant": "seen(TABLE(t) PARTITION BY 1 ORDER BY x)",
    "by an array": "seen(TABLE(t) PARTITION BY array(k) ORDER BY x)",
    "by a sum in parentheses": "seen(TABLE(t) PARTITION BY (k) + 1 ORDER BY (x))",
    "by NaN and zeros": "silent(TABLE(SELECT double('NaN') AS x UNION ALL SELECT double('NaN') UNION ALL SELECT -0.0D UNION ALL SELECT 0.0D) PARTITION BY x)",
    "of a query": "seen(TABLE(SELECT k + 1 AS kk, v FROM t WHERE k IS NOT NULL) PARTITION BY kk ORDER BY v)",
    "of values": "seen(TABLE(VALUES (1), (2)) WITH SINGLE PARTITION ORDER BY col1)",
    "of nested values": "seen(TABLE(SELECT struct(1 AS a) AS s, array(struct(2 AS b)) AS l, map('a', 1) AS m) WITH SINGLE PARTITION)",
    "of no rows": "seen(TABLE(SELECT * FROM t WHERE k = 9) WITH SINGLE PARTITION)",
    "of no rows by a column": "seen(TABLE(SELECT * FROM t WHERE k = 9) PARTITION BY k)",
    "by name": f"seen(row => {ORDERED}, z => 4)",
    "second": f"seen(1, {ORDERED})",
    "a name behind an unwrapped key": "seen(TABLE(t) PARTITION BY 1 ORDER BY x, z => 4)",
    "silent until the end": "silent(TABLE(t) PARTITION BY k)",
    "skips in partitions": "skips(TABLE(t) PARTITION BY k ORDER BY x)",
    "skips in one": f"skips({ORDERED})",
    "skips all but the first": f"skips_first({ORDERED})",
    "skips all but the firsts": "skips_first(TABLE(t) PARTITION BY k ORDER BY x)",
    "skips without a table": "skips(1)",
    "no table": "seen(1)",
    "beside a query": f"(VALUES (1), (2)) AS o(a), seen({ORDERED})",
    "lateral to one row": f"(SELECT 1 AS a) AS o, LATERAL seen({ORDERED})",
    "lateral to rows": f"(VALUES (1), (2)) AS o(a), LATERAL seen({ORDERED})",
    "lateral and deterministic": f"(VALUES (1), (2)) AS o(a), LATERAL sure({ORDERED})",
    "lateral and deterministic of one row": "(VALUES (1), (2)) AS o(a), LATERAL sure(TABLE(SELECT 7 AS b) WITH SINGLE PARTITION)",
    "lateral and correlated": "(VALUES (1), (2)) AS o(a), LATERAL sure(TABLE(SELECT v FROM t WHERE k = a) WITH SINGLE PARTITION)",
    "lateral of constants": "(VALUES (1), (2)) AS o(a), LATERAL seen(1)",
    "lateral by its row": "(VALUES (1), (2)) AS o(a), LATERAL surely_once(TABLE(t) PARTITION BY a ORDER BY x)",
    "lateral by its qualified row": "(VALUES (1), (2)) AS o(a), LATERAL surely_once(TABLE(t) PARTITION BY o.a ORDER BY x)",
    "lateral by its row and a column": "(VALUES (1), (1), (2), (NULL)) AS o(a), LATERAL surely_once(TABLE(t) PARTITION BY (k, a) ORDER BY x)",
    "lateral by one row": "(SELECT 1 AS a) AS o, LATERAL once(TABLE(t) PARTITION BY a ORDER BY x)",
    "lateral by its row, left": "(VALUES (1), (2)) AS o(a) LEFT JOIN LATERAL surely_once(TABLE(t) PARTITION BY a ORDER BY x) AS f ON a = 1",
    "lateral by its row, of no rows": "(VALUES (1), (2)) AS o(a) LEFT JOIN LATERAL surely_once(TABLE(SELECT * FROM t WHERE k = 9) PARTITION BY a) AS f ON true",
    "lateral by its row, may answer differently": "(VALUES (1), (2)) AS o(a), LATERAL seen(TABLE(t) PARTITION BY a ORDER BY x)",
    "lateral ordered by its row": "(VALUES (1), (2)) AS o(a), LATERAL sure(TABLE(t) PARTITION BY k ORDER BY a)",
    "lateral in one, ordered by its row": "(VALUES (1), (2)) AS o(a), LATERAL sure(TABLE(t) WITH SINGLE PARTITION ORDER BY x * a)",
    "lateral of its column": "(VALUES (1), (2)) AS o(a), LATERAL sure(TABLE(SELECT v, a FROM t) PARTITION BY a ORDER BY v)",
    "by a row beside": "(VALUES (1), (2)) AS o(a), sure(TABLE(t) PARTITION BY a ORDER BY x)",
    "two tables": "seen(TABLE(t), TABLE(t))",
    "no parentheses": "seen(TABLE t)",
    "order alone": "seen(TABLE(t) ORDER BY x)",
    "single and by": "seen(TABLE(t) WITH SINGLE PARTITION PARTITION BY k)",
    "several keys unwrapped": "seen(TABLE(t) PARTITION BY k, v)",
    "several orders unwrapped": "seen(TABLE(t) PARTITION BY k ORDER BY x, v)",
    "unknown key": "seen(TABLE(t) PARTITION BY nope)",
    "unknown order": "seen(TABLE(t) PARTITION BY k ORDER BY nope)",
    "unknown table": "seen(TABLE(nope))",
    "by a map": "seen(TABLE(t) PARTITION BY map(k, k))",
    "by an aggregate": "seen(TABLE(t) PARTITION BY sum(x))",
    "a column beside": f"seen({ORDERED}, v)",
    "columns of one name": "seen(TABLE(SELECT 1 AS a, 2 AS a) WITH SINGLE PARTITION)",
    "a built-in function": "explode(TABLE(t))",
    "a name twice": "seen(row => TABLE(t), row => 1)",
    "a place behind a name": "seen(z => 1, TABLE(t))",
    "a wrong name": "skips(rows => TABLE(t))",
    **{f"{name} over one": f"{name}({ORDERED})" for name in SAID if name not in {"seen", "skips", "skips_first"}},
    "told of a table": "told(TABLE(t), 5, x => 1 + 1, y => CAST(NULL AS INT))",
    "told of a table by name": "told(one => 'a', row => TABLE(SELECT k FROM t) PARTITION BY k)",
    "remembers": "remembers(TABLE(t), 'noted')",
    "takes two": "takes_two(TABLE(t), 'noted')",
    **{f"{name} asked": f"{name}(TABLE(t))" for name in ASKED if name not in {"told", "remembers", "takes_two", "selects_only", "single"}},
    **{
        f"{name} beside a single partition": f"{name}({ORDERED})"
        for name in ("single", "by_k", "order_alone", "selects", "selects_only")
    },
    "single asked of one row": "single(TABLE(SELECT 1 AS a))",
    "single beside a key": "single(TABLE(t) PARTITION BY k)",
    **{f"{name} without a table": f"{name}(1)" for name in ("single", "by_k", "order_alone", "selects_only")},
}  # fmt: skip


def frames(spark: Any, function: Any) -> dict[str, Callable[[], Any]]:
    """Calls through the DataFrame API."""
    t = spark.table("t")
    single = t.asTable().withSinglePartition()
    return {
        "frame": lambda: function(single.orderBy("x")),
        "frame by a column": lambda: function(t.asTable().partitionBy("k").orderBy(F.desc("x"))),
        "frame by expressions": lambda: function(
            t.asTable().partitionBy("k", F.col("x") > 1).orderBy("x", F.col("v").desc())
        ),
        "frame and a value": lambda: function(single.orderBy("x"), F.lit(3)),
        "frame by name": lambda: function(row=single.orderBy("x"), z=F.lit(3)),
        "frame beside rows": lambda: spark.range(2).lateralJoin(function(single.orderBy("x"))),
        "frame beside rows, deterministic": lambda: spark.range(2).lateralJoin(
            function.asDeterministic()(single.orderBy("x"))
        ),
        "frame joined": lambda: spark.range(2).join(function(single.orderBy("x")), how="cross"),
    }


FRAMES = (
    "frame", "frame by a column", "frame by expressions", "frame and a value", "frame by name", "frame beside rows",
    "frame beside rows, deterministic", "frame joined",
)  # fmt: skip
ARROW_FRAMES = {f"arrow {name}": name for name in FRAMES}
NAMES = (*SQL, *FRAMES, *ARROW_SQL, *ARROW_FRAMES)


def told(spark: Any, name: str, _folder: Path) -> dict[str, Any]:
    """Return a call's schema and rows, or the class of its error and of the one the user's process raised."""
    rows = [(1, "a", 2.0), (1, "b", 1.0), (2, "c", 3.0), (None, "d", 0.0), (2, "e", 5.0)]
    spark.createDataFrame(rows, "k INT, v STRING, x DOUBLE").createOrReplaceTempView("t")
    try:
        return _told(spark, name)
    finally:
        spark.catalog.dropTempView("t")


def _told(spark: Any, name: str) -> dict[str, Any]:
    if name in FRAMES:
        return _answer(frames(spark, _function("seen"))[name], spark, name)
    if name in ARROW_FRAMES:
        return _answer(frames(spark, _function("a_seen"))[ARROW_FRAMES[name]], spark, name)
    text = (SQL | ARROW_SQL)[name]
    for called in _functions(text):
        spark.udtf.register(called, _function(called))
    return _answer(lambda: spark.sql(f"SELECT * FROM {text}"), spark, name)


def _functions(text: str) -> list[str]:
    return [word for word in re.findall(r"(\w+)\(", text) if word in {*SAID, *ASKED, *ARROW, *SURE}]


def _function(name: str) -> Any:
    if name in ASKED:
        return F.udtf(ASKED[name]())
    handler, columns = (SAID | ARROW)[SURE.get(name, name)]
    made = (F.arrow_udtf if name.startswith("a_") else F.udtf)(handler, returnType=columns)
    return made.asDeterministic() if name in SURE else made


SURE = {"sure": "seen", "surely_once": "once", "a_sure": "a_seen"}
"""Functions said to be deterministic, by what they are else."""


def _raised(text: str) -> str | None:
    """Return what a user's process raised: all of it has one class, and stands in the text."""
    classes = [found for found in re.findall(r"\[(UDTF_\w+)\]", text) if found != "UDTF_EXEC_ERROR"]
    of_pyspark = re.findall(r"^[\w.]+\.(PySparkTypeError): ", text, re.MULTILINE)
    return next(
        iter([*classes, *of_pyspark, *re.findall(r"^(\w+Error): ", text, re.MULTILINE)]), None
    )


def _answer(make: Callable[[], Any], spark: Any, name: str) -> dict[str, Any]:
    raised: list[str | None] = []

    def collected(_spark: Any, _functions: Any) -> Any:
        try:
            frame = make()
            frame.collect()
        except Exception as error:
            raised.append(_raised(str(error)))
            raise
        return frame

    found = answer(collected, spark, F, name)
    if found.get("error") in ("PythonException", "PYTHON_EXCEPTION"):
        return {"error": "PYTHON_EXCEPTION", "raised": raised}
    return found
