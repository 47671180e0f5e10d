from __future__ import annotations

import json

import pytest

from workbench.base.errors import ExecutionError, IllegalState
from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint, local_path
from workbench.engine.streaming.checkpoint.commit_log import Commit, commit_log
from workbench.engine.streaming.checkpoint.offset_log import BatchOffsets, offset_log
from workbench.engine.streaming.checkpoint.pinned_conf import PINNED, pinned_from, with_pinned

CONF = {"spark.sql.shuffle.partitions": "2"}


@pytest.fixture
def checkpoint(tmp_path):
    made = Checkpoint(str(tmp_path / "checkpoint"))
    made.identify(lambda: "6f0e2c1a-0000-4000-8000-000000000001")
    made.open_logs()
    return made


def run_batches(checkpoint, count, watermark_ms=0):
    for batch_id in range(count):
        checkpoint.offsets.add(
            batch_id, BatchOffsets((str(batch_id),), watermark_ms, 1000 + batch_id, CONF)
        )
        checkpoint.commit(batch_id, watermark_ms)


@pytest.mark.parametrize("place", ["file", "file/below", "/proc", "/proc/nowhere"])
def test_a_place_that_cannot_be_written_is_refused_by_name(tmp_path, place):
    (tmp_path / "file").touch()
    location = str(tmp_path / place)
    with pytest.raises(ExecutionError, match="CHECKPOINT_NOT_WRITABLE") as refused:
        Checkpoint(location).lock()
    assert location in str(refused.value)


def test_files_have_sparks_bytes(checkpoint):
    checkpoint.offsets.add(0, BatchOffsets(('{"logOffset":0}', None), 5, 1795410246243, CONF))
    checkpoint.commit(0, 1795410248919)
    assert (
        checkpoint.root / "metadata"
    ).read_bytes() == b'{"id":"6f0e2c1a-0000-4000-8000-000000000001"}'
    assert (checkpoint.root / "offsets/0").read_bytes() == (
        b'v1\n{"batchWatermarkMs":5,"batchTimestampMs":1795410246243,'
        b'"conf":{"spark.sql.shuffle.partitions":"2"}}\n{"logOffset":0}\n-'
    )
    assert (
        checkpoint.root / "commits/0"
    ).read_bytes() == b'v1\n{"nextBatchWatermarkMs":1795410248919}'


def test_what_is_written_is_read_back(checkpoint):
    entry = BatchOffsets(('{"logOffset":0}', None), 5, 7, CONF)
    checkpoint.offsets.add(0, entry)
    checkpoint.commit(0, 9)
    assert offset_log(checkpoint.root / "offsets").get(0) == entry
    assert commit_log(checkpoint.root / "commits").get(0) == Commit(9)


def test_a_second_format_commit_of_spark_is_read(checkpoint):
    (checkpoint.root / "commits/0").write_text('v2\n{"nextBatchWatermarkMs":3,"stateUniqueIds":{}}')
    assert checkpoint.commits.get(0) == Commit(3)


def test_a_new_checkpoint_starts_at_batch_zero(checkpoint):
    found = checkpoint.resume(1)
    assert (found.batch_id, found.committed, found.planned, found.watermark_ms) == (
        0,
        None,
        None,
        0,
    )


def test_after_a_commit_the_next_batch_is_new(checkpoint):
    run_batches(checkpoint, 2, watermark_ms=70)
    found = checkpoint.resume(1)
    assert (found.batch_id, found.committed.offsets, found.planned) == (2, ("1",), None)
    assert (found.watermark_ms, found.late_watermark_ms) == (70, 70)


def test_a_planned_batch_is_run_again_as_planned(checkpoint):
    run_batches(checkpoint, 1)
    again = BatchOffsets(("5",), 42, 43, CONF)
    checkpoint.offsets.add(1, again)
    found = checkpoint.resume(1)
    assert (found.batch_id, found.committed.offsets, found.planned) == (1, ("0",), again)
    assert (found.watermark_ms, found.late_watermark_ms) == (42, 0)


def test_the_same_batch_is_not_logged_twice(checkpoint):
    run_batches(checkpoint, 1)
    with pytest.raises(IllegalState, match="CONCURRENT_STREAM_LOG_UPDATE"):
        checkpoint.commit(0, 0)


def test_a_half_written_file_leaves_no_entry(checkpoint):
    (checkpoint.root / "offsets" / ".0.99.tmp").write_text("v1\n{")
    assert checkpoint.resume(1).batch_id == 0


def test_purge_keeps_what_a_restart_needs(checkpoint):
    run_batches(checkpoint, 10)
    checkpoint.purge(9, keep=3)
    assert sorted(int(f.name) for f in (checkpoint.root / "offsets").iterdir()) == [6, 7, 8, 9]
    assert Checkpoint(str(checkpoint.root)).root == checkpoint.root
    assert checkpoint.resume(1).batch_id == 10


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", "STREAMING_CHECKPOINT_INCOMPLETE_LOG_FILE"),
        ("v1", "STREAMING_CHECKPOINT_INCOMPLETE_LOG_FILE"),
        ('v1\n{"batchWaterm', "STREAMING_CHECKPOINT_INCOMPLETE_LOG_FILE"),
        ("v9\n{}\n0", "INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION"),
        ("xx\n{}\n0", "MALFORMED_LOG_FILE"),
        ("v1\n[1]\n0", "MALFORMED_LOG_FILE"),
        ('v1\n{"batchWatermarkMs":0}', "STREAMING_CHECKPOINT_OTHER_QUERY"),
        ('v1\n{"batchWatermarkMs":0}\n0\n1', "STREAMING_CHECKPOINT_OTHER_QUERY"),
    ],
)
def test_a_damaged_offset_file_is_named(checkpoint, text, condition):
    run_batches(checkpoint, 2)
    (checkpoint.root / "offsets/1").write_text(text)
    with pytest.raises(ExecutionError) as raised:
        checkpoint.resume(1)
    assert raised.value.condition == condition
    assert str(checkpoint.root) in str(raised.value)


def test_a_damaged_commit_file_is_named(checkpoint):
    run_batches(checkpoint, 1)
    (checkpoint.root / "commits/0").write_text("")
    with pytest.raises(ExecutionError, match="INCOMPLETE_LOG_FILE"):
        checkpoint.resume(1)


def test_a_gap_before_a_planned_batch_is_an_error(checkpoint):
    run_batches(checkpoint, 2)
    checkpoint.offsets.add(2, BatchOffsets(("9",), 0, 0, CONF))
    (checkpoint.root / "offsets/1").unlink()
    with pytest.raises(IllegalState, match="batch 1 doesn't exist"):
        checkpoint.resume(1)


def test_a_missing_metadata_file_is_an_error_once_there_are_batches(checkpoint):
    run_batches(checkpoint, 1)
    (checkpoint.root / "metadata").unlink()
    with pytest.raises(ExecutionError, match="STREAMING_CHECKPOINT_MISSING_METADATA_FILE"):
        Checkpoint(str(checkpoint.root)).identify(lambda: "new")


@pytest.mark.parametrize("text", ["", "{}", "{", "[]"])
def test_metadata_without_an_id_is_an_error(checkpoint, text):
    (checkpoint.root / "metadata").write_text(text)
    with pytest.raises(ExecutionError, match="STREAMING_CHECKPOINT_BAD_METADATA_FILE"):
        checkpoint.identify(lambda: "new")


def test_the_id_stays(checkpoint):
    assert Checkpoint(str(checkpoint.root)).identify(lambda: "other").endswith("0001")


def test_a_temporary_checkpoint_is_removed():
    made = Checkpoint("")
    assert made.root.is_dir()
    made.close()
    assert not made.root.exists()


def test_two_users_of_one_checkpoint_are_kept_apart(checkpoint):
    checkpoint.lock()
    other = Checkpoint(str(checkpoint.root))
    with pytest.raises(IllegalState, match="CHECKPOINT_IN_USE"):
        other.lock()
    checkpoint.close()
    other.lock()
    other.close()


def test_file_uris_are_local_paths(tmp_path):
    assert local_path((tmp_path / "with space").as_uri()) == tmp_path / "with space"


def test_fifteen_settings_are_pinned():
    assert len(PINNED) == 15
    session = {"spark.sql.shuffle.partitions": "7"}
    pinned = pinned_from(session.get)
    assert pinned["spark.sql.shuffle.partitions"] == "7"
    find = with_pinned({"spark.sql.shuffle.partitions": "9", "other": "x"}.get, pinned)
    assert (find("spark.sql.shuffle.partitions"), find("other")) == ("7", "x")
    assert json.dumps(pinned)
