"""Every kind of user function, in a batch and in a stream, in this process and in workers: its answer, whose variables it sees, its errors."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812 - its usual name

import workbench as wb

# ruff: noqa: ANN001, ANN201, ANN202, RUF100 - what PySpark reads of an annotation is all there is

CALLS = []
"""In this process it is the list every function here appends to; a worker has a copy."""


def count():
    CALLS.append("called")


def fail():
    raise ValueError("not today")


def row_udf(df, act):
    def plus(n):
        act()
        return n + 1

    return df.select(F.udf(plus, "long")("n").alias("n"))


def pandas_udf(df, act):
    def plus(n: pd.Series) -> pd.Series:
        act()
        return n + 1

    return df.select(F.pandas_udf(plus, "long")("n").alias("n"))


def pandas_iterator(df, act):
    def plus(parts: Iterator[pd.Series]) -> Iterator[pd.Series]:
        act()
        for n in parts:
            yield n + 1

    return df.select(F.pandas_udf(plus, "long")("n").alias("n"))


def arrow_udf(df, act):
    def plus(n: pa.Array) -> pa.Array:
        act()
        return pc.add(n, 1)

    return df.select(F.arrow_udf(plus, "long")("n").alias("n"))


def arrow_iterator(df, act):
    def plus(parts: Iterator[pa.Array]) -> Iterator[pa.Array]:
        act()
        for n in parts:
            yield pc.add(n, 1)

    return df.select(F.arrow_udf(plus, "long")("n").alias("n"))


def pandas_aggregate(df, act):
    def total(n: pd.Series) -> int:
        act()
        return int(n.sum())

    return df.groupBy("k").agg(F.pandas_udf(total, "long")("n").alias("n")).select("n")


def arrow_aggregate(df, act):
    def total(n: pa.Array) -> int:
        act()
        return pc.sum(n).as_py()

    return df.groupBy("k").agg(F.arrow_udf(total, "long")("n").alias("n")).select("n")


def table_function(df, act):
    class Plus:
        def eval(self, n):
            act()
            yield (n + 1,)

    made = F.udtf(Plus, returnType="m long")
    return df.lateralJoin(made(F.col("n").outer())).select(F.col("m").alias("n"))


def table_function_over(df, act):
    class Plus:
        def eval(self, row):
            act()
            yield (row.n + 1,)

    return F.udtf(Plus, returnType="n long")(df.asTable().withSinglePartition())


def arrow_table_function(df, act):
    class Plus:
        def eval(self, rows):
            act()
            yield pa.table({"n": pc.add(rows["n"], 1)})

    return F.arrow_udtf(Plus, returnType="n long")(df.asTable().withSinglePartition())


def map_in_pandas(df, act):
    def plus(frames):
        act()
        for one in frames:
            yield pd.DataFrame({"n": one.n + 1})

    return df.mapInPandas(plus, "n long")


def map_in_arrow(df, act):
    def plus(batches):
        act()
        for one in batches:
            yield pa.record_batch([pc.add(one["n"], 1)], ["n"])

    return df.mapInArrow(plus, "n long")


def apply_in_pandas(df, act):
    def total(rows):
        act()
        return pd.DataFrame({"n": [rows.n.sum()]})

    return df.groupBy("k").applyInPandas(total, "n long")


def apply_in_arrow(df, act):
    def total(rows):
        act()
        return pa.table({"n": [pc.sum(rows["n"]).as_py()]})

    return df.groupBy("k").applyInArrow(total, "n long")


def cogroup_in_pandas(df, act):
    def total(left, right):
        act()
        return pd.DataFrame({"n": [left.n.sum() + right.n.sum()]})

    return df.groupBy("k").cogroup(df.groupBy("k")).applyInPandas(total, "n long")


def cogroup_in_arrow(df, act):
    def total(left, right):
        act()
        return pa.table({"n": [pc.sum(left["n"]).as_py() + pc.sum(right["n"]).as_py()]})

    return df.groupBy("k").cogroup(df.groupBy("k")).applyInArrow(total, "n long")


ROWS, GROUPS, PAIRS = [1, 2, 3, 4], [2, 4], [4, 8]
KINDS = {
    row_udf: ROWS, pandas_udf: ROWS, pandas_iterator: ROWS, arrow_udf: ROWS, arrow_iterator: ROWS,
    pandas_aggregate: GROUPS, arrow_aggregate: GROUPS, table_function: ROWS, table_function_over: ROWS,
    arrow_table_function: ROWS, map_in_pandas: ROWS, map_in_arrow: ROWS, apply_in_pandas: GROUPS, apply_in_arrow: GROUPS,
    cogroup_in_pandas: PAIRS, cogroup_in_arrow: PAIRS,
}  # fmt: skip
"""Kind → what it gives for the numbers 0 to 3 in groups of even and odd ones."""


@pytest.fixture(scope="module", params=[0, 2], ids=["here", "in workers"])
def session(request):
    made = wb.session(workers=request.param)
    made.in_workers = bool(request.param)
    yield made
    wb.session(workers=0)


@pytest.fixture(scope="module")
def folder(session, tmp_path_factory):
    path = str(tmp_path_factory.mktemp("numbers") / "in")
    session.range(0, 4, numPartitions=1).selectExpr("id AS n", "id % 2 AS k").write.parquet(path)
    return path


def in_a_batch(session, folder, kind, act):
    return [row.n for row in kind(session.read.parquet(folder), act).collect()]


def in_a_stream(session, folder, kind, act):
    frame = kind(session.readStream.schema("n long, k long").parquet(folder), act)
    mode = "complete" if kind in (pandas_aggregate, arrow_aggregate) else "append"
    run(frame.writeStream.format("memory").queryName("every_kind").outputMode(mode))
    return [row.n for row in session.table("every_kind").collect()]


def run(writer):
    assert writer.trigger(availableNow=True).start().awaitTermination(60)


def to_foreach(session, folder, _kind, act):
    stream = session.readStream.schema("n long, k long").parquet(folder)
    run(stream.writeStream.foreach(lambda row: act()))


def to_foreach_batch(session, folder, _kind, act):
    stream = session.readStream.schema("n long, k long").parquet(folder)
    run(stream.writeStream.foreachBatch(lambda frame, batch: act()))


WAYS = [(kind, way) for kind in KINDS for way in (in_a_batch, in_a_stream)]
SINKS = [(None, to_foreach), (None, to_foreach_batch)]


def named(one):
    return getattr(one, "__name__", "sink")


@pytest.mark.parametrize(("kind", "way"), WAYS + SINKS, ids=named)
def test_its_answer_and_whose_variables_it_sees(session, folder, kind, way):
    CALLS.clear()
    answer = way(session, folder, kind, count)
    assert kind is None or sorted(answer) == KINDS[kind]
    is_elsewhere = session.in_workers and way is not to_foreach_batch
    assert (CALLS == []) is is_elsewhere


@pytest.mark.parametrize(("kind", "way"), WAYS + SINKS, ids=named)
def test_what_it_raises_has_the_users_line(session, folder, kind, way):
    with pytest.raises(PySparkException, match="not today") as caught:
        way(session, folder, kind, fail)
    told = str(caught.value)
    assert f'File "{__file__}"' in told
    assert "in fail" in told
    assert "workbench/engine" not in told
