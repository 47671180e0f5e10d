"""The sinks that write no file: memory, console, noop, foreach, foreachBatch."""

from __future__ import annotations

import io

import pyarrow as pa
import pytest
from pyspark.sql import types as t
from pyspark.sql.streaming.readwriter import DataStreamWriter

from workbench.base.errors import AnalysisError
from workbench.engine.connectors import registry
from workbench.engine.connectors.console import ConsoleSink
from workbench.engine.connectors.contract import SinkContext
from workbench.engine.connectors.foreach import ForeachSink
from workbench.engine.connectors.foreach_batch import ForeachBatchSink
from workbench.engine.connectors.memory import MemorySink
from workbench.engine.connectors.options import Options

SCHEMA = t.StructType([t.StructField("k", t.StringType()), t.StructField("n", t.LongType())])


def rows(*given):
    return pa.table(
        [[k for k, _ in given], pa.array([n for _, n in given], pa.int64())], ["k", "n"]
    )


def context(name="q"):
    return SinkContext("id", name, lambda key: "", lambda: 0)


def test_memory_adds_and_replaces():
    sink = MemorySink(SCHEMA)
    assert sink.add_batch(0, rows(("a", 1)), "append") == 1
    sink.add_batch(1, rows(("b", 2)), "update")
    assert sink.rows().to_pylist() == [{"k": "a", "n": 1}, {"k": "b", "n": 2}]
    sink.add_batch(2, rows(("c", 3)), "complete")
    assert sink.rows().to_pylist() == [{"k": "c", "n": 3}]


def test_memory_takes_a_batch_once():
    sink = MemorySink(SCHEMA)
    sink.add_batch(0, rows(("a", 1)), "append")
    sink.add_batch(0, rows(("a", 1)), "append")
    assert sink.rows().num_rows == 1


def test_memory_is_empty_at_first():
    assert MemorySink(SCHEMA).rows().schema.names == ["k", "n"]


def test_memory_needs_a_query_name():
    with pytest.raises(AnalysisError, match="queryName must be specified"):
        registry.find("memory").sink({}, SCHEMA, (), context(""))


def test_console_prints_as_show_does():
    out = io.StringIO()
    sink = ConsoleSink(Options({"numRows": "2"}), out)
    assert sink.add_batch(3, rows(("a" * 30, 1), (None, 22), ("c", 3)), "append") == 3
    assert out.getvalue() == (
        "-------------------------------------------\n"
        "Batch: 3\n"
        "-------------------------------------------\n"
        "+--------------------+---+\n"
        "|                   k|  n|\n"
        "+--------------------+---+\n"
        "|aaaaaaaaaaaaaaaaa...|  1|\n"
        "|                NULL| 22|\n"
        "+--------------------+---+\n"
        "only showing top 2 rows\n\n"
    )


def test_console_whole_cells_stand_left():
    out = io.StringIO()
    ConsoleSink(Options({"truncate": "false"}), out).add_batch(0, rows(("a" * 30, 1)), "append")
    assert "|" + "a" * 30 + "|1  |" in out.getvalue()


def test_noop_counts():
    assert (
        registry.find("noop").sink({}, SCHEMA, (), context()).add_batch(0, rows(("a", 1)), "append")
        == 1
    )


def test_foreach_batch_gets_rows_and_number():
    seen = []
    sink = ForeachBatchSink(lambda table, number: seen.append((table.num_rows, number)))
    assert sink.add_batch(7, rows(("a", 1)), "append") is None
    assert seen == [(1, 7)]


def to_rows(table):
    return [t.Row(**row) for row in table.to_pylist()]


def test_foreach_calls_a_function_per_row():
    seen = []
    function = DataStreamWriter._construct_foreach_function(lambda row: seen.append((row.k, row.n)))
    assert ForeachSink(function, to_rows).add_batch(0, rows(("a", 1), ("b", 2)), "append") == 2
    assert seen == [("a", 1), ("b", 2)]


class Writer:
    def __init__(self, opens=True):
        self.opens, self.seen = opens, []

    def open(self, partition, epoch):
        self.seen.append(("open", partition, epoch))
        return self.opens

    def process(self, row):
        self.seen.append(row.k)
        if row.k == "bad":
            raise ValueError(row.k)

    def close(self, error):
        self.seen.append(("close", type(error)))


def test_foreach_opens_and_closes_a_writer():
    writer = Writer()
    sink = ForeachSink(DataStreamWriter._construct_foreach_function(writer), to_rows)
    sink.add_batch(4, rows(("a", 1)), "append")
    assert writer.seen == [("open", 0, 4), "a", ("close", type(None))]


def test_foreach_skips_what_the_writer_does_not_open():
    writer = Writer(opens=False)
    ForeachSink(DataStreamWriter._construct_foreach_function(writer), to_rows).add_batch(
        4, rows(("a", 1)), "append"
    )
    assert writer.seen == [("open", 0, 4), ("close", type(None))]


def test_foreach_tells_the_writer_what_went_wrong():
    writer = Writer()
    sink = ForeachSink(DataStreamWriter._construct_foreach_function(writer), to_rows)
    with pytest.raises(ValueError, match="bad"):
        sink.add_batch(0, rows(("bad", 1)), "append")
    assert writer.seen[-1] == ("close", ValueError)
