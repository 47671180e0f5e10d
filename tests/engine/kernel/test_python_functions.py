"""A user's functions over columns, batches and groups: what they are given, what becomes of their answers."""

from __future__ import annotations

import datetime as dt
import decimal
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Window
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.functions import arrow_udf, pandas_udf, udf
from pyspark.sql.types import DoubleType, LongType

NOON = "timestamp'2024-01-01 12:00:00'"


@pytest.fixture
def new_york(spark):
    """The session in New York's time."""
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    yield spark
    spark.conf.set("spark.sql.session.timeZone", "UTC")


@pytest.fixture
def values(spark):
    return spark.createDataFrame([(1, 1.0), (1, 2.0), (2, 5.0), (2, None)], "k int, v double")


def saying(column: pd.Series) -> pd.Series:
    return column.map(lambda value: f"{type(value).__name__} {value}")


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (NOON, "Timestamp 2024-01-01 12:00:00"),
        ("timestamp_ntz'2024-01-01 12:00:00'", "Timestamp 2024-01-01 12:00:00"),
        ("date'2024-01-02'", "date 2024-01-02"),
        ("1.50BD", "Decimal 1.50"),
        ("array(1, 2)", "ndarray [1 2]"),
        (f"map('k', {NOON})", "dict {'k': Timestamp('2024-01-01 12:00:00')}"),
        (f"array(named_struct('t', {NOON}))", "ndarray [{'t': Timestamp('2024-01-01 12:00:00')}]"),
    ],
)
def test_values_are_what_pyspark_gives(new_york, value, said):
    frame = new_york.sql(f"SELECT {value} AS c")

    assert frame.select(pandas_udf(saying, "string")("c")).head()[0] == said


def test_a_naive_timestamp_returned_is_in_the_sessions_zone(new_york):
    later = pandas_udf(lambda ts: ts + pd.Timedelta(hours=1), "timestamp")

    frame = new_york.sql(f"SELECT {NOON} AS ts").select(later("ts").cast("string"))

    assert frame.head()[0] == "2024-01-01 13:00:00"


def test_a_struct_is_a_frame_by_itself(new_york):
    def moved(frame: pd.DataFrame) -> pd.DataFrame:
        return frame.assign(ts=frame.ts + pd.Timedelta(days=1))

    frame = new_york.sql(f"SELECT named_struct('ts', {NOON}, 'n', 1) AS s")
    made = frame.select(pandas_udf(moved, "ts timestamp, n int")("s").alias("m")).selectExpr(
        "cast(m.ts as string)", "m.n"
    )

    assert tuple(made.head()) == ("2024-01-02 12:00:00", 1)


def test_frames_keep_every_type_there_and_back(new_york):
    query = f"""SELECT 1 AS i, {NOON} AS ts, date'2024-01-02' AS d, 1.50BD AS m, named_struct('a', 1) AS s, array(1) AS l,
                map('k', {NOON}) AS mp UNION ALL SELECT NULL, NULL, NULL, NULL, NULL, NULL, NULL"""
    frame = new_york.sql(query)

    for made in (
        frame.mapInPandas(lambda frames: frames, frame.schema),
        frame.groupBy("i").applyInPandas(lambda group: group, frame.schema),
    ):
        assert sorted(made.collect(), key=str) == sorted(frame.collect(), key=str)
        assert made.where("i = 1").head().d == dt.date(2024, 1, 2)
        assert made.where("i = 1").head().m == decimal.Decimal("1.50")


def test_integers_are_floats_only_in_groups_with_nulls(spark):
    frame = spark.sql("SELECT * FROM VALUES (1, 10), (2, NULL) AS t(k, n)")

    made = frame.groupBy("k").applyInPandas(
        lambda g: pd.DataFrame({"k": g.k, "t": str(g.n.dtype)}), "k int, t string"
    )

    assert dict(map(tuple, made.collect())) == {1: "int32", 2: "float64"}


# ------------------------------------------------------------------ calls


def test_a_function_without_arguments_runs_once_a_row(spark):
    counter = iter(range(100))
    made = spark.range(4).select(udf(lambda: next(counter), "int").asNondeterministic()())

    assert sorted(row[0] for row in made.collect()) == [0, 1, 2, 3]


def test_a_function_of_constants_runs_for_each_row(spark):
    add = udf(lambda a, b: a + b, "int")

    assert [row[0] for row in spark.range(3).select(add(F.lit(1), F.lit(2))).collect()] == [3, 3, 3]


def test_arguments_by_name(spark):
    minus = udf(lambda a, b: a - b, "long")

    assert spark.range(1).select(minus(b=F.lit(1), a=F.lit(10))).head()[0] == 9
    assert spark.range(1).select(minus(F.lit(10), b=F.lit(4))).head()[0] == 6


def test_use_arrow(spark):
    assert [
        row[0]
        for row in spark.range(2)
        .select(udf(lambda x: x + 1, "long", useArrow=True)("id"))
        .collect()
    ] == [1, 2]


# ------------------------------------------------------------------ aggregates


@pandas_udf(DoubleType())
def mean(v: pd.Series) -> float:
    return v.mean()


@pandas_udf(DoubleType())
def total(parts: Iterator[pd.Series]) -> float:
    return sum(part.sum() for part in parts)


@arrow_udf(LongType())
def size(v: pa.Array) -> int:
    return len(v)


@arrow_udf(DoubleType())
def arrow_total(parts: Iterator[pa.Array]) -> float:
    return sum(pc.sum(part).as_py() or 0 for part in parts)


@pandas_udf(DoubleType())
def weighted(v: pd.Series, w: pd.Series) -> float:
    return float((v * w).sum())


def test_grouped_aggregates_beside_built_in_ones(values):
    made = values.groupBy("k").agg(
        mean("v"), total("v"), size("v"), arrow_total("v"), weighted("v", "k"), F.sum("v")
    )

    assert sorted(map(tuple, made.collect())) == [
        (1, 1.5, 3.0, 2, 3.0, 3.0, 3.0),
        (2, 5.0, 5.0, 2, 5.0, 10.0, 5.0),
    ]


def test_an_aggregate_without_groups_and_inside_an_expression(values):
    assert values.agg((mean("v") * 3).alias("m")).head().m == 8.0


def test_an_aggregate_by_name_in_sql(spark, values):
    values.createOrReplaceTempView("vs")
    spark.udf.register("mean_of", mean)

    made = spark.sql("SELECT k, mean_of(v) FROM vs GROUP BY k HAVING mean_of(v) > 2")

    assert list(map(tuple, made.collect())) == [(2, 5.0)]


def test_an_aggregate_pivoted(values):
    made = values.groupBy().pivot("k").agg(mean("v"))

    assert tuple(made.head()) == (1.5, 5.0)


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (Window.partitionBy("k"), [1.5, 1.5, 5.0, 5.0]),
        (Window.partitionBy("k").orderBy("v"), [1.0, 1.5, None, 5.0]),
        (Window.partitionBy("k").orderBy("v").rowsBetween(0, 1), [1.5, 2.0, 5.0, 5.0]),
    ],
)
def test_an_aggregate_over_a_window(values, window, expected):
    made = values.withColumn("m", mean("v").over(window)).orderBy("k", "v")

    assert [row.m for row in made.collect()] == expected


def test_an_arrow_aggregate_over_a_window(values):
    made = values.withColumn("n", size("v").over(Window.partitionBy("k")))

    assert [row.n for row in made.collect()] == [2, 2, 2, 2]


def test_an_aggregate_sees_timestamps_of_the_session(new_york):
    @pandas_udf("string")
    def newest(ts: pd.Series) -> str:
        return str(ts.max())

    assert new_york.sql(f"SELECT {NOON} AS ts").agg(newest("ts")).head()[0] == "2024-01-01 12:00:00"


# ------------------------------------------------------------------ mistakes


def broken(v: pd.Series) -> float:
    return 1 / 0


def renamed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.rename(columns={"v": "w"})


@pytest.mark.parametrize(
    ("make", "condition"),
    [
        (lambda d: d.groupBy("k").applyInPandas(renamed, d.schema), "RESULT_COLUMN_NAMES_MISMATCH.* Missing: v. Unexpected: w"),
        (lambda d: d.mapInPandas(lambda frames: map(renamed, frames), d.schema), "RESULT_COLUMN_NAMES_MISMATCH"),
        (lambda d: d.groupBy("k").applyInPandas(lambda _: pd.DataFrame([[1]]), d.schema), "RESULT_COLUMN_SCHEMA_MISMATCH"),
        (lambda d: d.groupBy("k").applyInPandas(lambda _: 1, d.schema), "UDF_RETURN_TYPE"),
        (lambda d: d.groupBy("k").applyInPandas(lambda g: g.assign(v="x"), d.schema), "'v' with type 'object'"),
        (lambda d: d.groupBy("k").applyInArrow(lambda g: g, "k long, v double"), "RESULT_COLUMN_TYPES_MISMATCH.*'k'"),
        (lambda d: d.groupBy("k").applyInArrow(lambda g: g.select(["k"]), d.schema), "RESULT_COLUMN_NAMES_MISMATCH"),
        (lambda d: d.select(pandas_udf(lambda v: v.head(1), "double")("v")), "RESULT_ROWS_MISMATCH"),
        (lambda d: d.select(pandas_udf(lambda v: 1.0, "double")("v")), "UDF_RETURN_TYPE"),
        (lambda d: d.groupBy("k").agg(pandas_udf(broken, "double")("v")), "ZeroDivisionError"),
    ],
)  # fmt: skip
def test_a_wrong_answer_is_named(values, make, condition):
    with pytest.raises(PySparkException, match=f"(?s){condition}"):
        make(values).collect()


def test_a_function_that_raises_stop_iteration_fails_by_name(spark):
    def ends(value):
        if value == 2:
            raise StopIteration
        return value

    with pytest.raises(PySparkException, match="STOP_ITERATION_OCCURRED"):
        spark.range(4).select(F.udf(ends, "long")("id")).collect()
