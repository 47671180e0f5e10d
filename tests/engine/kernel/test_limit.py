"""The rows a user sees first are the first, however many cores read what comes behind them."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

AGAIN = range(8)
"""Which of two threads is ready first is chance; so each question is asked a few times."""


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pq.write_table(pa.table({"id": range(400_000)}), path, row_group_size=50_000)
    return str(path)


def made(spark, kind, file):
    """Rows of one kind, numbered from zero."""
    if kind == "file":
        return spark.read.parquet(file)
    if kind == "memory":
        return spark.createDataFrame(pd.DataFrame({"id": range(200_000)}))
    return spark.range(100_000)


@pytest.mark.parametrize("kind", ["range", "memory", "file"])
def test_a_limit_takes_the_first_rows(spark, kind, file):
    rows = made(spark, kind, file)
    assert [[row.id for row in rows.limit(3).collect()] for _ in AGAIN] == [[0, 1, 2]] * len(AGAIN)
    doubled = rows.selectExpr("id * 2 AS twice")
    assert [doubled.first().twice for _ in AGAIN] == [0] * len(AGAIN)


@pytest.mark.parametrize("kind", ["range", "memory"])
def test_a_limit_takes_the_first_rows_that_pass(spark, kind, file):
    rows = made(spark, kind, file).filter("id > 4")
    assert [[row.id for row in rows.take(2)] for _ in AGAIN] == [[5, 6]] * len(AGAIN)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Files of different sizes, and two of one size."""
    folder = tmp_path_factory.mktemp("files")
    for name, rows in {"a": 3, "b": 50, "d": 10, "c": 10, "e": 5_000}.items():
        table = pa.table({"f": [name] * rows, "i": range(rows)})
        pq.write_table(table, folder / f"{name}.parquet")
    return str(folder)


def firsts(count):
    """The first rows as Spark packs files: the largest first; of one size, by name."""
    sizes = {"e": 5_000, "b": 50, "c": 10, "d": 10, "a": 3}
    return [(f, i) for f, rows in sizes.items() for i in range(rows)][:count]


@pytest.mark.parametrize("count", [1, 4, 5_000, 5_052, 5_065, 6_000])
def test_a_limit_over_files_begins_in_the_largest(spark, files, count):
    rows = spark.read.parquet(files)
    for _ in AGAIN[:3]:
        assert [tuple(row) for row in rows.limit(count).collect()] == firsts(count)
    assert [tuple(row) for row in rows.collect()] == firsts(6_000)


def test_a_limit_over_files_after_an_offset_and_in_folders(spark, files, tmp_path):
    rows = spark.read.parquet(files)
    assert [tuple(row) for row in rows.select("i", "f").limit(5_003).tail(2)] == [(1, "b"), (2, "b")]  # fmt: skip
    rows.repartition(1).write.partitionBy("f").parquet(str(tmp_path / "by_f"))
    again = spark.read.parquet(str(tmp_path / "by_f"))
    assert [(row.f, row.i) for row in again.limit(5_001).collect()] == firsts(5_001)
