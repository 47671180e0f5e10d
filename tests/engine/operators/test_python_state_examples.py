"""The examples in PySpark's own documentation of its stateful APIs, taken from its docstrings and run as they stand."""

from __future__ import annotations

import doctest
import inspect

import pandas as pd
import pytest
from pyspark.sql import Row
from pyspark.sql.connect.group import GroupedData
from pyspark.sql.pandas.group_ops import PandasGroupedOpsMixin
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupState
from pyspark.sql.streaming.tws_tester import TwsTester

READINGS = [("0", 123), ("0", 23), ("1", 33), ("1", 188), ("1", 88)]
"""The input the documentation shows, ids and temperatures."""


def shown(method, namespace):
    """Run the example in a docstring; return what its last statement makes."""
    found = doctest.DocTestParser().get_examples(inspect.getdoc(method))
    *first, last = found
    for example in first:
        exec(example.source, namespace)
    return eval(last.source.strip(), namespace)


def rows_of(frame, spark):
    query = (
        frame.writeStream.outputMode("update")
        .format("memory")
        .queryName("documented")
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(120)
    return sorted(map(tuple, spark.table("documented").collect()))


@pytest.fixture
def provider(spark):
    """The examples choose a store of Apache Spark's; what comes after them has its own again."""
    yield
    spark.conf.unset("spark.sql.streaming.stateStore.providerClass")


def stream(spark, folder, rows, schema):
    spark.createDataFrame(rows, schema).coalesce(1).write.parquet(f"{folder}/in")
    return spark.readStream.schema(schema).parquet(f"{folder}/in")


def test_apply_in_pandas_with_state(spark, tmp_path):
    # The example names the class of state by its name in other documentation.
    namespace = {
        "spark": spark,
        "df": stream(spark, tmp_path, [("a",), ("a",), ("b",)], "id STRING"),
        "GroupStateImpl": GroupState,
    }
    namespace["df"] = namespace["df"].selectExpr("CAST(ascii(id) AS LONG) AS id")

    made = shown(PandasGroupedOpsMixin.applyInPandasWithState, namespace)

    assert rows_of(made, spark) == [(97, "2"), (98, "1")]


@pytest.mark.parametrize("method", ["transformWithStateInPandas", "transformWithState"])
def test_transform_with_state(spark, tmp_path, provider, method):
    df = stream(spark, tmp_path, READINGS, "value STRING, temperature LONG")

    made = shown(getattr(PandasGroupedOpsMixin, method), {"spark": spark, "df": df})

    assert hasattr(GroupedData, method)
    # The example with Rows gives the whole key, a tuple, for the id.
    assert [(key.strip("(',)"), count) for key, count in rows_of(made, spark)] == [
        ("0", 2),
        ("1", 3),
    ]


class Counting(StatefulProcessor):
    """Written for a stream; nothing in it knows the tester."""

    def init(self, handle):
        self.handle = handle
        self.count = handle.getValueState("count", "n LONG")

    def handleInputRows(self, key, rows, timerValues):
        total = (self.count.get() or (0,))[0] + sum(1 for _ in rows)
        self.count.update((total,))
        self.handle.registerTimer(timerValues.getCurrentProcessingTimeInMs() + 1000)
        yield Row(key=key[0], n=total)

    def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
        yield Row(key=key[0], n=-1)

    def close(self): ...


def test_pysparks_tester_and_the_stream_agree_on_a_processor(spark, tmp_path):
    tester = TwsTester(Counting(), timeMode="ProcessingTime")
    tested = [
        tuple(row)
        for key in "ab"
        for row in tester.test(key, [Row(v=1)] * (2 if key == "a" else 1))
    ]

    frame = stream(spark, tmp_path, [("a", 1), ("a", 1), ("b", 1)], "key STRING, v LONG")
    streamed = rows_of(
        frame.groupBy("key").transformWithState(
            Counting(), "key STRING, n LONG", "update", "ProcessingTime"
        ),
        spark,
    )

    assert tested == streamed == [("a", 2), ("b", 1)]
    assert tester.peekValueState("count", "a") == (2,)
    assert [tuple(row) for row in tester.setProcessingTime(10_000)] == [("a", -1), ("b", -1)]


def test_a_frame_of_the_processor_is_the_users_to_change(spark, tmp_path):
    class Changing(StatefulProcessor):
        def init(self, handle): ...

        def handleInputRows(self, key, rows, timerValues):
            for frame in rows:
                frame["v"] += 1
                frame.loc[0, "v"] = 100
                yield pd.DataFrame({"key": frame["key"], "v": frame["v"]})

        def close(self): ...

    frame = stream(spark, tmp_path, [("a", 1), ("a", 1), ("b", 1)], "key STRING, v LONG")
    made = frame.groupBy("key").transformWithStateInPandas(
        Changing(), "key STRING, v LONG", "update", "None"
    )

    assert rows_of(made, spark) == [("a", 2), ("a", 100), ("b", 100)]
