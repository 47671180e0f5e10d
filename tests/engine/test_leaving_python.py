"""A user's function that would end the process (``sys.exit``, an interrupt of its own) fails by name, and the kernel goes on."""

from __future__ import annotations

import sys

import pandas as pd
import pytest
from pyspark.errors import PySparkException
from pyspark.sql import functions as F  # noqa: N812 - its usual name
from pyspark.sql.streaming.state import GroupStateTimeout
from pyspark.sql.streaming.stateful_processor import StatefulProcessor


def leaves(*_):
    sys.exit(3)


def is_interrupted(*_):
    raise KeyboardInterrupt


def later(call):
    """A generator that calls once it is asked for its first row."""

    def made(*_):
        call()
        yield pd.DataFrame({"id": [1]})

    return made


def processor(call):
    class Leaving(StatefulProcessor):
        def init(self, handle): ...

        def handleInputRows(self, key, rows, timerValues):
            call()
            yield key

        def close(self): ...

    return Leaving()


BATCHES = {
    "udf": lambda rows, call: rows.select(F.udf(call, "long")("id")),
    "arrow udf": lambda rows, call: rows.select(F.udf(call, "long", useArrow=True)("id")),
    "mapInPandas": lambda rows, call: rows.mapInPandas(later(call), "id long"),
    "applyInPandas": lambda rows, call: rows.groupBy("id").applyInPandas(lambda _: call(), "id long"),
}  # fmt: skip
STREAMS = {
    "transformWithState": lambda rows, call: noop(
        rows.groupBy("id").transformWithState(processor(call), "id long", "update", "None")
    ),
    "applyInPandasWithState": lambda rows, call: noop(
        rows.groupBy("id").applyInPandasWithState(
            later(call), "id long", "n long", "update", GroupStateTimeout.NoTimeout
        )
    ),
    "foreach": lambda rows, call: rows.writeStream.foreach(call),
    "foreachBatch": lambda rows, call: rows.writeStream.foreachBatch(call),
}


def noop(rows):
    return rows.writeStream.format("noop").outputMode("update")


@pytest.mark.parametrize(("call", "said"), [(leaves, "SystemExit: 3"), (is_interrupted, "KeyboardInterrupt")])  # fmt: skip
@pytest.mark.parametrize("shape", BATCHES)
def test_a_function_of_a_batch_fails_by_name(spark, shape, call, said):
    with pytest.raises(PySparkException, match=f"(?s)test_leaving_python.py.*{said}"):
        BATCHES[shape](spark.range(3), call).collect()
    assert spark.range(3).count() == 3


@pytest.mark.parametrize("shape", STREAMS)
def test_a_function_of_a_stream_ends_its_query_by_name(spark, tmp_path, shape):
    source = str(tmp_path / "in")
    spark.range(3).write.parquet(source)
    rows = spark.readStream.schema("id long").parquet(source)
    query = STREAMS[shape](rows, leaves).trigger(availableNow=True).start()
    with pytest.raises(PySparkException, match=r"(?s)test_leaving_python.py.*SystemExit: 3"):
        query.awaitTermination()
    assert "SystemExit: 3" in str(query.exception())
