"""What PySpark's own documentation shows for each kind of function, called as it shows it."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.sql import Row
from pyspark.sql.functions import lit, pandas_udf, udf, udtf
from pyspark.sql.types import LongType


@pytest.fixture
def values(spark):
    return spark.createDataFrame([(1, 1.0), (1, 2.0), (2, 3.0), (2, 5.0), (2, 10.0)], ("id", "v"))


def rows(frame):
    return sorted(tuple(row) for row in frame.collect())


def test_udf_by_decorator_with_a_type_and_by_name_in_sql(spark):
    @udf(returnType="string")
    def upper(text):
        return None if text is None else text.upper()

    spark.udf.register("upper_of", upper)
    frame = spark.createDataFrame([("John",), (None,)], "name string")

    assert [row[0] for row in frame.select(upper("name")).collect()] == ["JOHN", None]
    assert spark.sql("SELECT upper_of('a')").head()[0] == "A"


def test_pandas_udf_over_several_series(spark):
    @pandas_udf("long")
    def multiply(a: pd.Series, b: pd.Series) -> pd.Series:
        return a * b

    frame = spark.createDataFrame(pd.DataFrame({"x": [1, 2, 3]}))

    assert rows(frame.select(multiply("x", "x"))) == [(1,), (4,), (9,)]


def test_pandas_udf_over_an_iterator_of_several_series(spark):
    @pandas_udf(LongType())
    def multiply(batches: Iterator[tuple[pd.Series, pd.Series]]) -> Iterator[pd.Series]:
        for a, b in batches:
            yield a * b

    assert rows(spark.range(3).select(multiply("id", "id"))) == [(0,), (1,), (4,)]


def test_map_in_pandas_keeps_some_rows(values):
    def of_one(frames):
        for frame in frames:
            yield frame[frame.id == 1]

    assert rows(values.mapInPandas(of_one, values.schema)) == [(1, 1.0), (1, 2.0)]


def test_map_in_arrow_keeps_some_rows(values):
    def of_one(batches):
        for batch in batches:
            yield batch.filter(pc.field("id") == 1)

    assert rows(values.mapInArrow(of_one, values.schema)) == [(1, 1.0), (1, 2.0)]


def test_apply_in_pandas_with_and_without_the_key(values):
    def subtract_mean(group):
        return group.assign(v=group.v - group.v.mean())

    def mean(key, group):
        return pd.DataFrame([(*key, group.v.mean())])

    assert rows(values.groupBy("id").applyInPandas(subtract_mean, "id long, v double"))[:2] == [
        (1, -0.5),
        (1, 0.5),
    ]
    assert rows(values.groupBy("id").applyInPandas(mean, "id long, v double")) == [
        (1, 1.5),
        (2, 6.0),
    ]


def test_apply_in_pandas_over_a_computed_key(values):
    def total(key, group):
        return pd.DataFrame([(*key, group.v.sum())])

    assert rows(values.groupBy(values.id % 2).applyInPandas(total, "k long, v double")) == [
        (0, 18.0),
        (1, 3.0),
    ]


def test_apply_in_arrow_with_the_key(values):
    def mean(key, table):
        return pa.Table.from_pydict({"id": [key[0].as_py()], "v": [pc.mean(table["v"]).as_py()]})

    assert rows(values.groupBy("id").applyInArrow(mean, "id long, v double")) == [
        (1, 1.5),
        (2, 6.0),
    ]


def test_cogroup_joins_as_of(spark):
    left = spark.createDataFrame(
        [(20000101, 1, 1.0), (20000102, 1, 3.0), (20000101, 2, 2.0)], ("time", "id", "v1")
    )
    right = spark.createDataFrame([(20000101, 1, "x"), (20000101, 2, "y")], ("time", "id", "v2"))

    def as_of(a, b):
        return pd.merge_asof(a, b, on="time", by="id")

    made = (
        left.groupBy("id")
        .cogroup(right.groupBy("id"))
        .applyInPandas(as_of, "time long, id long, v1 double, v2 string")
    )

    assert rows(made) == [(20000101, 1, 1.0, "x"), (20000101, 2, 2.0, "y"), (20000102, 1, 3.0, "x")]


def test_udtf_yields_rows(spark):
    @udtf(returnType="num int, squared int")
    class Squares:
        def eval(self, start: int, end: int):
            for number in range(start, end + 1):
                yield number, number * number

    assert Squares(lit(1), lit(3)).collect() == [
        Row(num=1, squared=1),
        Row(num=2, squared=4),
        Row(num=3, squared=9),
    ]


def test_a_function_sees_the_variables_around_it(spark):
    step = 10

    assert rows(spark.range(2).select(udf(lambda x: x + step, "long")("id"))) == [(10,), (11,)]
