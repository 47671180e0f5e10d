"""A kill between any two durable steps loses nothing that was acknowledged, and doubles nothing."""

from __future__ import annotations

import multiprocessing
import signal

import pytest

from tests.engine.state import crash_run
from workbench.engine.state.operator import OperatorState
from workbench.engine.state.options import StateOptions
from workbench.engine.state.reader import read_state

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload([crash_run.__name__, "workbench.engine.state.rocksmulti"])
"""A fresh interpreter takes over a second to load the state; a child of one that has loaded it is ready at once."""
POINTS = [
    f"state.{kind}.{step}:{count}"
    for kind, counts in (("delta", (1, 9)), ("snapshot", (2,)), ("layout", (2,)))
    for step in ("written", "renamed", "durable")
    for count in counts
] + [
    "state.metadata.renamed",
    "state.schema.written",
    "state.partition:3",
    "state.partition:10",
    "state.purge:2",
]


def run(checkpoint, provider, crash_at=""):
    """Run the batches that are missing; returns how the process ended."""
    process = FORKS.Process(target=crash_run.killed_at, args=(crash_at, checkpoint, provider))
    process.start()
    process.join(100)
    return process.exitcode


def state_of(checkpoint, version):
    rows = read_state(checkpoint, version).select(["k", "n"]).sort_by("k").to_pylist()
    pairs = read_state(checkpoint, version, store="pairs").select(["k", "v"]).to_pylist()
    return rows, sorted(pairs, key=repr)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    checkpoint = tmp_path_factory.mktemp("uninterrupted")
    assert run(checkpoint, "columnar") == 0
    return {version: state_of(checkpoint, version) for version in (7, 8)}


@pytest.mark.parametrize("point", POINTS)
def test_a_kill_at_every_durable_step(tmp_path, provider, point, uninterrupted):
    assert run(tmp_path, provider, point) == -signal.SIGKILL
    assert run(tmp_path, provider) == 0
    assert state_of(tmp_path, 8) == uninterrupted[8]
    assert state_of(tmp_path, 7) == uninterrupted[7]


def test_a_version_half_committed_is_not_there(tmp_path, provider):
    assert run(tmp_path, provider, "state.partition:3") == -signal.SIGKILL
    committed = crash_run.committed(tmp_path)
    state = OperatorState(tmp_path, 0, "agg", crash_run.SPECS, 2, StateOptions(provider=provider))
    state.load(committed)
    assert state.metrics().rows_total == crash_run.rows_after(committed)
    state.close()
