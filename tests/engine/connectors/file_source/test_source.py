from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.base.ddl import parse_ddl
from workbench.base.errors import (
    AnalysisError,
    ExecutionError,
    IllegalArgument,
    IllegalState,
    Unsupported,
)
from workbench.engine.connectors import registry
from workbench.engine.connectors.contract import SourceContext

FIXTURES = Path(__file__).parents[1] / "fixtures"
START = 1_700_000_000_000
DAY = 86_400_000


class Stream:
    """A source and the offset it has come to; ``restart`` is a new run on the same log."""

    def __init__(self, files, format="json", ddl="a bigint", path="in", **options):
        self.files = files
        self.now_ms = START
        self.options = {**options, "path": files.path(path)}
        self.connector = registry.find(format)
        self.schema = self.connector.schema(self.options, parse_ddl(ddl), True, files.conf.get)
        self.log = files.folder / "cp" / "sources" / "0"
        self.end = None
        self.restart()

    def restart(self):
        context = SourceContext(self.log, self.files.conf.get, lambda: self.now_ms)
        self.source = self.connector.source(self.options, self.schema, context)
        return self

    def put(self, name, value, modified_ms=START):
        self.files.put(f"in/{name}", json.dumps({"a": value}) + "\n", modified_ms)

    def next(self, available_now=False):
        """One batch's values, None where there is nothing new."""
        latest = self.source.latest_offset(self.end, available_now)
        if latest == self.end:
            return None
        rows = self.source.batch(self.end, latest)
        self.source.commit(latest)
        self.end = latest
        return [row["a"] for row in rows.to_pylist()]


@pytest.fixture
def stream(files):
    (files.folder / "in").mkdir()
    return lambda **options: Stream(files, **options)


def test_every_file_comes_once_in_the_order_of_its_time(stream):
    one = stream()
    one.put("b.json", 1, START)
    one.put("a.json", 2, START + 1)
    assert one.next() == [1, 2]
    assert one.next() is None
    one.put("c.json", 3, START + 2)
    assert one.next() == [3]
    assert one.end == '{"logOffset":1}'


def test_the_log_has_sparks_bytes(files, stream):
    one = stream(maxFilesPerTrigger="1", ddl="a bigint, k string")
    for i in range(13):
        one.put("f 03.json" if i == 3 else f"f{i:02}.json", i, START + 122 + i * 10_000)
    while one.next():
        pass

    ours = {path.name: path.read_text() for path in one.log.iterdir()}
    home = files.path("in")
    theirs = {
        path.name: path.read_text().replace("/DATA/in", home)
        for path in (FIXTURES / "spark_source").iterdir()
    }
    assert ours == theirs


def test_a_log_that_spark_wrote_goes_on(files, stream):
    for i in range(14):
        files.put(
            f"in/f{i:02}.json" if i != 3 else "in/f 03.json",
            json.dumps({"a": i}),
            START + 122 + i * 10_000,
        )
    one = stream(maxFilesPerTrigger="1")
    one.log.mkdir(parents=True)
    for path in (FIXTURES / "spark_source").iterdir():
        (one.log / path.name).write_text(path.read_text().replace("/DATA/in", files.path("in")))
    one.restart().end = '{"logOffset":12}'

    assert one.next() == [13]
    assert [
        row["a"] for row in one.source.batch('{"logOffset":2}', '{"logOffset":4}').to_pylist()
    ] == [3, 4]


def test_limits_by_files_and_by_bytes(stream):
    one = stream(maxFilesPerTrigger="2")
    for i in range(5):
        one.put(f"{i}.json", i, START + i)
    assert [one.next() for _ in range(4)] == [[0, 1], [2, 3], [4], None]


def test_a_batch_takes_files_up_to_its_bytes_but_always_one(files, stream):
    one = stream(maxBytesPerTrigger="20")
    for i in range(3):
        one.put(f"{i}.json", i, START + i)
    files.put("in/big.json", '{"a": 9}' + " " * 50, START + 10)
    assert [one.next() for _ in range(4)] == [[0, 1], [2], [9], None]


def test_latest_first(stream):
    one = stream(latestFirst="true", maxFilesPerTrigger="1")
    for i in range(2):
        one.put(f"{i}.json", i, START + i)
    assert one.next() == [1]
    one.put("2.json", 2, START + 2)
    assert [one.next() for _ in range(3)] == [[2], [0], None]


def test_files_older_than_the_newest_by_max_file_age_are_left(stream):
    one = stream(maxFileAge="1d")
    one.put("new.json", 1, START + 10 * DAY)
    assert one.next() == [1]
    one.put("late.json", 2, START + 10 * DAY - DAY)
    one.put("too-late.json", 3, START)
    assert one.next() == [2]
    assert one.restart().next() is None


def test_a_file_known_by_its_name_alone(files):
    (files.folder / "in/x").mkdir(parents=True)
    (files.folder / "in/y").mkdir()
    one = Stream(files, fileNameOnly="true", path="in/*")
    one.put("x/a.json", 1)
    assert one.next() == [1]
    one.put("y/a.json", 2, START + 1)
    one.put("y/b.json", 3, START + 1)
    assert one.next() == [3]


def test_a_pattern_may_match_later(files):
    one = Stream(files, path="later/*/k=*", ddl="a bigint, k int", basePath=files.path("later/x"))
    assert one.next() is None
    files.put("later/x/k=3/a.json", '{"a":1}')
    rows = one.source.batch(None, one.source.latest_offset(None)).to_pylist()
    assert rows == [{"a": 1, "k": 3}]


def test_available_now_ends_at_what_was_there(stream):
    one = stream(maxFilesPerTrigger="1")
    one.put("a.json", 1, START)
    one.put("b.json", 2, START + 1)
    one.source.prepare_available_now()
    one.put("c.json", 3, START + 2)

    assert [one.next(available_now=True) for _ in range(3)] == [[1], [2], None]


def test_a_restart_repeats_a_batch_exactly_though_files_came_and_went(files, stream):
    one = stream(maxFilesPerTrigger="2")
    for i in range(3):
        one.put(f"{i}.json", i, START + i)
    one.next()
    offset = one.source.latest_offset(one.end)
    one.put("earlier.json", 9, START - 1)

    again = one.restart()

    assert [row["a"] for row in again.source.batch(one.end, offset).to_pylist()] == [2]
    again.end = offset
    assert again.next() == [9]


def test_an_entry_without_an_offset_is_read_once(stream):
    one = stream()
    one.put("a.json", 1, START)
    one.source.latest_offset(None)
    one.put("b.json", 2, START + 1)

    assert one.restart().next() == [1, 2]
    assert one.next() is None


def test_a_file_of_a_batch_that_is_gone_is_named(files, stream):
    one = stream()
    one.put("a.json", 1)
    offset = one.source.latest_offset(None)
    (files.folder / "in/a.json").unlink()
    with pytest.raises(ExecutionError) as caught:
        one.source.batch(None, offset)
    assert caught.value.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"


def test_done_files_are_archived_under_their_whole_path(files, stream):
    one = stream(cleanSource="archive", sourceArchiveDir=files.path("done"), maxFilesPerTrigger="1")
    one.put("a.json", 1, START)
    one.put("b.json", 2, START + 1)
    assert one.next() == [1]

    assert (files.folder / ("done" + files.path("in/a.json"))).exists()
    assert sorted(path.name for path in (files.folder / "in").iterdir()) == ["b.json"]
    assert one.restart().next() == [2]


def test_done_files_are_deleted_and_again_after_a_restart(files, stream):
    one = stream(cleanSource="delete")
    one.put("a.json", 1)
    assert one.next() == [1]
    assert not list((files.folder / "in").iterdir())
    one.source.commit(one.end)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"maxFilesPerTrigger": "1", "maxBytesPerTrigger": "1"},
            "WORKBENCH_FILE_SOURCE.BOTH_LIMITS",
        ),
        ({"maxFilesPerTrigger": "0"}, "WORKBENCH_INVALID_OPTION"),
        ({"maxFilesPerTrigger": "x"}, "WORKBENCH_INVALID_OPTION"),
        ({"maxFileAge": "x"}, "WORKBENCH_INVALID_OPTION"),
        ({"cleanSource": "zz"}, "WORKBENCH_INVALID_OPTION"),
        ({"cleanSource": "archive"}, "WORKBENCH_FILE_SOURCE.ARCHIVE_MISSING"),
        ({"discardCachedInputRatio": "2"}, "WORKBENCH_INVALID_OPTION"),
    ],
)
def test_options_that_cannot_be(stream, options, expected):
    with pytest.raises(IllegalArgument) as caught:
        stream(**options)
    assert caught.value.condition == expected


@pytest.mark.parametrize("archive", ["in", "in/deeper", ""])
def test_an_archive_inside_the_source_is_refused(files, stream, archive):
    with pytest.raises(IllegalArgument) as caught:
        stream(cleanSource="archive", sourceArchiveDir=files.path(archive))
    assert caught.value.condition == "WORKBENCH_FILE_SOURCE.ARCHIVE_INSIDE"


def test_a_stream_needs_a_schema_and_a_folder(files, stream):
    with pytest.raises(IllegalArgument) as caught:
        files.schema("json", "in", is_streaming=True)
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_2048"
    with pytest.raises(AnalysisError) as caught:
        files.schema("json", "nope", ddl="a int", is_streaming=True)
    assert caught.value.condition == "PATH_NOT_FOUND"
    files.put("in/a.json", '{"a":1}')
    files.conf["spark.sql.streaming.schemaInference"] = "true"
    assert files.schema("json", "in", is_streaming=True).simpleString() == "struct<a:bigint>"


def test_every_column_is_nullable_and_folders_are_columns(files, stream):
    files.put("in/k=1/a.json", '{"a":1}')
    schema = files.schema("json", "in", ddl="k string, a int not null", is_streaming=True)
    assert schema.simpleString() == "struct<a:int,k:string>"
    assert all(field.nullable for field in schema.fields)
    one = Stream(files, ddl="a int, k string")
    assert one.source.batch(None, one.source.latest_offset(None)).to_pylist() == [
        {"a": 1, "k": "1"}
    ]


def test_parquet_arrives_as_a_scan_that_knows_its_rows(files, stream):
    files.write("parquet", pa.table({"a": [1, 2]}), "in", mode="append")
    one = Stream(files, format="parquet")
    scan = one.source.batch(None, one.source.latest_offset(None))
    assert scan.rows == 2
    assert scan.schema.simpleString() == "struct<a:bigint>"


def test_a_corrupt_parquet_in_mid_stream_is_named(files, stream):
    one = stream(format="parquet")
    files.write("parquet", pa.table({"a": [1]}), "in", mode="append")
    one.end = one.source.latest_offset(None)
    bad = files.put("in/zz.parquet", b"PAR1 nothing PAR1", START + 10**12)
    with pytest.raises(ExecutionError) as caught:
        one.source.batch(one.end, one.source.latest_offset(one.end))
    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"
    assert caught.value.parameters["path"] == f"file://{bad}"


def test_an_offset_of_another_source_is_refused(stream):
    with pytest.raises(IllegalState) as caught:
        stream().source.batch(None, '{"row":3}')
    assert caught.value.condition == "MALFORMED_LOG_FILE"


def test_a_truncated_log_is_named(stream):
    one = stream()
    one.put("a.json", 1)
    one.next()
    path = one.log / "0"
    path.write_text(path.read_text()[:20])
    with pytest.raises(IllegalState) as caught:
        one.restart()
    assert caught.value.condition == "MALFORMED_LOG_FILE"
    assert str(path) in str(caught.value)


def test_the_output_of_a_streaming_sink_is_not_cleaned(files, stream):
    (files.folder / "in/_spark_metadata").mkdir()
    one = stream(cleanSource="delete")
    with pytest.raises(Unsupported) as caught:
        one.next()
    assert caught.value.condition == "WORKBENCH_FILE_SOURCE.CLEANS_SINK"


def test_old_entries_go_when_they_are_folded_and_no_batch_needs_them(files, stream):
    files.conf.update(
        {
            "spark.sql.streaming.minBatchesToRetain": "5",
            "spark.sql.streaming.fileSource.log.cleanupDelay": "0",
            "spark.sql.streaming.fileSource.log.compactInterval": "4",
        }
    )
    one = stream(maxFilesPerTrigger="1")
    one.now_ms = 10**15
    for i in range(14):
        one.put(f"{i:02}.json", i, START + i)
    while one.next():
        pass

    # The newest folded entry that still leaves five batches is 7.
    assert sorted(path.name for path in one.log.iterdir()) == [
        "10",
        "11.compact",
        "12",
        "13",
        "7.compact",
        "8",
        "9",
    ]
    assert one.restart().next() is None
    assert [
        row["a"] for row in one.source.batch('{"logOffset":8}', '{"logOffset":13}').to_pylist()
    ] == [9, 10, 11, 12, 13]


def test_folded_entries_stay_until_their_time_has_passed(files, stream):
    files.conf.update(
        {
            "spark.sql.streaming.minBatchesToRetain": "2",
            "spark.sql.streaming.fileSource.log.compactInterval": "3",
        }
    )
    one = stream(maxFilesPerTrigger="1")
    one.now_ms = time.time_ns() // 1_000_000
    for i in range(7):
        one.put(f"{i}.json", i, START + i)
    for _ in range(6):
        one.next()
    assert len(list(one.log.iterdir())) == 6
    # Ten minutes later those of the first file are due, but for what came after it.
    os.utime(one.log / "0", (1, 1))
    one.next()
    assert sorted(path.name for path in one.log.iterdir()) == [
        "1",
        "2.compact",
        "3",
        "4",
        "5.compact",
        "6",
    ]


def test_limits_can_change_while_it_runs(stream):
    one = stream(maxFilesPerTrigger="1")
    for i in range(4):
        one.put(f"{i}.json", i, START + i)
    assert one.next() == [0]
    one.source.tune(max_files_per_trigger=3)
    assert one.next() == [1, 2, 3]
