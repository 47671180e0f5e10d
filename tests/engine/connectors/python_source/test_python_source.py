"""Data sources written as PySpark's documentation writes them, run unchanged."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyspark.sql.datasource import (
    DataSource,
    DataSourceArrowWriter,
    DataSourceReader,
    DataSourceStreamReader,
    DataSourceStreamWriter,
    DataSourceWriter,
    InputPartition,
    SimpleDataSourceStreamReader,
    WriterCommitMessage,
)

from workbench.base.arrow_types import arrow_schema
from workbench.base.ddl import parse_ddl
from workbench.base.errors import AnalysisError, ExecutionError, UserCodeError
from workbench.engine.connectors.contract import SinkContext
from workbench.engine.connectors.python_source.connector import python_connector

LOG: list = []


class Squares(DataSource):
    @classmethod
    def name(cls):
        return "squares"

    def schema(self):
        return "n int, square bigint"

    def reader(self, schema):
        return SquaresReader(int(self.options.get("COUNT", "4")))

    def streamReader(self, schema):
        return SquaresStream()

    def writer(self, schema, overwrite):
        return Collector(overwrite)

    def streamWriter(self, schema, overwrite):
        return StreamCollector()


class SquaresReader(DataSourceReader):
    def __init__(self, count):
        self.count = count

    def partitions(self):
        return [InputPartition(range(2)), InputPartition(range(2, self.count))]

    def read(self, partition):
        for n in partition.value:
            yield (n, n * n)


class SquaresStream(DataSourceStreamReader):
    def initialOffset(self):
        return {"at": 0}

    def latestOffset(self, start, limit):
        return {"at": min(start["at"] + 2, 5)}

    def partitions(self, start, end):
        return [InputPartition((start["at"], end["at"]))]

    def read(self, partition):
        yield pa.RecordBatch.from_pydict(
            {
                "n": pa.array(range(*partition.value), pa.int32()),
                "square": [n * n for n in range(*partition.value)],
            }
        )

    def commit(self, end):
        LOG.append(("commit", end))


class Collector(DataSourceWriter):
    def __init__(self, overwrite):
        self.overwrite = overwrite

    def write(self, iterator):
        rows = [row.n for row in iterator]
        if 13 in rows:
            raise ValueError("unlucky")
        LOG.append((self.overwrite, rows))
        return WriterCommitMessage()

    def commit(self, messages):
        LOG.append(("committed", len(messages)))

    def abort(self, messages):
        LOG.append(("aborted", messages))


class StreamCollector(DataSourceStreamWriter):
    def write(self, iterator):
        LOG.append([tuple(row) for row in iterator])

    def commit(self, messages, batchId):
        LOG.append(("committed", batchId))


class Counting(DataSource):
    def schema(self):
        return parse_ddl("n int")

    def simpleStreamReader(self, schema):
        return CountingReader()


class CountingReader(SimpleDataSourceStreamReader):
    def initialOffset(self):
        return {"at": 0}

    def read(self, start):
        at = start["at"]
        return (iter([(at,), (at + 1,)]) if at < 4 else iter([])), {"at": min(at + 2, 4)}

    def readBetweenOffsets(self, start, end):
        return iter([(n,) for n in range(start["at"], end["at"])])


@pytest.fixture(autouse=True)
def log():
    LOG.clear()
    return LOG


SQUARES = python_connector(Squares)
ROWS = pa.table({"n": pa.array([1, 2], pa.int32()), "square": [1, 4]})
SCHEMA = parse_ddl("n int, square bigint")


def test_a_batch_reader_yields_its_partitions():
    schema = SQUARES.schema({"count": "4"}, None, False, {}.get)
    rows = SQUARES.read({"count": "4"}, schema, {}.get).rows()
    assert SQUARES.name == "squares"
    assert rows.schema == arrow_schema(schema)
    assert rows.to_pylist() == [{"n": n, "square": n * n} for n in range(4)]


def test_a_stream_reader_goes_from_offset_to_offset(log):
    source = SQUARES.source({}, SCHEMA, None)
    end = source.latest_offset(source.initial_offset())
    assert end == '{"at": 2}'
    assert source.batch(None, end).column("square").to_pylist() == [0, 1]
    source.commit(end)
    assert log == [("commit", {"at": 2})]
    later = source.latest_offset(end)
    assert source.batch(end, later).column("n").to_pylist() == [2, 3]
    assert source.batch(end, later).column("n").to_pylist() == [2, 3]


def test_available_now_looks_once():
    source = SQUARES.source({}, SCHEMA, None)
    source.prepare_available_now()
    end = source.latest_offset(None, available_now=True)
    assert source.latest_offset(end, available_now=True) == end


def test_a_simple_stream_reader_reads_again_after_a_restart():
    connector = python_connector(Counting)
    schema = connector.schema({}, None, True, {}.get)
    source = connector.source({}, schema, None)
    end = source.latest_offset(source.initial_offset())
    assert source.batch(source.initial_offset(), end).to_pylist() == [{"n": 0}, {"n": 1}]
    source.commit(end)
    again = connector.source({}, schema, None)
    assert again.batch('{"at": 0}', end).to_pylist() == [{"n": 0}, {"n": 1}]
    assert again.latest_offset('{"at": 4}') == '{"at": 4}'


def test_a_writer_commits_or_aborts(log):
    SQUARES.write(ROWS, SCHEMA, {}, "append", (), {}.get)
    assert log == [(False, [1, 2]), ("committed", 1)]
    log.clear()
    unlucky = pa.table({"n": pa.array([13], pa.int32()), "square": [169]})
    with pytest.raises(UserCodeError) as caught:
        SQUARES.write(unlucky, SCHEMA, {}, "overwrite", (), {}.get)
    assert log == [("aborted", [None])]
    assert 'raise ValueError("unlucky")' in caught.value.parameters["traceback"]


def test_an_arrow_writer_gets_batches():
    class Batches(DataSourceArrowWriter):
        def write(self, iterator):
            LOG.append([batch.num_rows for batch in iterator])

    class Source(DataSource):
        def writer(self, schema, overwrite):
            return Batches()

    python_connector(Source).write(ROWS, SCHEMA, {}, "append", (), {}.get)
    assert LOG == [[2]]


def test_a_stream_writer_is_told_its_batch(log):
    sink = SQUARES.sink({}, SCHEMA, (), SinkContext("q", "", {}.get, lambda: 0))
    assert sink.add_batch(7, ROWS, "append") == 2
    assert log == [[(1, 1), (2, 4)], ("committed", 7)]


def test_what_a_source_has_not_is_named():
    with pytest.raises(AnalysisError) as caught:
        python_connector(Counting).read({}, SCHEMA, {}.get)
    assert caught.value.condition == "UNSUPPORTED_DATA_SOURCE_MODE"


def test_rows_of_another_width_are_refused():
    class Wide(Squares):
        def reader(self, schema):
            made = SquaresReader(3)
            made.read = lambda partition: iter([(1, 2, 3)])
            return made

    with pytest.raises(ExecutionError) as caught:
        python_connector(Wide).read({}, SCHEMA, {}.get).rows()
    assert caught.value.condition == "DATA_SOURCE_RETURN_SCHEMA_MISMATCH"


def test_a_source_that_raises_is_named_with_its_line():
    class Broken(Squares):
        def schema(self):
            raise KeyError("where")

    with pytest.raises(UserCodeError) as caught:
        python_connector(Broken).schema({}, None, False, {}.get)
    assert caught.value.condition == "PYTHON_DATA_SOURCE_ERROR"
    assert caught.value.parameters["action"] == "schema"
