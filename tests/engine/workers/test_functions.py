"""User functions in workers: the same answers as in this process, from other processes."""

# ruff: noqa: T201, RUF100 - what functions print is tested

from __future__ import annotations

import os
import sys
import threading
import time

import pandas as pd
import pyarrow as pa
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql import types as t
from pyspark.sql.window import Window

import workbench as wb
from tests.engine.workers.conftest import dying_at
from workbench.base.errors import IllegalArgument

HERE = os.getpid()


def where(_value):
    return os.getpid()


def plus(value):
    return value + 1 if value is not None else None


def frame(spark):
    return (
        spark.range(500)
        .withColumn("k", F.col("id") % 7)
        .withColumn("v", F.when(F.col("id") % 5 > 0, F.col("id") * 1.5))
    )


@F.udtf(returnType=t.StructType().add("copy", t.LongType()).add("pid", t.LongType()))
class Twice:
    """Gives its argument twice."""

    def eval(self, value):
        yield value, os.getpid()
        yield value, os.getpid()


@F.udtf(returnType="k long, rows long, last long, pid long")
class Counted:
    """Counts the rows of a partition."""

    def __init__(self):
        self.rows = 0

    def eval(self, row):
        self.rows, self.row = self.rows + 1, row

    def terminate(self):
        yield self.row.k, self.rows, self.row.id, os.getpid()


@F.arrow_udf(t.LongType())
def arrow_plus(values: pa.Array) -> pa.Array:
    return pa.compute.add(values, 1)


@F.pandas_udf(t.DoubleType())
def pandas_half(values: pd.Series) -> pd.Series:
    return values / 2


@F.pandas_udf(t.DoubleType())
def mean(values: pd.Series) -> float:
    return values.mean()


def in_pandas(frames):
    for one in frames:
        yield one.assign(pid=os.getpid())


def in_arrow(batches):
    for one in batches:
        yield one.append_column("pid", pa.array([os.getpid()] * one.num_rows))


def of_group(rows):
    return pd.DataFrame({"k": [rows.k.iloc[0]], "n": [len(rows)], "pid": [os.getpid()]})


def of_arrow_group(rows):
    return pa.table({"k": [rows["k"][0].as_py()], "n": [rows.num_rows], "pid": [os.getpid()]})


def of_pair(left, right):
    return pd.DataFrame({"n": [len(left)], "m": [len(right)], "pid": [os.getpid()]})


SHAPES = {
    "udf": lambda df: df.select(F.udf(plus, "double")("v"), F.udf(where, "long")("k").alias("pid")),
    "pandas_udf": lambda df: df.select(pandas_half("v"), F.udf(where, "long")("k").alias("pid")),
    "arrow_udf": lambda df: df.select(arrow_plus("id"), F.udf(where, "long")("k").alias("pid")),
    "mapInPandas": lambda df: df.mapInPandas(in_pandas, "id long, k long, v double, pid long"),
    "mapInArrow": lambda df: df.mapInArrow(in_arrow, "id long, k long, v double, pid long"),
    "applyInPandas": lambda df: df.groupBy("k").applyInPandas(of_group, "k long, n long, pid long"),
    "applyInArrow": lambda df: df.groupBy("k").applyInArrow(of_arrow_group, "k long, n long, pid long"),
    "cogroup": lambda df: df.groupBy("k").cogroup(df.filter("k < 3").groupBy("k")).applyInPandas(
        of_pair, "n long, m long, pid long"
    ),
    "udtf": lambda df: df.lateralJoin(Twice(F.col("id").outer())),
    "table": lambda df: Counted(df.asTable().partitionBy("k").orderBy("id")),
    "aggregate": lambda df: df.groupBy("k").agg(mean("v"), F.udf(where, "long")(F.lit(1)).alias("pid")),
    "window": lambda df: df.select("id", mean("v").over(Window.partitionBy("k")), F.udf(where, "long")("k").alias("pid")),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers(spark):
    """What every shape gives in this process."""
    wb.session(workers=0)
    made = {name: shape(frame(spark)).toPandas() for name, shape in SHAPES.items()}
    wb.session(workers=2)
    return made


@pytest.mark.parametrize("shape", SHAPES)
def test_answers_are_those_of_this_process(spark, answers, shape):
    found, expected = SHAPES[shape](frame(spark)).toPandas(), answers[shape]
    assert HERE not in set(found.pid)
    assert set(expected.pid) == {HERE}
    order = [column for column in found.columns if column != "pid"]
    pd.testing.assert_frame_equal(
        found[order].sort_values(order, ignore_index=True),
        expected[order].sort_values(order, ignore_index=True),
    )


def test_both_workers_take_part(spark):
    pids = frame(spark).select(F.udf(where, "long")("id").alias("pid")).distinct().collect()
    assert len(pids) == 2


def test_what_a_function_raises_names_the_users_line(spark):
    def broken(value):
        raise ValueError(f"no flight {value}")

    with pytest.raises(PySparkException, match="no flight") as found:
        spark.range(3).select(F.udf(broken, "long")("id")).collect()
    assert f'File "{__file__}"' in str(found.value)
    assert "workbench/engine" not in str(found.value)


def test_a_function_that_would_end_its_process_fails_by_name(spark):
    with pytest.raises(PySparkException, match=r"(?s)PYTHON_EXCEPTION.*SystemExit: 3"):
        spark.range(3).select(F.udf(lambda _: sys.exit(3), "long")("id")).collect()


def test_variables_are_copies(spark):
    seen = []

    def remember(value):
        seen.append(value)
        return len(seen)

    rows = spark.range(4).select(F.udf(remember, "long")("id").alias("n")).collect()
    assert max(row.n for row in rows) >= 1
    assert seen == []


def test_prints_come_out_here(spark, capsys):
    def talk(value):
        print("row", value)
        print("warned", file=sys.stderr)
        return value

    spark.range(2).select(F.udf(talk, "long")("id")).collect()
    out, err = capsys.readouterr()
    assert sorted(out.splitlines()) == ["row 0", "row 1"]
    assert err.splitlines() == ["warned"] * 2


@pytest.mark.parametrize(
    "point", ["worker.received", "worker.opened", "worker.called", "worker.answered"]
)
def test_a_worker_killed_at_any_step_costs_no_row(spark, point):
    wb.session(workers=1)
    pool = dying_at(spark, point)
    before = pool.lost
    more = F.udf(lambda value: value + 1, "long")
    rows = spark.range(20_000).select(more("id").alias("n")).agg(F.count("n"), F.sum("n")).collect()
    assert rows[0][0] == 20_000
    assert rows[0][1] == sum(range(1, 20_001))
    pool.names()
    assert pool.lost > before
    wb.session(workers=2)


def test_a_function_that_hangs_is_interrupted_and_the_next_one_runs(spark):
    def hang(value):
        time.sleep(1000)

    def interrupt():
        deadline = time.monotonic() + 30
        while not any(one.state == "busy" for one in wb.workers()) and time.monotonic() < deadline:
            time.sleep(0.05)
        spark.interruptAll()

    before = {one.pid for one in wb.workers()}
    threading.Thread(target=interrupt).start()
    with pytest.raises(PySparkException, match="OPERATION_CANCELED"):
        spark.range(10).select(F.udf(hang, "long")("id")).collect()
    more = F.udf(lambda value: value + 1, "long")
    assert spark.range(10).select(more("id").alias("n")).agg(F.sum("n")).collect()[0][0] == 55
    deadline = time.monotonic() + 30
    while before & {one.pid for one in wb.workers()} and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not before & {one.pid for one in wb.workers()}


def test_a_function_that_takes_too_much_memory_is_named(spark):
    def swell(value):
        held = bytearray(700 << 20)
        time.sleep(30)
        return len(held)

    spark.conf.set("workbench.workers.memoryMB", "500")
    try:
        with pytest.raises(PySparkException, match=r"PYTHON_WORKER_MEMORY_LIMIT.*swell"):
            spark.range(1).select(F.udf(swell, "long")("id")).collect()
    finally:
        spark.conf.unset("workbench.workers.memoryMB")


def test_too_little_memory_for_any_worker_is_refused(spark):
    with pytest.raises(PySparkException, match=r"INVALID_CONF_VALUE.*256 MB or more"):
        spark.conf.set("workbench.workers.memoryMB", "100")


@pytest.mark.parametrize("workers", [-1, 1.5, "two", True])
def test_a_number_of_workers_that_is_none_is_refused(workers):
    with pytest.raises(IllegalArgument, match="INVALID_WORKERS"):
        wb.session(workers=workers)


def test_workers_are_not_for_another_server():
    with pytest.raises(IllegalArgument, match=r"WORKERS_NOT_HERE.*sc://elsewhere"):
        wb.session("sc://elsewhere:15002/;token=secret", workers=2)
