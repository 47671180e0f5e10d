"""A version that changes nothing writes no file: the small delta before it gets a second name."""

from __future__ import annotations

import os
import shutil
import signal

import pyarrow as pa
import pytest

from tests.engine.state import crash_run
from tests.engine.state.test_crash import FORKS
from workbench.base.errors import ExecutionError
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions
from workbench.engine.state.reader import CHANGE, VERSION, read_changes, read_state
from workbench.engine.state.store import StoreSpec

COUNTS = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())]))
PAIRS = StoreSpec(COUNTS.keys, COUNTS.values, name="pairs", multi=True)
SPECS = (COUNTS, PAIRS)


def count(state, key, n):
    """Set one key's count: one store of one partition changes."""
    keys = pa.table({"k": [key]})
    for partition, rows in enumerate(state.split(keys)):
        if len(rows):
            state.store(partition).put(keys, pa.table({"n": [n]}))


def counts(checkpoint, version):
    return dict(
        tuple(row.values())
        for row in read_state(checkpoint, version).select(["k", "n"]).to_pylist()
    )


def deltas(checkpoint):
    return sorted(checkpoint.glob("state/0/**/*.delta"))


def files(checkpoint):
    """How many files there are, however many names they have."""
    return len({path.stat().st_ino for path in deltas(checkpoint)})


def test_one_key_updated_for_many_batches_writes_one_file_a_batch(tmp_path, open_state):
    state = open_state()
    for version in range(1, 9):
        count(state, 7, version)
        state.commit(version)
    assert len(deltas(tmp_path)) == 8 * 4
    assert files(tmp_path) == 8 + 3
    assert [counts(tmp_path, version) for version in (1, 5, 8)] == [{7: 1}, {7: 5}, {7: 8}]


def test_after_quiet_versions_a_restart_goes_on(tmp_path, open_state):
    state = open_state()
    for version in range(1, 4):
        count(state, version, 10)
        state.commit(version)
    for version in range(4, 7):
        state.commit(version)
    again = open_state(version=5)
    assert again.metrics().rows_total == 3
    count(again, 1, 11)
    again.commit(6)
    again.commit(7)
    again.commit(8)
    assert counts(tmp_path, 5) == {1: 10, 2: 10, 3: 10}
    assert counts(tmp_path, 8) == {1: 11, 2: 10, 3: 10}
    assert open_state(version=8).metrics().rows_total == 3


def test_a_snapshot_of_a_quiet_version_is_gone_on_from(tmp_path, open_state):
    state = open_state()
    count(state, 1, 1)
    for version in (1, 2, 3):
        state.commit(version)
    assert all(write() for write in state.freeze())
    state.commit(4)
    count(state, 1, 5)
    state.commit(5)
    for path in deltas(tmp_path):
        if int(path.stem) <= 3:
            path.unlink()
    assert counts(tmp_path, 4) == {1: 1}
    assert counts(tmp_path, 5) == {1: 5}
    assert open_state(version=5).metrics().rows_total == 1


def test_a_quiet_version_shows_no_change(tmp_path, open_state):
    state = open_state()
    for version, n in enumerate([1, None, None, 4], 1):
        if n:
            count(state, 7, n)
        state.commit(version)
    changes = read_changes(tmp_path, 1, 4).select([VERSION, CHANGE, "n"])
    assert [tuple(row.values()) for row in changes.to_pylist()] == [
        (1, "insert", 1),
        (4, "update", 4),
    ]


def test_a_large_delta_gets_no_second_name(tmp_path, open_state):
    state = open_state(specs=(COUNTS,), partitions=1)
    many = pa.table({"k": range(20_000)})
    state.store(0).put(many, pa.table({"n": range(20_000)}))
    for version in (1, 2, 3):
        state.commit(version)
    sizes = [path.stat().st_size for path in deltas(tmp_path)]
    assert sizes[0] > 20_000 > sizes[1]
    assert files(tmp_path) == 2
    assert open_state(version=3, specs=(COUNTS,), partitions=1).metrics().rows_total == 20_000


def test_a_checkpoint_copied_without_second_names_is_the_same(tmp_path, open_state):
    state = open_state()
    for version in range(1, 6):
        count(state, version // 3, version)
        state.commit(version)
    state.commit(6)
    copied = tmp_path / "copied"
    shutil.copytree(tmp_path / "state", copied / "state")
    assert files(copied) == len(deltas(copied))
    assert counts(copied, 6) == counts(tmp_path, 6) == {0: 2, 1: 5}


def test_where_a_file_may_have_one_name_only_it_is_written(tmp_path, open_state, monkeypatch):
    def refuse(*_):
        raise PermissionError(1, "this disk gives a file one name")

    monkeypatch.setattr(os, "link", refuse)
    state = open_state()
    count(state, 1, 1)
    state.commit(1)
    state.commit(2)
    assert files(tmp_path) == len(deltas(tmp_path)) == 8
    assert counts(tmp_path, 2) == {1: 1}


def test_an_older_delta_in_the_place_of_a_lost_one_is_refused(tmp_path, open_state):
    """A second name stands for no change only directly after the file it repeats."""
    state = open_state(specs=(COUNTS,), partitions=1)
    for version in range(1, 5):
        count(state, 1, version)
        state.commit(version)
    folder = deltas(tmp_path)[0].parent
    shutil.copy(folder / "1.delta", folder / "3.delta")
    with pytest.raises(ExecutionError, match=r"CORRUPT_FILE.*3\.delta"):
        read_state(tmp_path, 3)


def test_after_a_failed_batch_its_version_is_committed_anew(tmp_path, open_state):
    state = open_state()
    count(state, 1, 1)
    state.commit(1)
    state.commit(2)
    again = open_state(version=1)
    count(again, 1, 2)
    again.commit(2)
    assert counts(tmp_path, 1) == {1: 1}
    assert counts(tmp_path, 2) == {1: 2}


def one_key_a_batch(point, checkpoint, provider):
    """A query with one key, killed at a crash point; every version committed is acknowledged."""
    os.environ[crash_run.VARIABLE] = point
    done = crash_run.committed(checkpoint)
    state = OperatorState(checkpoint, 0, "agg", SPECS, 2, StateOptions(provider=provider))
    state.load(done)
    for version in range(done + 1, 6):
        count(state, 1, version)
        state.commit(version)
        crash_run.acknowledge(checkpoint, version)
    state.close()


@pytest.mark.parametrize("point", ["state.same.named", "state.same.durable:2", "state.partition:4"])
def test_a_kill_while_a_version_is_named_again(tmp_path, provider, point):
    def run(at):
        process = FORKS.Process(target=one_key_a_batch, args=(at, tmp_path, provider))
        process.start()
        process.join(100)
        return process.exitcode

    assert run(point) == -signal.SIGKILL
    assert run("") == 0
    assert [counts(tmp_path, version) for version in range(1, 6)] == [{1: n} for n in range(1, 6)]
