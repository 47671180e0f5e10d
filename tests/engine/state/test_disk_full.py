"""A disk that fills while a delta is written: a named error, and the version before is whole."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa

from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.options import StateOptions
from workbench.engine.state.providers import open_store
from workbench.engine.state.store import StoreSpec

SPEC = StoreSpec(pa.schema([("k", pa.int64())]), pa.schema([("n", pa.int64())]))

FILL = """
import resource, sys
from pathlib import Path
import numpy as np, pyarrow as pa
from workbench.base.errors import ExecutionError
from tests.engine.state.test_disk_full import SPEC
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.options import StateOptions
from workbench.engine.state.providers import open_store

log = StoreLog(Path(sys.argv[1]), store="default")
store = open_store(SPEC, log, StateOptions(provider=sys.argv[2]))
store.load(0)
store.put(pa.table({"k": [1, 2]}), pa.table({"n": [1, 2]}))
store.commit(1)
big = np.random.default_rng(0).integers(0, 2**62, 200_000)
store.put(pa.table({"k": big}), pa.table({"n": big}))
before = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
try:
    store.commit(2)
except ExecutionError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
if len(sys.argv) > 3:
    store.commit(2)
"""


def fill(directory, provider, *more):
    command = [sys.executable, "-c", FILL, str(directory), provider, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=True).stdout


def load(directory, provider, version):
    log = StoreLog(directory, store="default")
    store = open_store(SPEC, log, StateOptions(provider=provider))
    store.load(version)
    return store


def test_the_version_before_is_intact(tmp_path, provider):
    said = fill(tmp_path, provider)
    assert "CANNOT_WRITE_STATE_STORE.DISK_FULL" in said and "2.delta" in said
    assert not (tmp_path / "2.delta").exists()
    store = load(tmp_path, provider, 1)
    assert store.scan().sort_by("k").to_pylist() == [{"k": 1, "n": 1}, {"k": 2, "n": 2}]
    assert not list(tmp_path.glob("*.tmp"))
    store.close()


def test_the_same_commit_may_be_tried_again(tmp_path, provider):
    fill(tmp_path, provider, "again")
    store = load(tmp_path, provider, 2)
    assert store.metrics().rows_total == 200_002
    store.close()
