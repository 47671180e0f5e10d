"""State variables and timers through ``format("statestore")``, and stateful Python whose state changes its number of partitions.

The columns are those of Spark 4.2's ``SchemaUtil.getSourceSchema``.
"""

from __future__ import annotations

import pandas as pd
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import Row
from pyspark.sql.streaming import StatefulProcessor
from pyspark.sql.streaming.state import GroupStateTimeout

SCHEMA = "k STRING, v BIGINT"
FAR = 4_000_000_000_000


class Keeping(StatefulProcessor):
    """Keeps a sum, the values and how often each came, and sets an alarm that never rings."""

    def init(self, handle):
        self.handle = handle
        self.total = handle.getValueState("total", "n BIGINT")
        self.seen = handle.getListState("seen", "v BIGINT")
        self.times = handle.getMapState("times", "v BIGINT", "n INT")
        self.short = handle.getValueState("short", "n BIGINT", 1_000_000_000)

    def handleInputRows(self, key, rows, timerValues):
        for row in rows:
            self.total.update(((self.total.get() or (0,))[0] + row.v,))
            self.seen.appendValue((row.v,))
            self.times.updateValue((row.v,), ((self.times.getValue((row.v,)) or (0,))[0] + 1,))
        self.short.update((7,))
        self.handle.registerTimer(FAR)
        yield Row(k=key[0], n=self.total.get()[0])


def counting(key, frames, state):
    total = (state.get[0] if state.exists else 0) + sum(len(frame) for frame in frames)
    state.update((total,))
    yield pd.DataFrame({"k": [key[0]], "n": [total]})


@pytest.fixture
def run(tmp_path):
    """Run a query over one more batch of rows, to its end."""
    (tmp_path / "in").mkdir()

    def batch(query, rows, **options):
        number = len(list((tmp_path / "in").iterdir()))
        frame = pd.DataFrame(rows, columns=["k", "v"])
        frame.to_json(tmp_path / "in" / f"{number}.json", orient="records", lines=True)
        writer = query.writeStream.outputMode("update").format("noop").options(**options)
        writer = writer.option("checkpointLocation", str(tmp_path / "checkpoint"))
        assert writer.trigger(availableNow=True).start().awaitTermination(60)

    return batch


@pytest.fixture
def source(spark, tmp_path):
    return spark.readStream.schema(SCHEMA).json(str(tmp_path / "in"))


def read(spark, tmp_path, **options):
    frame = spark.read.format("statestore").options(**options).load(str(tmp_path / "checkpoint"))
    rows = sorted(str(tuple(row)) for row in frame.drop("partition_id").collect())
    return frame.schema.simpleString().removesuffix(",partition_id:int>").removeprefix(
        "struct<"
    ), rows


KEY = "key:struct<k:string>"


def test_each_kind_of_variable_has_its_columns(spark, source, run, tmp_path):
    query = source.groupBy("k").transformWithState(
        Keeping(), "k STRING, n BIGINT", "update", "ProcessingTime"
    )
    run(query, [("a", 5), ("a", 5), ("b", 1)])
    a, b = "Row(k='a')", "Row(k='b')"
    assert read(spark, tmp_path, stateVarName="total") == (
        f"{KEY},value:struct<n:bigint>",
        [f"({a}, Row(n=10))", f"({b}, Row(n=1))"],
    )
    assert read(spark, tmp_path, stateVarName="seen") == (
        f"{KEY},list_element:struct<v:bigint>",
        [f"({a}, Row(v=5))", f"({a}, Row(v=5))", f"({b}, Row(v=1))"],
    )
    assert read(spark, tmp_path, stateVarName="seen", flattenCollectionTypes="false") == (
        f"{KEY},list_value:array<struct<v:bigint>>",
        [f"({a}, [Row(v=5), Row(v=5)])", f"({b}, [Row(v=1)])"],
    )
    assert read(spark, tmp_path, stateVarName="times") == (
        f"{KEY},user_map_key:struct<v:bigint>,user_map_value:struct<n:int>",
        [f"({a}, Row(v=5), Row(n=2))", f"({b}, Row(v=1), Row(n=1))"],
    )
    schema, rows = read(spark, tmp_path, stateVarName="times", flattenCollectionTypes="false")
    assert schema == f"{KEY},map_value:map<struct<v:bigint>,struct<n:int>>" and len(rows) == 2
    assert read(spark, tmp_path, readRegisteredTimers="true") == (
        f"{KEY},expiration_timestamp_ms:bigint",
        [f"({a}, {FAR})", f"({b}, {FAR})"],
    )
    schema, rows = read(spark, tmp_path, stateVarName="short")
    assert schema == f"{KEY},value:struct<value:struct<n:bigint>,ttlExpirationMs:bigint>"
    assert [row.split(", ttl")[0] for row in rows] == [
        f"({key}, Row(value=Row(n=7)" for key in (a, b)
    ]


def test_a_variable_must_be_one_of_the_processors(spark, source, run, tmp_path):
    query = source.groupBy("k").transformWithState(
        Keeping(), "k STRING, n BIGINT", "update", "ProcessingTime"
    )
    run(query, [("a", 5)])
    for options, condition in (
        ({}, "STDS_REQUIRED_OPTION_UNSPECIFIED"),
        ({"stateVarName": "nope"}, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE"),
    ):
        with pytest.raises(PySparkException) as caught:
            read(spark, tmp_path, **options)
        assert caught.value.getCondition() == condition


def test_a_group_function_keeps_its_tuple_and_its_timeout(spark, source, run, tmp_path):
    query = source.groupBy("k").applyInPandasWithState(
        counting, "k STRING, n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout)  # fmt: skip
    run(query, [("a", 1), ("b", 1), ("a", 2)])
    schema, rows = read(spark, tmp_path)
    assert schema == f"{KEY},value:struct<groupState:struct<n:bigint>,timeoutTimestamp:bigint>"
    assert [row.split(", timeout")[0] for row in rows] == [
        "(Row(k='a'), Row(groupState=Row(n=2)",
        "(Row(k='b'), Row(groupState=Row(n=1)",
    ]


KINDS = {
    "group": lambda frame: frame.groupBy("k").applyInPandasWithState(
        counting, "k STRING, n LONG", "n LONG", "update", GroupStateTimeout.NoTimeout),
    "processor": lambda frame: frame.groupBy("k").transformWithState(
        Keeping(), "k STRING, n BIGINT", "update", "ProcessingTime"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("provider", ["columnar", "rocksdb"])
def test_no_key_is_lost_or_doubled_when_the_partitions_change(
    spark, source, run, tmp_path, kind, provider
):
    import workbench as wb

    spark.conf.set("spark.sql.streaming.stateStore.providerClass", provider)
    try:
        query = KINDS[kind](source)
        rows = [(f"k{i}", 1) for i in range(40)]
        for partitions in ("3", "1", "4"):
            run(query, rows, statePartitions=partitions)
        alive = query.writeStream.outputMode("update").format("noop")
        alive = alive.option("checkpointLocation", str(tmp_path / "checkpoint")).start()
        try:
            wb.tune(alive, state_partitions=2)
            pd.DataFrame(rows, columns=["k", "v"]).to_json(
                tmp_path / "in" / "last.json", orient="records", lines=True
            )
            alive.processAllAvailable()
        finally:
            alive.stop()
    finally:
        spark.conf.unset("spark.sql.streaming.stateStore.providerClass")
    options = {} if kind == "group" else {"stateVarName": "total"}
    _, found = read(spark, tmp_path, **options)
    assert len(found) == len(set(found)) == 40
    assert all("n=4)" in row for row in found)
    partitions = spark.read.format("state-metadata").load(str(tmp_path / "checkpoint")).collect()
    assert {row.numPartitions for row in partitions} == {2}


def test_a_number_of_partitions_is_above_zero(source, run):
    with pytest.raises(PySparkException) as caught:
        run(source.groupBy("k").count(), [("a", 1)], statePartitions="0")
    assert caught.value.getCondition() == "WORKBENCH_INVALID_OPTION"
