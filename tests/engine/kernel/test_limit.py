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
