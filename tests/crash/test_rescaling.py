"""The number of state partitions changes while a stream runs and at every restart: no key is lost and none is there twice."""

from __future__ import annotations

import pytest

from tests.crash.outcome import output, state
from tests.crash.stream_run import SHAPES, STREAMED
from tests.crash.test_kill_everywhere import fill
from workbench.engine.state.layout import read_layout

KINDS = [shape for shape in [*SHAPES, *STREAMED] if shape != "rows"]
PROVIDERS = ["", "rocksdb"]

pytestmark = [pytest.mark.crash, pytest.mark.slow]


@pytest.fixture(scope="module")
def undisturbed(forks, tmp_path_factory):
    """Output and state of a run whose state has two partitions throughout, once a shape."""
    known = {}

    def of(shape):
        if shape not in known:
            folder = fill(tmp_path_factory.mktemp(shape), files=12)
            assert forks.run(shape, folder) is None
            known[shape] = output(folder), state(folder)
        return known[shape]

    return of


@pytest.mark.parametrize("place", range(len(KINDS)))
def test_every_key_is_there_once(tmp_path, forks, undisturbed, place):
    """A start with 3 partitions is killed, one with 1 changes to 4 and to 2 while it runs, one with 5 is left alone."""
    shape, provider = KINDS[place], PROVIDERS[place % 2]
    folder = fill(tmp_path, files=12)
    assert forks.run(shape, folder, provider, at="commits.after:3", partitions="3")
    assert forks.run(shape, folder, provider, at="commits.after:5", partitions="1,4,2")
    assert forks.run(shape, folder, provider, partitions="5") is None
    assert (output(folder), state(folder)) == undisturbed(shape)
    if shape != "limit":
        counts = [read_layout(path).partitions_at(20) for path in (folder / "checkpoint/state").iterdir()]
        assert set(counts) == {5}
