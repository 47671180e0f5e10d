"""``foreach`` with workers: the writer runs in one of them, is told of every batch, and can be interrupted there."""

from __future__ import annotations

import os
import time

import pytest
from pyspark.errors import PySparkException

import workbench as wb


class Writer:
    """Writes what it is told to a folder, with the process that is told."""

    def __init__(self, folder):
        self.folder = str(folder)

    def open(self, partition, epoch):
        self.epoch = epoch
        return partition == 0

    def process(self, row):
        with open(f"{self.folder}/{self.epoch}", "a") as file:
            print(row.k, os.getpid(), file=file)

    def close(self, error): ...


def start(spark, source, writer):
    read = spark.readStream.schema("k LONG").option("maxFilesPerTrigger", 1).parquet(f"{source}/*")
    return read.writeStream.foreach(writer).trigger(availableNow=True).start()


@pytest.fixture
def source(spark, tmp_path):
    for number in range(2):
        rows = spark.range(3 * number, 3 * number + 3, numPartitions=1).selectExpr("id AS k")
        rows.write.parquet(str(tmp_path / "in" / str(number)))
    return tmp_path / "in"


def written(folder):
    lines = [line.split() for name in ("0", "1") for line in (folder / name).open()]
    return [int(k) for k, _ in lines], {int(pid) for _, pid in lines}


def test_rows_go_to_a_worker_in_order(spark, source, tmp_path):
    (tmp_path / "out").mkdir()
    assert start(spark, source, Writer(tmp_path / "out")).awaitTermination(120)
    rows, pids = written(tmp_path / "out")
    assert rows == [0, 1, 2, 3, 4, 5]
    assert os.getpid() not in pids


def test_without_workers_rows_come_here(spark, source, tmp_path):
    (tmp_path / "out").mkdir()
    wb.session(workers=0)
    try:
        assert start(spark, source, Writer(tmp_path / "out")).awaitTermination(120)
    finally:
        wb.session(workers=2)
    assert written(tmp_path / "out") == ([0, 1, 2, 3, 4, 5], {os.getpid()})


def test_what_a_writer_raises_has_the_users_line(spark, source):
    def refuse(row):
        raise ValueError("no, thank you")

    query = start(spark, source, refuse)
    with pytest.raises(PySparkException, match=r"(?s)foreach.*in refuse.*no, thank you"):
        query.awaitTermination(120)


def test_a_writer_that_hangs_is_stopped(spark, source):
    query = start(spark, source, lambda row: time.sleep(1000))
    deadline = time.monotonic() + 30
    while not any(one.state == "busy" for one in wb.workers()) and time.monotonic() < deadline:
        time.sleep(0.05)
    query.stop()
    assert not query.isActive
