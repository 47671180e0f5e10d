"""Kill streams at random steps, every operator, both providers: output and state end as if nothing had happened.

``WORKBENCH_KILLS=200`` kills as often; fewer by default.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter

import pytest

from tests.crash.stream_run import SHAPES, STREAMED, run
from tests.crash.test_stream_crash import POINTS, STATE_POINTS, fill, killed
from workbench.engine.state.reader import read_operators, read_state

KILLS = int(os.environ.get("WORKBENCH_KILLS", "24"))
EACH = 4
"""So many kills one stream gets."""
ALL_SHAPES = [*SHAPES, *STREAMED]
PROVIDERS = ["", "rocksdb"]

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def output(folder):
    """What the sink shows to a reader: the files its log names, once each."""
    logs = sorted((folder / "out/_spark_metadata").glob("[0-9]*"), key=lambda p: (int(p.stem), not p.suffix))
    compacted = max((int(p.stem) for p in logs if p.suffix), default=-1)
    named = set()
    for log in logs:
        if int(log.stem) > compacted or log.suffix and int(log.stem) == compacted:
            named |= {json.loads(line)["path"] for line in log.read_text().splitlines()[1:]}
    files = [folder / "out" / path.rsplit("/", 1)[-1] for path in named]
    return Counter(line for file in files for line in file.read_text().splitlines())


def state(folder):
    """All rows of state, whatever their numbers and partitions."""
    found = {}
    for one in read_operators(folder / "checkpoint"):
        number = one.metadata.operator_id
        for spec in one.specs:
            rows = read_state(folder / "checkpoint", one.last_version, operator_id=number, store=spec.name)
            # Columns are named anew in every run, and rows are numbered in the order they came.
            names = [name for name in rows.column_names if name != "_row"]
            found[number, spec.name] = Counter(map(str, zip(*(rows.column(n).to_pylist() for n in names), strict=True)))
    return found


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """Output and state of a run that nothing disturbs, once a shape."""
    known = {}

    def of(shape):
        if shape not in known:
            folder = fill(tmp_path_factory.mktemp(shape))
            run(shape, folder)
            known[shape] = output(folder), state(folder)
        return known[shape]

    return of


@pytest.mark.parametrize("seed", range(-(-KILLS // EACH)))
def test_kills_leave_no_trace(tmp_path, uninterrupted, seed):
    chance = random.Random(seed)
    shape = ALL_SHAPES[seed % len(ALL_SHAPES)]
    provider = PROVIDERS[seed // len(ALL_SHAPES) % 2] if seed >= len(ALL_SHAPES) else PROVIDERS[seed % 2]
    folder = fill(tmp_path)
    points = POINTS if shape == "rows" else [*POINTS, *STATE_POINTS]
    for _ in range(EACH):
        killed(shape, folder, f"{chance.choice(points)}:{chance.randrange(1, 6)}", provider)
    run(shape, folder, provider)
    rows, kept = uninterrupted(shape)
    assert output(folder) == rows
    assert state(folder) == kept
