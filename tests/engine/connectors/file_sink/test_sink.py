from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow as pa
import pytest

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError, IllegalArgument
from workbench.engine.connectors import registry
from workbench.engine.connectors.contract import SinkContext

FIXTURES = Path(__file__).parents[1] / "fixtures"
ROWS = pa.table({"a": [1, 2], "k": ["x y/z", None]})


def open_sink(
    files, format="json", partition_by=(), table=ROWS, query="q", now_ms=10**13, **options
):
    context = SinkContext(query, "", files.conf.get, lambda: now_ms)
    given = {**options, "path": files.path("out")}
    return registry.find(format).sink(given, spark_schema(table.schema), partition_by, context)


def log(files):
    return {
        path.name: path.read_text() for path in (files.folder / "out/_spark_metadata").iterdir()
    }


@pytest.mark.parametrize("format", ["json", "parquet", "csv", "orc"])
def test_batches_are_read_back(files, format):
    sink = open_sink(files, format, header="true")
    for batch in range(3):
        assert sink.add_batch(batch, ROWS, "append") is None

    read = files.read(format, "out", header="true", inferSchema="true")

    assert read.rows == 6 if hasattr(read, "rows") else read.num_rows == 6
    assert sink.description == f"FileSink[file:{files.path('out')}]"


def test_a_batch_that_comes_again_writes_nothing_twice(files):
    sink = open_sink(files)
    sink.add_batch(0, ROWS, "append")
    before = sorted((files.folder / "out").rglob("*"))

    sink.add_batch(0, ROWS, "append")
    open_sink(files).add_batch(0, ROWS, "append")

    assert sorted((files.folder / "out").rglob("*")) == before


def test_files_of_an_unfinished_batch_do_not_count_and_are_replaced(files):
    sink = open_sink(files)
    sink.add_batch(0, ROWS, "append")
    sink._write(1, ROWS)
    assert len(files.rows("json", "out")) == 2

    open_sink(files).add_batch(1, ROWS, "append")

    assert len(files.rows("json", "out")) == 4
    assert len(list((files.folder / "out").glob("part-*"))) == 2


def test_the_manifest_has_sparks_form(files):
    open_sink(files, partition_by=["k"]).add_batch(0, ROWS, "append")

    version, *lines = log(files)["0"].split("\n")
    entries = [json.loads(line) for line in lines]

    spark = json.loads((FIXTURES / "spark_sink/_spark_metadata/0").read_text().split("\n")[1])
    assert version == "v1"
    assert [list(entry) for entry in entries] == [list(spark)] * 2
    assert lines == [json.dumps(entry, separators=(",", ":")) for entry in entries]
    assert {entry["path"].rpartition("/")[0] for entry in entries} == {
        f"file://{files.path('out')}/k=x%20y%252Fz",
        f"file://{files.path('out')}/k=__HIVE_DEFAULT_PARTITION__",
    }
    assert all(
        (entry["blockSize"], entry["action"], entry["isDir"]) == (33554432, "add", False)
        for entry in entries
    )


def test_every_tenth_entry_holds_all_before_it(files):
    sink = open_sink(files)
    for batch in range(11):
        sink.add_batch(batch, ROWS, "append")

    assert sorted(log(files), key=lambda name: int(name.split(".")[0])) == [
        *map(str, range(9)),
        "9.compact",
        "10",
    ]
    assert len(log(files)["9.compact"].splitlines()) == 11
    assert len(files.rows("json", "out")) == 22


def test_a_folder_that_spark_wrote_is_read_and_added_to(files):
    out = files.folder / "out"
    shutil.copytree(FIXTURES / "spark_sink", out)
    for path in (out / "_spark_metadata").iterdir():
        path.write_text(path.read_text().replace("/DATA", files.path("out")))
    files.put("out/k=x0 y%2Fz/part-orphan.json", '{"a": 99}\n')

    rows = files.rows("json", "out")
    assert sorted(row[0] for row in rows) == list(range(13))
    assert {row[2] for row in rows} == {"x0 y/z", "x1 y/z", "x2 y/z"}

    table = pa.table({"a": [13], "k": ["new"]})
    sink = open_sink(files, partition_by=["k"], table=table)
    sink.add_batch(12, table, "append")
    sink.add_batch(13, table, "append")
    assert sorted(row[0] for row in files.rows("json", "out", ddl="a int, k string")) == list(
        range(14)
    )


def test_types_that_spark_wrote_are_read(files):
    shutil.copy(FIXTURES / "spark_types.parquet", files.folder / "t.parquet")

    assert files.schema("parquet", "t.parquet").simpleString() == (
        "struct<t:timestamp,t2:timestamp_ntz,d:date,de:decimal(5,2),de2:decimal(25,2),a:array<int>,m:map<string,int>,"
        "s:struct<x:int>,dt:interval day,ym:interval year,ti:tinyint,bi:binary>"
    )


def test_files_past_their_retention_leave_the_manifest_when_it_is_folded(files):
    sink = open_sink(files, retention="1h")
    for batch in range(10):
        sink.add_batch(batch, ROWS, "append")

    # The clock says 2286; the nine earlier files are far older than an hour.
    assert len(log(files)["9.compact"].splitlines()) == 2


@pytest.mark.parametrize("mode", ["update", "complete"])
def test_rows_are_only_ever_added(files, mode):
    with pytest.raises(AnalysisError) as caught:
        open_sink(files).add_batch(0, ROWS, mode)
    assert caught.value.condition == "STREAMING_OUTPUT_MODE.UNSUPPORTED_DATASOURCE"
    assert list(registry.find("json").sink_modes) == ["append"]


def test_a_path_and_columns_that_fit_are_needed(files):
    context = SinkContext("q", "", files.conf.get, lambda: 0)
    with pytest.raises(IllegalArgument) as caught:
        registry.find("json").sink({}, spark_schema(ROWS.schema), (), context)
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_2047"
    with pytest.raises(AnalysisError) as caught:
        open_sink(files, "text")
    assert caught.value.condition == "UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE"
    with pytest.raises(AnalysisError) as caught:
        open_sink(files, partition_by=["zz"])
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_1155"
