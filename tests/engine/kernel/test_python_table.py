"""Table functions that say their columns themselves, what they do wrong, and tables of streams as their arguments."""

from __future__ import annotations

from datetime import datetime

import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql import functions as F  # noqa: N812
from pyspark.sql.types import ArrayType, IntegerType, MapType, StringType, StructType
from pyspark.sql.udtf import AnalyzeArgument, AnalyzeResult


class Words:
    """Gives the parts of a text, a column each; how many is known from a constant."""

    def __init__(self, answer):
        self.width = len(answer.schema)

    @staticmethod
    def analyze(text: AnalyzeArgument, parts: AnalyzeArgument) -> AnalyzeResult:
        assert not text.isTable
        columns = StructType()
        for number in range(parts.value):
            columns = columns.add(f"w{number}", StringType())
        return AnalyzeResult(columns)

    def eval(self, text, parts):
        found = text.split(" ")
        yield [*found, *[None] * self.width][: self.width]


def test_columns_depend_on_a_constant(spark):
    assert F.udtf(Words)(F.lit("a b"), F.lit(1) + F.lit(2)).collect() == [
        Row(w0="a", w1="b", w2=None)
    ]


def test_arguments_by_name_in_python_and_in_sql(spark):
    words = F.udtf(Words)
    spark.udtf.register("words_of", words)
    expected = [Row(w0="a", w1="b")]
    assert words(parts=F.lit(2), text=F.lit("a b")).collect() == expected
    assert spark.sql("SELECT * FROM words_of(parts => 2, text => 'a b')").collect() == expected


TOLD = []


class Times:
    """Gives a row so many times, and keeps what it was told of its arguments."""

    @staticmethod
    def analyze(x, times):
        TOLD.append((x.value, x.isConstantExpression, times.value))
        return AnalyzeResult(StructType().add("y", x.dataType))

    def eval(self, x, times):
        for _ in range(times):
            yield (x,)


def test_beside_a_table_the_column_has_no_value_and_the_constant_has(spark):
    TOLD.clear()
    rows = spark.range(2).lateralJoin(F.udtf(Times)(F.col("id").outer(), F.lit(2)))
    assert sorted(rows.collect()) == [Row(id=0, y=0)] * 2 + [Row(id=1, y=1)] * 2
    assert set(TOLD) == {(None, False, 2)}


def test_values_come_and_go_as_pyspark_s_rows_hold_them(spark):
    class Same:
        def eval(self, moment, pair):
            yield moment, pair.x

    same = F.udtf(Same, returnType="moment timestamp, x int")
    moment = datetime(2024, 1, 2, 3, 4, 5)
    assert same(F.lit(moment), F.struct(F.lit(1).alias("x"))).collect() == [Row(moment=moment, x=1)]


def not_a_result(x):
    return StructType()


def by_partition(x):
    return AnalyzeResult(StructType().add("y", IntegerType()), withSinglePartition=True)


def raising(x):
    raise ValueError("no columns today")


@pytest.mark.parametrize(
    ("analyze", "said"),
    [
        (not_a_result, "must return an AnalyzeResult, not StructType"),
        (by_partition, "withSinglePartition, which needs a table"),
        (raising, "no columns today"),
        (lambda: None, "takes 0 positional arguments but 1 was given"),
    ],
)
def test_what_analyze_does_wrong_is_told(spark, analyze, said):
    made = type("Odd", (), {"analyze": staticmethod(analyze), "eval": lambda self, x: [(x,)]})
    with pytest.raises(PySparkException, match=said) as caught:
        F.udtf(made)(F.lit(1)).collect()
    assert caught.value.getCondition() == "TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (1, "UDTF_RETURN_NOT_ITERABLE"),
        ([1], "UDTF_INVALID_OUTPUT_ROW_TYPE"),
        ([(1,)], "UDTF_RETURN_SCHEMA_MISMATCH"),
    ],
)
def test_rows_of_another_shape_are_told(spark, answer, said):
    class Odd:
        def eval(self):
            return answer

    with pytest.raises(PySparkException, match=said):
        F.udtf(Odd, returnType="x int, y int")().collect()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (IntegerType(), None),
        (ArrayType(IntegerType(), containsNull=False), [1, None]),
        (MapType(StringType(), IntegerType(), valueContainsNull=False), {"a": 1, "b": None}),
        (StructType().add("a", ArrayType(IntegerType(), containsNull=False)), ([1, None],)),
    ],
)
def test_null_where_a_type_has_none_is_refused(spark, kind, value):
    class Odd:
        def eval(self):
            yield (1, value)

    columns = StructType().add("n", IntegerType()).add("x", kind, nullable=False)
    with pytest.raises(
        PySparkException,
        match=r"UDTF_EXEC_ERROR.*Column 1|UDTF_ARROW_DATA_CONVERSION_ERROR.*of column 'x'",
    ):
        F.udtf(Odd, returnType=columns)().collect()


MET = []


class Adding:
    """Gives the sum of its rows; cleaned up, it says what it was."""

    def __init__(self):
        self.total = 0

    def eval(self, row):
        self.total += row.id

    def terminate(self):
        return [(self.total,)]

    def cleanup(self):
        MET.append(self.total)


def test_one_object_sees_all_rows_and_is_cleaned_up_at_the_end(spark):
    MET.clear()
    total = F.udtf(Adding, returnType="total long")
    assert total(spark.range(5).asTable().withSinglePartition()).collect() == [Row(total=10)]
    assert MET == [10]


class Last:
    """Gives the value it saw last, and how many it saw."""

    def __init__(self):
        self.count = 0

    def eval(self, row):
        self.count, self.last = self.count + 1, row.value

    def terminate(self):
        yield self.last, self.count


LAST = "last long, count long"


def started(frame, folder, mode="append"):
    writer = frame.writeStream.format("memory").queryName("of_a_table").outputMode(mode)
    return writer.trigger(availableNow=True).option("checkpointLocation", str(folder)).start()


def test_the_table_of_a_stream_is_that_of_each_batch(spark, tmp_path):
    (tmp_path / "in").mkdir()
    for number in range(2):
        (tmp_path / "in" / f"{number}.json").write_text(f'{{"value": {number}}}\n' * 3)
    rows = spark.readStream.schema("value long").option("maxFilesPerTrigger", 1)
    table = rows.json(str(tmp_path / "in")).asTable()
    last = F.udtf(Last, returnType=LAST)
    started(last(table.withSinglePartition()), tmp_path / "c").awaitTermination(60)
    assert sorted(spark.table("of_a_table").collect()) == [(0, 3), (1, 3)]


def test_partitions_of_a_stream_would_be_sorted_which_spark_refuses(spark, tmp_path):
    table = spark.readStream.format("rate").load().asTable().partitionBy("value")
    with pytest.raises(PySparkException) as caught:
        started(F.udtf(Last, returnType=LAST)(table), tmp_path)
    assert caught.value.getCondition() == "STREAMING_UNSUPPORTED.SORT"
