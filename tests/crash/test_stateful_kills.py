"""Kill streams of stateful Python at every durable step, both providers: output and state end as if nothing had happened.

``WORKBENCH_KILLS=200`` or more kills every operator on both providers at every step; fewer by default, each step once.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.crash.outcome import output, state
from tests.crash.stateful_run import SHAPES
from tests.crash.test_stream_crash import POINTS, STATE_POINTS, fill

ROOT = Path(__file__).resolve().parents[2]
EVERY = [*POINTS, *STATE_POINTS]
RUNS = [(shape, provider) for shape in SHAPES for provider in ("columnar", "rocksdb")]
WHOLE = int(os.environ.get("WORKBENCH_KILLS", "0")) >= 200

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def ran(shape, folder, provider, *points):
    """Run a stream, killed at points in turn, to its end; return at how many points it was killed."""
    command = [
        sys.executable,
        "-m",
        "tests.crash.stateful_run",
        shape,
        str(folder),
        provider,
        *points,
    ]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout.count(" True\n")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """Output and state of a run that nothing disturbs, once a shape."""
    known = {}

    def of(shape):
        if shape not in known:
            folder = fill(tmp_path_factory.mktemp(shape))
            ran(shape, folder, "columnar")
            known[shape] = output(folder), state(folder)
        return known[shape]

    return of


@pytest.mark.parametrize(("shape", "provider"), RUNS)
def test_kills_leave_no_trace_in_stateful_python(tmp_path, undisturbed, shape, provider):
    number = RUNS.index((shape, provider))
    points = EVERY if WHOLE else EVERY[number :: len(RUNS)]
    chance = random.Random(number)
    once = [
        point
        if point.startswith(("metadata", "state.metadata", "state.schema"))
        else f"{point}:{chance.randrange(1, 4)}"
        for point in points
    ]

    kills = ran(shape, fill(tmp_path), provider, *once)

    assert kills >= len(once) // 2
    rows, kept = undisturbed(shape)
    assert rows
    assert output(tmp_path) == rows
    assert state(tmp_path) == kept
