from __future__ import annotations

import re

import pyarrow as pa
import pytest

from workbench.base.errors import AnalysisError, ExecutionError, IllegalArgument
from workbench.engine.connectors import registry
from workbench.engine.connectors.formats.json import JsonFormat

IDS = pa.table({"id": [1, 2, 3]})


def test_a_folder_looks_like_sparks(files):
    files.write("json", IDS, "out")

    names = sorted(path.name for path in (files.folder / "out").iterdir())
    assert names[0] == "_SUCCESS"
    assert re.fullmatch(r"part-00000-[0-9a-f-]{36}-c000\.json", names[1])
    assert len(names) == 2


def test_the_four_modes(files):
    files.write("json", IDS, "out")
    with pytest.raises(AnalysisError) as caught:
        files.write("json", IDS, "out")
    assert caught.value.condition == "PATH_ALREADY_EXISTS"
    assert caught.value.parameters == {"outputPath": f"file:{files.path('out')}"}

    files.write("json", IDS, "out", mode="ignore")
    assert len(files.rows("json", "out")) == 3
    files.write("json", IDS, "out", mode="append")
    assert len(files.rows("json", "out")) == 6
    files.write("json", IDS.slice(0, 1), "out", mode="overwrite")
    assert files.rows("json", "out") == [(1,)]


def test_a_dynamic_overwrite_replaces_only_the_partitions_it_writes(files):
    files.write("json", pa.table({"k": [1, 2], "v": ["old", "old"]}), "out", partition_by=["k"])
    new = pa.table({"k": [2], "v": ["new"]})

    files.write(
        "json", new, "out", mode="overwrite", partition_by=["k"], partitionOverwriteMode="dynamic"
    )
    assert sorted(files.rows("json", "out")) == [("new", 2), ("old", 1)]
    files.write("json", new, "out", mode="overwrite", partition_by=["k"])
    assert files.rows("json", "out") == [("new", 2)]


def test_a_write_that_fails_leaves_the_old_rows(files, monkeypatch):
    files.write("json", IDS, "out")

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JsonFormat, "write", full)
    with pytest.raises(ExecutionError) as caught:
        files.write("json", IDS, "out", mode="overwrite")
    monkeypatch.undo()

    assert caught.value.condition == "TASK_WRITE_FAILED"
    assert len(files.rows("json", "out")) == 3
    assert not (files.folder / "out" / "_temporary").exists()


def test_files_of_at_most_so_many_records(files):
    files.write("json", pa.table({"id": list(range(5))}), "out", maxRecordsPerFile="2")
    assert files.texts("out") == ['{"id":0}\n{"id":1}\n', '{"id":2}\n{"id":3}\n', '{"id":4}\n']


def test_no_rows_still_leave_a_schema(files):
    files.write("parquet", IDS.slice(0, 0), "a")
    files.write("csv", IDS.slice(0, 0), "b", header="true")
    files.write(
        "json",
        pa.table({"k": pa.array([], pa.int64()), "v": pa.array([], pa.int64())}),
        "c",
        partition_by=["k"],
    )

    assert files.schema("parquet", "a").simpleString() == "struct<id:bigint>"
    assert files.texts("b") == ["id\n"]
    assert [path.name for path in (files.folder / "c").iterdir()] == ["_SUCCESS"]


def test_a_path_must_be_given():
    with pytest.raises(IllegalArgument) as caught:
        registry.find("json").write(IDS, None, {}, "error", (), {}.get)
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_2047"


def test_merged_schemas(files):
    files.write("parquet", pa.table({"a": pa.array([1], pa.int32())}), "out")
    files.write("parquet", pa.table({"a": [2], "b": ["x"]}), "out", mode="append")

    assert (
        files.schema("parquet", "out", mergeSchema="true").simpleString()
        == "struct<a:bigint,b:string>"
    )
    files.write("parquet", pa.table({"a": ["text"]}), "out", mode="append")
    with pytest.raises(Exception, match="CANNOT_MERGE_SCHEMAS"):
        files.schema("parquet", "out", mergeSchema="true")


def test_a_schemas_names_have_no_case(files):
    files.write("parquet", pa.table({"userId": [1]}), "out")
    scan = files.read("parquet", "out", ddl="USERID bigint, other string")
    assert scan.schema.names == ["userId", "other"]
