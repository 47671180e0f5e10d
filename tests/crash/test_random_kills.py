"""Kill streams at random steps, every operator, both providers: output and state end as if nothing had happened.

``WORKBENCH_KILLS=200`` kills as often; fewer by default.
"""

from __future__ import annotations

import os
import random

import pytest

from tests.crash.events import fill
from tests.crash.outcome import output, state
from tests.crash.stream_run import SHAPES, STREAMED
from tests.crash.test_stream_crash import POINTS, STATE_POINTS

KILLS = int(os.environ.get("WORKBENCH_KILLS", "24"))
EACH = 4
"""So many kills one stream gets."""
ALL_SHAPES = [*SHAPES, *STREAMED]
PROVIDERS = ["", "rocksdb"]
FILES = 20

pytestmark = [pytest.mark.crash, pytest.mark.slow]


def kill(forks, shape, folder, provider, chance):
    """Kill a stream at a random step of a random batch; the step drawn may never come, then another is drawn."""
    points = POINTS if shape == "rows" else [*POINTS, *STATE_POINTS]
    for _ in range(20):
        at = f"{chance.choice(points)}:{chance.randrange(1, 4)},commits.after:3"
        partitions = chance.choice(["", "", "", "1", "3"])
        if forks.run(shape, folder, provider, at=at, partitions=partitions):
            return
    pytest.fail("the stream was not killed once")


@pytest.mark.parametrize("seed", range(-(-KILLS // EACH)))
def test_kills_leave_no_trace(tmp_path, forks, undisturbed, seed):
    chance = random.Random(seed)
    shape = ALL_SHAPES[seed % len(ALL_SHAPES)]
    provider = PROVIDERS[(seed + seed // len(ALL_SHAPES)) % 2]
    folder = fill(tmp_path, FILES)
    for _ in range(EACH):
        kill(forks, shape, folder, provider, chance)
    assert forks.run(shape, folder, provider) is None
    rows, kept = undisturbed(shape, FILES)
    assert output(folder) == rows
    assert state(folder) == kept
