"""The number of state partitions changes while a stream runs and at every restart: no key is lost and none is there twice."""

from __future__ import annotations

import pytest

from tests.crash.events import fill
from tests.crash.outcome import output, state
from tests.crash.stream_run import SHAPES, STREAMED
from workbench.engine.state.layout import read_layout

KINDS = [shape for shape in [*SHAPES, *STREAMED] if shape != "rows"]
PROVIDERS = ["", "rocksdb"]
FILES = 12

pytestmark = [pytest.mark.crash, pytest.mark.slow]


@pytest.mark.parametrize("place", range(len(KINDS)))
def test_every_key_is_there_once(tmp_path, forks, undisturbed, place):
    """A start with 3 partitions is killed, one with 1 changes to 4 and to 2 while it runs, one with 5 is left alone."""
    shape, provider = KINDS[place], PROVIDERS[place % 2]
    folder = fill(tmp_path, FILES)
    assert forks.run(shape, folder, provider, at="commits.after:3", partitions="3")
    assert forks.run(shape, folder, provider, at="commits.after:5", partitions="1,4,2")
    assert forks.run(shape, folder, provider, partitions="5") is None
    assert (output(folder), state(folder)) == undisturbed(shape, FILES)
    if shape != "limit":
        counts = [
            read_layout(path).partitions_at(20) for path in (folder / "checkpoint/state").iterdir()
        ]
        assert set(counts) == {5}
