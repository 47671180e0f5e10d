"""Parquet and ORC files that are damaged: named, or passed over when asked, as Spark does with both."""

from __future__ import annotations

import pytest
from pyspark.errors import PySparkException


@pytest.fixture(params=["parquet", "orc"])
def damaged(request, spark, tmp_path):
    """A folder with the numbers below five, and after them a file that is none of its format."""
    folder = tmp_path / "rows"
    spark.range(5).coalesce(1).write.format(request.param).save(str(folder))
    (folder / f"zz.{request.param}").write_bytes(b"this is none")
    return request.param, folder


@pytest.mark.parametrize("schema", [None, "id long"])
def test_a_damaged_file_is_named(spark, damaged, schema):
    kind, folder = damaged
    reader = spark.read.schema(schema) if schema else spark.read
    with pytest.raises(PySparkException, match=f"zz.{kind}") as caught:
        reader.format(kind).load(str(folder)).count()
    assert caught.value.getCondition().startswith("FAILED_READ_FILE.")


@pytest.mark.parametrize("schema", [None, "id long"])
def test_a_damaged_file_is_passed_over_when_asked(spark, damaged, schema):
    kind, folder = damaged
    reader = spark.read.schema(schema) if schema else spark.read
    assert reader.option("ignoreCorruptFiles", True).format(kind).load(str(folder)).count() == 5


def test_a_damaged_first_file_does_not_hide_the_columns_of_the_next(spark, damaged):
    kind, folder = damaged
    (folder / f"aa.{kind}").write_bytes(b"this is none")
    frame = (
        spark.read.option("ignoreCorruptFiles", True)
        .option("mergeSchema", True)
        .format(kind)
        .load(str(folder))
    )
    assert frame.schema.simpleString() == "struct<id:bigint>"
    assert frame.count() == 5


def test_the_session_can_forgive_for_every_read(spark, damaged):
    kind, folder = damaged
    spark.conf.set("spark.sql.files.ignoreCorruptFiles", True)
    try:
        assert spark.read.format(kind).load(str(folder)).count() == 5
    finally:
        spark.conf.unset("spark.sql.files.ignoreCorruptFiles")
