"""Questions about a plan that run nothing."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark import StorageLevel
from pyspark.sql import types as t


def test_schema_tree_and_kind_of_a_frame(spark, capsys):
    frame = spark.range(3)
    frame.printSchema()
    assert capsys.readouterr().out == "root\n |-- id: long (nullable = false)\n\n"
    assert not frame.isStreaming
    assert spark.readStream.format("rate").load().isStreaming


def test_input_files_are_named(spark, tmp_path):
    pq.write_table(pa.table({"id": [1]}), tmp_path / "one.parquet")
    (file,) = spark.read.parquet(str(tmp_path)).inputFiles()
    assert file.endswith("/one.parquet")


def test_ddl_is_read_and_written(spark):
    read = spark._parse_ddl("a int, b array<string>")
    assert read == t.StructType().add("a", t.IntegerType()).add("b", t.ArrayType(t.StringType()))
    assert spark._to_ddl(spark.range(1).schema) == "id BIGINT NOT NULL"
    odd = t.StructType([t.StructField("a b", t.IntegerType(), True, {"comment": "it's"})])
    assert spark._to_ddl(odd) == "`a b` INT COMMENT 'it\\'s'"


def test_plans_that_mean_the_same_are_told_apart_from_others(spark):
    frame, same, other = spark.range(3), spark.range(3), spark.range(4)
    assert frame.select(frame.id).sameSemantics(same.select(same.id))
    assert not frame.sameSemantics(other)
    assert frame.semanticHash() == same.semanticHash() != other.semanticHash()


def test_local_rows_count_as_meaning(spark):
    one, again, two = (spark.createDataFrame([(n,)], ["a"]) for n in (1, 1, 2))
    assert one.sameSemantics(again)
    assert not one.sameSemantics(two)


def test_a_persisted_frame_says_how(spark):
    frame = spark.range(7)
    assert frame.storageLevel == StorageLevel.NONE
    frame.persist(StorageLevel.MEMORY_ONLY)
    assert frame.storageLevel == StorageLevel.MEMORY_ONLY
    assert spark.range(7).storageLevel == StorageLevel.MEMORY_ONLY
    frame.unpersist()
    assert frame.storageLevel == StorageLevel.NONE
