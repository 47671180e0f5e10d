"""Files and blobs sent to the session."""

from __future__ import annotations

import importlib
import sys
import zlib

import pytest

from workbench.base.errors import IllegalArgument
from workbench.connect.artifacts import Artifacts


def chunk(raw, data, crc=None):
    return raw.pb.AddArtifactsRequest.ArtifactChunk(
        data=data, crc=zlib.crc32(data) if crc is None else crc
    )


def batch(raw, name, data, crc=None):
    request = raw.request(raw.pb.AddArtifactsRequest)
    request.batch.artifacts.add(name=name, data=chunk(raw, data, crc))
    return request


def exists(raw, name):
    asked = raw.request(raw.pb.ArtifactStatusesRequest, names=[name])
    return raw.stub.ArtifactStatus(asked).statuses[name].exists


def test_what_arrived_intact_is_there_and_what_did_not_is_not(raw):
    sent = [batch(raw, "cache/good", b"1"), batch(raw, "cache/bad", b"1", crc=0)]
    summaries = raw.stub.AddArtifacts(iter(sent)).artifacts
    assert [one.is_crc_successful for one in summaries] == [True, False]
    assert exists(raw, "cache/good")
    assert not exists(raw, "cache/bad")


def test_chunks_are_put_together(raw):
    begin = raw.request(raw.pb.AddArtifactsRequest)
    begin.begin_chunk.name, begin.begin_chunk.num_chunks = "cache/parts", 2
    begin.begin_chunk.initial_chunk.CopyFrom(chunk(raw, b"ab"))
    more = raw.request(raw.pb.AddArtifactsRequest, chunk=chunk(raw, b"cd"))
    (summary,) = raw.stub.AddArtifacts(iter([begin, more])).artifacts
    assert summary.is_crc_successful
    assert exists(raw, "cache/parts")


def test_a_python_file_can_be_imported_by_functions_that_run_here(spark, tmp_path):
    source = tmp_path / "helper_of_the_test.py"
    source.write_text("ANSWER = 42\n")
    spark.addArtifacts(str(source), pyfile=True)
    importlib.invalidate_caches()
    assert importlib.import_module("helper_of_the_test").ANSWER == 42
    del sys.modules["helper_of_the_test"]


def test_files_leave_with_the_session():
    artifacts = Artifacts()
    artifacts.add("pyfiles/one_more_helper.py", b"X = 1\n")
    (entry,) = [path for path in sys.path if "workbench-artifacts-" in path and "pyfiles" in path][
        :1
    ]
    artifacts.close()
    assert entry not in sys.path


@pytest.mark.parametrize("name", ["files/../../escaped", "files//etc/escaped/.."])
def test_a_name_cannot_leave_the_sessions_directory(name, tmp_path):
    artifacts = Artifacts()
    with pytest.raises(IllegalArgument, match="ARTIFACT_NAME"):
        artifacts.add(name, b"")
    artifacts.close()


def test_a_file_can_be_copied_to_the_servers_file_system(spark, tmp_path):
    (tmp_path / "here").write_bytes(b"data")
    spark.copyFromLocalToFs(str(tmp_path / "here"), str(tmp_path / "there"))
    assert (tmp_path / "there").read_bytes() == b"data"
