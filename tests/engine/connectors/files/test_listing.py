from __future__ import annotations

import pytest

from workbench.base.ddl import parse_ddl
from workbench.base.errors import AnalysisError, ExecutionError, IllegalArgument
from workbench.engine.connectors import registry
from workbench.engine.connectors.files import globs
from workbench.engine.connectors.files.listing import Listing
from workbench.engine.connectors.files.read import read_listing
from workbench.engine.connectors.files.status import FileStatus, from_uri, to_uri
from workbench.engine.connectors.options import with_paths

ONE = '{"v":1}\n'


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.json", ["a1.json", "a2.json", "b1.json"]),
        ("{a,b}1.json", ["a1.json", "b1.json"]),
        ("a?.json", ["a1.json", "a2.json"]),
        ("[ab]1.*", ["a1.json", "b1.json"]),
        ("[^a]1.json", ["b1.json"]),
        ("a[1-1].json", ["a1.json"]),
        ("*/c.json", ["d/c.json"]),
        ("{a{1,2},b1}.json", ["a1.json", "a2.json", "b1.json"]),
        ("x*", []),
    ],
)
def test_patterns(files, pattern, found):
    for name in ("a1.json", "a2.json", "b1.json", "d/c.json"):
        files.put(name, ONE)
    assert globs.expand(files.path(pattern)) == [files.path(name) for name in found]


def test_hidden_files_are_passed_over(files):
    for name in ("d/a.json", "d/_x.json", "d/.y.json", "d/_tmp/b.json", "d/c.json._COPYING_"):
        files.put(name, ONE)
    assert files.rows("json", "d") == [(1,)]


def test_several_paths_and_a_pattern_over_folders(files):
    for name in ("a/1.json", "b/1.json", "c/1.json"):
        files.put(name, ONE)
    assert len(files.rows("json", "a", "c")) == 2
    assert len(files.rows("json", "{a,b,c}")) == 3


def test_a_reader_names_its_files(files):
    paths = [files.put(name, ONE) for name in ("d/k=1/a.json", "d/k=2/b c.json")]
    given = with_paths({}, (files.path("d"),))
    reader = registry.find("json").read(given, parse_ddl("v int, k int"), files.conf.get)
    assert reader.files == tuple(to_uri(path) for path in paths)


def test_a_path_that_is_not_there(files):
    for path in ("nope", "nope*"):
        with pytest.raises(AnalysisError) as caught:
            files.schema("csv", path)
        assert caught.value.condition == "PATH_NOT_FOUND"
        assert caught.value.parameters == {"path": f"file:{files.path(path)}"}


@pytest.mark.parametrize("format", ["csv", "json", "parquet", "orc"])
def test_an_empty_folder_tells_no_schema(files, format):
    (files.folder / "d").mkdir()
    with pytest.raises(AnalysisError) as caught:
        files.schema(format, "d")
    assert caught.value.condition == "UNABLE_TO_INFER_SCHEMA"
    assert files.rows("text", "d") == []


def test_filters_by_name_and_time(files):
    files.put("d/old.json", ONE, modified_ms=1_500_000_000_000)
    files.put("d/new.json", '{"v":2}', modified_ms=1_700_000_000_000)
    files.put("d/new.txt", '{"v":3}', modified_ms=1_700_000_000_000)

    assert files.rows(
        "json", "d", pathGlobFilter="*.json", modifiedAfter="2020-01-01T00:00:00"
    ) == [(2,)]
    assert files.rows(
        "json", "d", pathGlobFilter="*.json", modifiedBefore="2020-01-01T00:00:00"
    ) == [(1,)]
    with pytest.raises(AnalysisError) as caught:
        files.rows("json", "d", modifiedAfter="x")
    assert caught.value.condition == "_LEGACY_ERROR_TEMP_1294"
    with pytest.raises(IllegalArgument):
        files.rows("json", "d", recursiveFileLookup="maybe")


def test_folders_without_partitions_are_looked_into_only_when_told(files):
    files.put("d/x/y/f.json", ONE)
    with pytest.raises(AnalysisError) as caught:
        files.rows("json", "d")
    assert caught.value.condition == "UNABLE_TO_INFER_SCHEMA"
    assert files.rows("json", "d", recursiveFileLookup="true") == [(1,)]


def test_a_corrupt_file_is_named_or_passed_over(files):
    path = files.put("d/bad.parquet", b"PAR1 this is not parquet PAR1 xxxx")

    with pytest.raises(ExecutionError) as caught:
        files.schema("parquet", "d")
    assert caught.value.condition == "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER"
    with pytest.raises(ExecutionError) as caught:
        files.read("parquet", "d", ddl="v bigint")
    assert caught.value.condition == "FAILED_READ_FILE.NO_HINT"
    assert caught.value.parameters["path"] == f"file://{path}"
    assert files.rows("parquet", "d", ddl="v bigint", ignoreCorruptFiles="true") == []


def test_a_file_that_is_gone_when_it_is_read_is_named_or_passed_over(files):
    files.put("d/a.json", ONE)
    for options, expected in (({}, None), ({"ignoreMissingFiles": "true"}, [])):
        given = with_paths(options, (files.path("d"),))
        reader = registry.find("json").read(given, parse_ddl("v int"), files.conf.get)
        gone = FileStatus(files.path("d/gone.json"), 0, 0)
        listing = Listing((gone,), (files.path("d"),))
        if expected is None:
            with pytest.raises(ExecutionError) as caught:
                read_listing(reader.kind, listing, reader.options, reader.schema, files.conf.get)
            assert caught.value.condition == "FAILED_READ_FILE.FILE_NOT_EXIST"
        else:
            table = read_listing(
                reader.kind, listing, reader.options, reader.schema, files.conf.get
            )
            assert table.to_pylist() == expected


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("/d/f 03.json", "file:///d/f%2003.json"),
        ("/d/k=a%2Fb/f", "file:///d/k=a%252Fb/f"),
        ("/d/é+~!*'();:@&$,=", "file:///d/é+~!*'();:@&$,="),
        ('/d/"#<>?[]^`{|}', "file:///d/%22%23%3C%3E%3F%5B%5D%5E%60%7B%7C%7D"),
    ],
)
def test_paths_are_encoded_as_hadoop_encodes_them(path, uri):
    assert to_uri(path) == uri
    assert from_uri(uri) == path
