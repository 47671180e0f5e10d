"""Table functions of whole Arrow columns: PySpark's own examples, streams as their tables, pieces, and what goes wrong."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.functions import arrow_udtf, lit


@arrow_udtf(returnType="x int, y int")
class OfBatches:
    def eval(self, batch: pa.RecordBatch):
        yield pa.table({"x": batch.column("x"), "y": batch.column("y")})


@arrow_udtf(returnType="x int, y int")
class OfArrays:
    def eval(self, x: pa.Array, y: pa.Array):
        yield pa.table({"x": x, "y": y})


def test_the_examples_of_pyspark_run_as_they_stand(spark):
    rows = spark.range(10).selectExpr("id as x", "id as y")
    assert OfBatches(rows.asTable()).collect() == [Row(x=n, y=n) for n in range(10)]
    assert OfArrays(lit(1), lit(2)).collect() == [Row(x=1, y=2)]


class Total:
    """Adds up the values of its partition."""

    def __init__(self):
        self.total, self.calls = 0, 0

    def eval(self, rows):
        self.total, self.calls = self.total + pc.sum(rows["value"]).as_py(), self.calls + 1

    def terminate(self):
        yield pa.table({"total": [self.total], "calls": [self.calls]})


TOTAL = "total long, calls long"


def test_a_partition_of_many_rows_comes_in_several_batches(spark):
    rows = spark.sql("SELECT id AS value, id < 15000 AS early FROM range(20000)").asTable()
    total = F.arrow_udtf(Total, returnType=TOTAL)
    expected = [(sum(range(15000)), 2), (sum(range(15000, 20000)), 1)]
    assert sorted(total(rows.partitionBy("early")).collect()) == sorted(expected)


def test_the_table_of_a_stream_is_that_of_each_batch(spark, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(2):
        (tmp_path / "in" / f"{number}.json").write_text(f'{{"value": {number + 1}}}\n' * 3)
    rows = spark.readStream.schema("value long").option("maxFilesPerTrigger", 1)
    spark.udtf.register("total_of", F.arrow_udtf(Total, returnType=TOTAL))
    rows.json(str(tmp_path / "in")).createOrReplaceTempView("values_read")
    totals = spark.sql("SELECT total FROM total_of(TABLE(values_read) WITH SINGLE PARTITION)")
    writer = totals.writeStream.format("memory").queryName("arrow_totals")
    writer = writer.option("checkpointLocation", str(tmp_path / "c")).trigger(availableNow=True)
    assert writer.start().awaitTermination(60)
    assert sorted(spark.table("arrow_totals").collect()) == [(3,), (6,)]


def test_times_are_in_the_session_s_zone(spark):
    @arrow_udtf(returnType="hour long")
    class Hour:
        def eval(self, moment):
            yield pa.table({"hour": pc.hour(moment)})

    spark.conf.set("spark.sql.session.timeZone", "America/Los_Angeles")
    try:
        assert Hour(F.expr("TIMESTAMP'2024-01-02 03:04:05'")).collect() == [Row(hour=3)]
    finally:
        spark.conf.unset("spark.sql.session.timeZone")


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("eval", lambda: 1 / 0),
        ("eval", lambda: iter([1 / 0])),
        ("terminate", lambda: 1 / 0),
    ],
)
def test_what_a_method_raises_has_the_user_s_own_line(spark, method, given):
    odd = type("Odd", (), {"eval": lambda self, x: None, method: lambda self, *x: given()})
    with pytest.raises(PySparkException, match="ZeroDivisionError") as caught:
        F.arrow_udtf(odd, returnType="y long")(lit(1)).collect()
    assert f'File "{__file__}"' in str(caught.value)
    assert "workbench/engine" not in str(caught.value)


def test_null_where_a_column_has_none_is_refused(spark):
    class Odd:
        def eval(self, x):
            yield pa.table({"y": pa.nulls(1, pa.int64())})

    with pytest.raises(PySparkException, match=r"UDTF_EXEC_ERROR.*Column 0"):
        F.arrow_udtf(Odd, returnType="y long not null")(lit(1)).collect()


def test_values_that_do_not_fit_name_their_column_and_both_types(spark):
    class Odd:
        def eval(self, x):
            yield pa.table({"y": ["a word"]})

    with pytest.raises(PySparkException, match=r"column 'y'.*Expected: int64, got: string"):
        F.arrow_udtf(Odd, returnType="y long")(lit(1)).collect()
