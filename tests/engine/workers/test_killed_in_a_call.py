"""A worker killed in the middle of the user's own method: the batch runs again, and no row is lost or doubled."""

from __future__ import annotations

import uuid

import pytest

from tests.engine.workers.stateful import SCHEMA, fill

METHODS = ("init", "handleInitialState", "handleInputRows", "handleExpiredTimer", "close")


def dying(fuse):
    """Return a processor that kills its process in the method the fuse names, once.

    Made inside a function, so that it is pickled by value and a worker need not import the tests.
    """
    import os
    import signal
    from pathlib import Path

    from pyspark.sql import Row
    from pyspark.sql.streaming import StatefulProcessor

    here = os.getpid()

    def burn(method):
        path = Path(f"{fuse}.{method}")
        if os.getpid() != here and path.exists():
            path.unlink()
            os.kill(os.getpid(), signal.SIGKILL)

    class Dying(StatefulProcessor):
        def init(self, handle):
            burn("init")
            self.handle = handle
            self.total = handle.getValueState("total", "n LONG")

        def handleInitialState(self, key, initialState, timerValues):
            self.total.update((1000,))
            burn("handleInitialState")

        def handleInputRows(self, key, rows, timerValues):
            total = (self.total.get() or (0,))[0] + sum(one.v for one in rows)
            self.total.update((total,))
            self.handle.registerTimer(timerValues.getCurrentWatermarkInMs() + 30_000)
            yield Row(k=key[0], n=total)
            burn("handleInputRows")

        def handleExpiredTimer(self, key, timerValues, expiredTimerInfo):
            (total,) = self.total.get()
            self.total.update((total + 5,))
            yield Row(k=key[0], n=-total)
            burn("handleExpiredTimer")

        def close(self):
            burn("close")

    return Dying()


@pytest.fixture(scope="module")
def answer(spark, tmp_path_factory):
    """Run the query over the same files, with a fuse for a method or without; return its rows."""
    folder = tmp_path_factory.mktemp("input")
    fill(spark, folder)

    def run(method, fuse):
        if method:
            (fuse.parent / f"{fuse.name}.{method}").touch()
        read = (
            spark.readStream.schema(SCHEMA)
            .option("maxFilesPerTrigger", 1)
            .parquet(f"{folder}/*")
            .withWatermark("ts", "10 seconds")
        )
        start = spark.createDataFrame([("k1",), ("far",)], "k STRING").groupBy("k")
        made = read.groupBy("k").transformWithState(
            dying(str(fuse)), "k STRING, n LONG", "update", "EventTime", start
        )
        name = f"out_{uuid.uuid4().hex}"
        query = made.writeStream.outputMode("update").format("memory").queryName(name)
        assert query.trigger(availableNow=True).start().awaitTermination(120)
        return sorted(map(tuple, spark.table(name).collect()))

    return run


@pytest.fixture(scope="module")
def undisturbed(answer, tmp_path_factory):
    made = answer(None, tmp_path_factory.mktemp("none") / "fuse")
    assert any(n < 0 for _, n in made)
    return made


@pytest.mark.parametrize("method", METHODS)
def test_rows_are_those_of_an_undisturbed_run(answer, undisturbed, tmp_path, method):
    assert answer(method, tmp_path / "fuse") == undisturbed
    assert not (tmp_path / f"fuse.{method}").exists(), "a worker died there"
