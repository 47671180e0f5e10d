"""Snapshots are written beside the query, old files go, and a bad file is survived or named."""

from __future__ import annotations

import pyarrow as pa
import pytest

from workbench.base.errors import ExecutionError
from workbench.engine.state.changelog import Inventory, Lag, LoadPlan, load_plans, take_inventory
from workbench.engine.state.maintenance import Maintenance, snapshot_due, to_purge
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())]))
EAGER = StateOptions(min_deltas_for_snapshot=5, maintenance_interval_s=0, min_batches_to_retain=12)


class Query:
    """Count one new key a batch, with maintenance after each commit."""

    def __init__(self, checkpoint, provider, options=EAGER, version=0):
        self.options = StateOptions(**{**_fields(options), "provider": provider})
        self.checkpoint = checkpoint
        self.maintenance = Maintenance(self.options, clock=lambda: 0.0)
        self.state = OperatorState(checkpoint, 0, "agg", [SPEC], 1, self.options)
        self.state.load(version)

    def run(self, batches):
        for _ in range(batches):
            version = self.state.version + 1
            keys = pa.table({"k": [version, version - 3]})
            self.state.store(0).put(keys, pa.table({"n": [version, version]}))
            self.state.commit(version)
            self.maintenance.after_commit(self.state)
            self.maintenance.wait()

    def stop(self):
        self.maintenance.close()
        self.state.close()

    def rows(self, version):
        state = OperatorState(self.checkpoint, 0, "agg", [SPEC], 1, self.options)
        state.load(version)
        found = {row["k"]: row["n"] for row in state.store(0).scan().to_pylist()}
        state.close()
        return found


def _fields(options):
    return {name: getattr(options, name) for name in options.__slots__}


def expected(version):
    return {k: min(k + 3, version) if k + 3 <= version else k for k in range(-2, version + 1)}


@pytest.fixture
def query(tmp_path, provider):
    running = Query(tmp_path, provider)
    yield running
    running.stop()


def files(tmp_path):
    return take_inventory(tmp_path / "state" / "0" / "0")


def test_snapshots_come_every_few_deltas_and_old_files_go(query, tmp_path):
    query.run(40)
    found = files(tmp_path)
    assert found.snapshots == {25, 30, 35, 40}
    assert found.deltas == set(range(26, 41))
    for version in range(29, 41):
        assert query.rows(version) == expected(version)


def test_a_version_before_the_retained_ones_is_named_as_gone(query):
    query.run(40)
    with pytest.raises(ExecutionError, match=r"CANNOT_LOAD_STATE_STORE.*does not exist"):
        query.rows(20)


def test_a_corrupt_snapshot_falls_back_to_the_one_before(query, tmp_path):
    query.run(20)
    damage(tmp_path / "state" / "0" / "0" / "20.snapshot")
    assert query.rows(20) == expected(20)


def test_a_missing_snapshot_file_falls_back_too(query, tmp_path):
    query.run(12)
    damage(tmp_path / "state" / "0" / "0" / "5.snapshot")
    damage(tmp_path / "state" / "0" / "0" / "10.snapshot")
    assert query.rows(12) == expected(12)


def test_a_corrupt_delta_is_named_when_no_snapshot_covers_it(query, tmp_path):
    query.run(13)
    delta = tmp_path / "state" / "0" / "0" / "12.delta"
    damage(delta)
    assert query.rows(11) == expected(11)
    with pytest.raises(ExecutionError, match=r"CANNOT_LOAD_STATE_STORE.CORRUPT_FILE.*12\.delta"):
        query.rows(13)
    query.run(2)
    assert query.rows(15) == expected(15)


@pytest.mark.parametrize("cut", [0, 1, 20, -1])
def test_a_file_cut_short_is_named(query, tmp_path, cut):
    query.run(2)
    delta = tmp_path / "state" / "0" / "0" / "2.delta"
    delta.write_bytes(delta.read_bytes()[:cut])
    with pytest.raises(ExecutionError, match=r"CORRUPT_FILE.*2\.delta"):
        query.rows(2)


def test_a_delta_of_another_run_does_not_fit(query, tmp_path, provider):
    query.run(2)
    other = Query(tmp_path / "other", provider)
    other.state.store(0).put(pa.table({"k": [99]}), pa.table({"n": [99]}))
    other.run(3)
    source = tmp_path / "other" / "state" / "0" / "0" / "3.delta"
    (tmp_path / "state" / "0" / "0" / "3.delta").write_bytes(source.read_bytes())
    other.stop()
    with pytest.raises(ExecutionError, match="does not follow"):
        query.rows(3)


def test_a_snapshot_begun_before_a_rewind_is_not_written_after_it(query, tmp_path):
    query.run(8)
    [write] = query.state.freeze()
    query.state.load(6)
    assert write() is False
    assert 8 not in files(tmp_path).snapshots


def test_a_rewound_query_takes_another_way(query, tmp_path):
    query.run(10)
    assert 10 in files(tmp_path).snapshots
    query.state.load(8)
    query.state.store(0).put(pa.table({"k": [1000]}), pa.table({"n": [1]}))
    query.run(2)
    assert query.rows(10) == expected(10) | {1000: 1}


def test_a_snapshot_of_an_overwritten_version_is_not_believed(query, tmp_path):
    query.run(9)
    [write] = query.state.freeze()
    other = Query(tmp_path, query.options.provider, version=8)
    other.state.store(0).put(pa.table({"k": [1000]}), pa.table({"n": [1]}))
    other.run(1)
    other.stop()
    assert write()
    assert query.rows(9) == expected(9) | {1000: 1}


def damage(path):
    if path.is_dir():
        path = max(path.iterdir(), key=lambda file: file.stat().st_size)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.unlink()
    path.write_bytes(bytes(content))


OPTIONS = StateOptions(min_deltas_for_snapshot=10, maintenance_interval_s=60)


@pytest.mark.parametrize(
    ("lag", "seconds", "due"),
    [
        (Lag(9, 1 << 40, 0), 1e9, False),
        (Lag(10, 0, 0), 59, False),
        (Lag(10, 0, 0), 60, True),
        (Lag(10, 65 << 20, 0), 0, True),
        (Lag(10, 65 << 20, 1 << 30), 0, False),
        (Lag(10, 3 << 30, 1 << 30), 0, True),
    ],
)
def test_when_a_snapshot_is_due(lag, seconds, due):
    assert snapshot_due(lag, seconds, OPTIONS) is due


@pytest.mark.parametrize(
    ("deltas", "snapshots", "oldest", "kept"),
    [
        (range(1, 21), [], 15, (range(1, 21), [])),
        (range(1, 21), [10], 15, (range(1, 21), [10])),
        (range(1, 31), [10, 20], 15, (range(11, 31), [10, 20])),
        (range(1, 31), [10, 20], 25, (range(11, 31), [10, 20])),
        (range(1, 31), [10, 20, 30], 25, (range(21, 31), [20, 30])),
        (range(1, 31), [10, 20, 30], -3, (range(1, 31), [10, 20, 30])),
    ],
)
def test_what_is_purged(deltas, snapshots, oldest, kept):
    before = Inventory(frozenset(deltas), frozenset(snapshots))
    gone = set(to_purge(before, oldest))
    left_deltas = {n for n in deltas if (n, "delta") not in gone}
    left_snapshots = {n for n in snapshots if (n, "snapshot") not in gone}
    assert (left_deltas, left_snapshots) == (set(kept[0]), set(kept[1]))
    after = Inventory(frozenset(left_deltas), frozenset(left_snapshots))
    for version in range(max(oldest, 1), max(deltas) + 1):
        assert load_plans(after, version)


def test_the_ways_to_a_version():
    found = Inventory(frozenset({1, 2, 3, 5, 6}), frozenset({2, 4}))
    assert load_plans(found, 3) == [LoadPlan(2, range(3, 4)), LoadPlan(None, range(1, 4))]
    assert load_plans(found, 6) == [LoadPlan(4, range(5, 7))]
    assert load_plans(found, 3, floor=2) == [LoadPlan(2, range(3, 4))]
    assert load_plans(found, 9) == []
