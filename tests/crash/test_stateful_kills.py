"""Kill streams of stateful Python at every durable step, both providers: output and state end as if nothing had happened.

``WORKBENCH_KILLS=200`` or more kills every operator on both providers at every step; fewer by default, each step once.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.crash.fork_server import ForkServer
from tests.crash.outcome import output, state
from tests.crash.stateful_run import SHAPES
from tests.crash.test_stream_crash import POINTS, STATE_POINTS, fill

EVERY = [*POINTS, *STATE_POINTS]
RUNS = [(shape, provider) for shape in SHAPES for provider in ("columnar", "rocksdb")]
WHOLE = int(os.environ.get("WORKBENCH_KILLS", "0")) >= 200
SHARES = [
    (*run, number) for run in RUNS for number in (range(len(RUNS)) if WHOLE else [RUNS.index(run)])
]
"""Which of the steps an input is killed at: it has not batches enough to die at all of them."""

pytestmark = [pytest.mark.crash, pytest.mark.slow]


@pytest.fixture(scope="module")
def forks():
    """Runs streams of stateful Python in processes that may be killed."""
    server = ForkServer("tests.crash.stateful_run")
    yield server
    server.close()


@pytest.fixture(scope="module")
def undisturbed(forks, tmp_path_factory):
    """Output and state of a run that nothing disturbs, once a shape."""
    known = {}

    def of(shape):
        if shape not in known:
            folder = fill(tmp_path_factory.mktemp(shape))
            assert forks.run(shape, folder, "columnar") is None
            known[shape] = output(folder), state(folder)
        return known[shape]

    return of


@pytest.mark.parametrize(("shape", "provider", "number"), SHARES)
def test_kills_leave_no_trace_in_stateful_python(
    tmp_path, forks, undisturbed, shape, provider, number
):
    points = EVERY[number :: len(RUNS)]
    chance = random.Random(number)
    once = [
        point
        if point.startswith(("metadata", "state.metadata", "state.schema"))
        else f"{point}:{chance.randrange(1, 4)}"
        for point in points
    ]

    folder = fill(tmp_path)
    died = [forks.run(shape, folder, provider, at=point) for point in once]

    assert forks.run(shape, folder, provider) is None
    assert len(died) - died.count(None) >= len(once) // 2
    rows, kept = undisturbed(shape)
    assert rows
    assert output(tmp_path) == rows
    assert state(tmp_path) == kept
