"""``persist`` and ``CACHE TABLE``: rows are computed once, and again when what they come from has changed."""

from __future__ import annotations

import pytest
from pyspark import StorageLevel
from pyspark.errors import AnalysisException, IllegalArgumentException
from pyspark.sql import functions as F  # noqa: N812 - its usual name


@pytest.fixture(autouse=True)
def nothing_kept(spark):
    yield
    spark.catalog.clearCache()


@pytest.fixture
def numbers(spark, tmp_path):
    """A folder of parquet with the numbers below five."""
    spark.range(5).coalesce(1).write.parquet(str(tmp_path / "numbers"))
    return tmp_path / "numbers"


def remove_rows(folder):
    for file in folder.glob("*.parquet"):
        file.unlink()


@pytest.fixture
def table(spark):
    spark.range(4).write.mode("overwrite").saveAsTable("kept_numbers")
    yield "kept_numbers"
    spark.sql("DROP TABLE IF EXISTS kept_numbers")


@pytest.mark.parametrize("schema", ["id long", None])
def test_the_second_action_does_not_read_the_source(spark, numbers, schema):
    reader = spark.read.schema(schema) if schema else spark.read
    frame = reader.parquet(str(numbers)).persist()
    assert frame.count() == 5

    remove_rows(numbers)

    assert frame.count() == 5
    assert [row.id for row in frame.filter("id > 2").orderBy("id").collect()] == [3, 4]
    frame.unpersist()
    with pytest.raises(AnalysisException):
        spark.read.parquet(str(numbers)).count()


def test_nothing_is_computed_before_the_first_action(spark, numbers):
    frame = spark.read.schema("id long").parquet(str(numbers)).persist()
    remove_rows(numbers)
    assert frame.count() == 0


def test_a_function_is_called_once_for_each_row_of_a_kept_frame(spark, tmp_path):
    log = tmp_path / "calls"
    log.touch()

    @F.udf("long")
    def noted(value):
        with open(log, "a") as file:
            file.write("x")
        return value

    frame = spark.range(3).select(noted("id").alias("id")).persist()
    assert frame.count() == 3
    first = len(log.read_text())
    assert frame.agg(F.sum("id")).first()[0] == 3
    assert len(log.read_text()) == first == 3


def test_another_frame_of_the_same_plan_is_kept_too_and_one_on_top_is_not(spark):
    frame = spark.range(7).filter("id > 1").persist(StorageLevel.DISK_ONLY)

    assert frame.storageLevel == StorageLevel.DISK_ONLY
    assert spark.range(7).filter("id > 1").storageLevel == StorageLevel.DISK_ONLY
    assert spark.range(7).filter("id > 2").storageLevel == StorageLevel.NONE
    assert frame.select("id", "id").storageLevel == StorageLevel.NONE
    assert frame.alias("other").storageLevel == StorageLevel.DISK_ONLY


def test_a_second_level_changes_nothing(spark):
    frame = spark.range(8).persist(StorageLevel.DISK_ONLY)
    frame.persist(StorageLevel.MEMORY_ONLY)
    assert frame.storageLevel == StorageLevel.DISK_ONLY


def test_rows_written_to_the_folder_are_seen(spark, numbers):
    frame = spark.read.parquet(str(numbers)).cache()
    assert frame.count() == 5

    spark.range(3).write.mode("append").parquet(str(numbers))

    assert frame.count() == 8
    assert frame.storageLevel == StorageLevel.MEMORY_AND_DISK_DESER


def test_a_folder_changed_by_others_is_seen_after_refresh(spark, numbers):
    frame = spark.read.parquet(str(numbers)).cache()
    assert frame.count() == 5
    remove_rows(numbers)
    spark.catalog.refreshByPath(str(numbers))
    assert frame.count() == 0


def test_a_kept_frame_still_knows_columns_it_has_left_out(spark):
    frame = spark.createDataFrame([(1, "b"), (2, "a")], ["number", "letter"])
    chosen = frame.select("number").cache()
    assert [row.number for row in chosen.orderBy("letter").collect()] == [2, 1]
    assert [row.number for row in chosen.orderBy(frame.letter).collect()] == [2, 1]


def test_a_kept_frame_joins_itself(spark):
    frame = spark.range(3).withColumn("double", F.col("id") * 2).cache()
    left, right = frame.alias("left"), frame.alias("right")
    joined = left.join(right, F.col("left.id") == F.col("right.double"))
    assert sorted(tuple(row) for row in joined.collect()) == [(0, 0, 0, 0), (2, 4, 1, 2)]


def test_the_plan_says_what_is_kept(spark, capsys):
    frame = spark.range(7).persist()
    frame.filter("id > 2").explain()
    assert "InMemoryTableScan" in capsys.readouterr().out


def test_a_stream_cannot_be_kept(spark):
    stream = spark.readStream.format("rate").load()
    with pytest.raises(AnalysisException, match="STREAMING_QUERY_NOT_STARTED"):
        stream.persist()


def test_a_stream_reads_what_is_kept(spark, numbers, tmp_path):
    names = spark.read.parquet(str(numbers)).cache()
    assert names.count() == 5
    remove_rows(numbers)
    (tmp_path / "in").mkdir()
    spark.range(2, 9).write.parquet(str(tmp_path / "in" / "1"))
    stream = spark.readStream.schema("id long").parquet(str(tmp_path / "in" / "*"))

    query = (
        stream.join(names, "id")
        .writeStream.format("memory")
        .queryName("kept_join")
        .trigger(availableNow=True)
        .start()
    )
    assert query.awaitTermination(60)

    assert sorted(row.id for row in spark.table("kept_join").collect()) == [2, 3, 4]


def test_a_clone_of_the_session_shares_what_is_kept(spark):
    frame = spark.range(7).persist()
    assert spark.cloneSession().range(7).storageLevel == frame.storageLevel


# ------------------------------------------------------------------ tables and views


def test_a_cached_table_is_read_once_and_again_after_an_insert(spark, table):
    spark.catalog.cacheTable(table)
    assert spark.catalog.isCached(table)
    assert spark.table(table).count() == 4
    spark.sql(f"INSERT INTO {table} VALUES (100)")
    assert spark.table(table).count() == 5
    assert spark.catalog.isCached(table)
    spark.range(2).write.mode("overwrite").saveAsTable(table)
    assert spark.sql(f"SELECT count(*) FROM {table}").first()[0] == 2


def test_uncaching_a_table_lets_go_of_what_was_computed_from_it(spark, table):
    spark.catalog.cacheTable(table)
    above = spark.table(table).filter("id > 0").cache()
    spark.catalog.uncacheTable(table)
    assert not spark.catalog.isCached(table)
    assert above.storageLevel == StorageLevel.NONE


def test_unpersisting_a_frame_keeps_what_was_computed_from_it(spark):
    below = spark.range(9).cache()
    above = below.filter("id > 0").cache()
    below.unpersist()
    assert above.storageLevel == StorageLevel.MEMORY_AND_DISK_DESER


def test_clearing_lets_go_of_everything(spark, table):
    spark.catalog.cacheTable(table)
    frame = spark.range(3).cache()
    spark.catalog.clearCache()
    assert not spark.catalog.isCached(table)
    assert frame.storageLevel == StorageLevel.NONE


def test_a_view_of_a_kept_frame_is_cached(spark):
    frame = spark.range(6).cache()
    frame.createOrReplaceTempView("kept_view")
    assert spark.catalog.isCached("kept_view")
    frame.createOrReplaceTempView("kept_view")
    assert spark.catalog.isCached("kept_view")
    spark.range(5).createOrReplaceTempView("kept_view")
    assert not spark.catalog.isCached("kept_view")
    assert frame.storageLevel == StorageLevel.NONE


def test_dropping_a_view_lets_go_of_its_rows(spark):
    spark.range(11).createOrReplaceTempView("kept_view")
    spark.catalog.cacheTable("kept_view", StorageLevel.MEMORY_ONLY)
    assert spark.range(11).storageLevel == StorageLevel.MEMORY_ONLY
    spark.catalog.dropTempView("kept_view")
    assert spark.range(11).storageLevel == StorageLevel.NONE


def test_a_dropped_table_is_cached_no_more(spark, table):
    spark.catalog.cacheTable(table)
    spark.sql(f"DROP TABLE {table}")
    with pytest.raises(AnalysisException, match="TABLE_OR_VIEW_NOT_FOUND"):
        spark.catalog.isCached(table)


def test_cache_table_in_sql(spark, table):
    spark.sql("CACHE TABLE kept_answer AS SELECT 1 AS a")
    assert spark.catalog.isCached("kept_answer")
    assert spark.table("kept_answer").collect() == [(1,)]
    spark.sql(f"CACHE LAZY TABLE {table} OPTIONS ('storageLevel' 'DISK_ONLY')")
    assert spark.table(table).storageLevel == StorageLevel.DISK_ONLY
    spark.sql(f"UNCACHE TABLE {table}")
    spark.sql(f"UNCACHE TABLE {table}")
    spark.sql("UNCACHE TABLE IF EXISTS nowhere")
    with pytest.raises(AnalysisException, match="nowhere"):
        spark.sql("UNCACHE TABLE nowhere")
    spark.catalog.dropTempView("kept_answer")


def test_a_level_spark_does_not_have_is_refused_with_those_it_has(spark, table):
    with pytest.raises(IllegalArgumentException, match="MEMORY_AND_DISK"):
        spark.sql(f"CACHE TABLE {table} OPTIONS ('storageLevel' 'NOPE')")
