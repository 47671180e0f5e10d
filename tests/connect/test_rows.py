"""Rows in and out, through PySpark's client."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyspark.sql import Row
from pyspark.sql import types as t


def test_a_range_is_collected(spark):
    assert spark.range(5).collect() == [Row(id=n) for n in range(5)]
    assert spark.range(5).schema == t.StructType(
        [t.StructField("id", t.LongType(), nullable=False)]
    )


def test_rows_pandas_and_arrow_come_back_as_they_went(spark):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None]})
    assert spark.createDataFrame([(1, "x"), (2, None)], "a long, b string").collect() == [
        Row(a=1, b="x"),
        Row(a=2, b=None),
    ]
    pd.testing.assert_frame_equal(spark.createDataFrame(frame).toPandas(), frame)
    table = pa.table({"a": [1, 2], "b": ["x", None]})
    assert spark.createDataFrame(table).toArrow().to_pydict() == table.to_pydict()


def test_every_type_comes_back(spark):
    row = {
        "flag": True,
        "small": 7,
        "ratio": 0.5,
        "price": Decimal("12.30"),
        "text": "é",
        "raw": bytearray(b"\x00\x01"),
        "day": dt.date(2013, 1, 2),
        "local": dt.datetime(2013, 1, 2, 3, 4, 5, 6),
        "span": dt.timedelta(days=1, microseconds=2),
        "many": [1, None],
        "pairs": {"k": 1},
        "inner": Row(x=1, y="z"),
    }
    ddl = (
        "flag boolean, small tinyint, ratio double, price decimal(10,2), text string, raw binary, day date, "
        "local timestamp_ntz, span interval day to second, many array<int>, pairs map<string,int>, "
        "inner struct<x:int,y:string>"
    )
    (back,) = spark.createDataFrame([tuple(row.values())], ddl).collect()
    assert back.asDict() == row


def test_an_instant_is_shown_in_the_sessions_time_zone(spark):
    instant = dt.datetime(2013, 1, 1, 12, tzinfo=dt.UTC)
    before = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        frame = spark.createDataFrame([(instant,)], "at timestamp")
        shown = frame.toPandas()["at"][0]
        table = frame.toArrow()
    finally:
        spark.conf.set("spark.sql.session.timeZone", before)
    assert shown == pd.Timestamp("2013-01-01 07:00")
    assert table.column("at")[0].as_py() == instant


def test_no_rows_keep_their_schema(spark):
    empty = spark.createDataFrame([], "a int, b array<string>")
    assert empty.collect() == []
    assert empty.toArrow().schema.names == ["a", "b"]
    assert list(empty.toPandas().columns) == ["a", "b"]


def test_rows_of_no_columns_are_still_counted(spark):
    assert spark.range(3).select().collect() == [Row(), Row(), Row()]
    assert not spark.range(3).isEmpty()
    assert spark.range(0).isEmpty()


def test_two_columns_of_one_name_come_back_in_order(spark):
    both = spark.range(2).selectExpr("id as a", "id + 10 as a")
    assert [tuple(row) for row in both.collect()] == [(0, 10), (1, 11)]


def test_a_frame_larger_than_the_cache_limit_is_sent_in_chunks_once(spark):
    numbers = pd.DataFrame({"n": np.arange(300_000)})
    assert numbers.memory_usage().sum() > 1 << 20
    frame = spark.createDataFrame(numbers)
    assert frame.toArrow().column("n").to_numpy().sum() == numbers["n"].sum()
    assert spark.createDataFrame(numbers).count() == 300_000


def test_a_result_of_many_messages_comes_whole_and_in_order(spark):
    count = 3_000_000
    ids = spark.range(count).toArrow().column("id").to_numpy()
    assert np.array_equal(ids, np.arange(count))


def test_local_iterator_and_head_read_the_same_rows(spark):
    assert [row.id for row in spark.range(4).toLocalIterator()] == [0, 1, 2, 3]
    assert spark.range(4).head() == Row(id=0)


def test_a_plan_compressed_by_the_client_is_read(spark, monkeypatch):
    monkeypatch.setattr(spark.client, "_plan_compression_threshold", 10)
    monkeypatch.setattr(spark.client, "_plan_compression_algorithm", "ZSTD")
    frame = spark.createDataFrame([("same " * 200,)], ["a"])
    plan = frame._plan.to_proto(spark.client)
    assert plan.WhichOneof("op_type") == "compressed_operation"
    assert frame.collect() == [Row(a="same " * 200)]


def test_show_prints_a_table(spark, capsys):
    spark.range(2).show()
    assert capsys.readouterr().out.splitlines()[:3] == ["+---+", "| id|", "+---+"]


@pytest.mark.parametrize("mode", ["simple", "extended", "formatted", "cost", "codegen"])
def test_explain_answers_in_every_mode(spark, capsys, mode):
    spark.range(2).explain(mode=mode)
    assert "Physical Plan" in capsys.readouterr().out
