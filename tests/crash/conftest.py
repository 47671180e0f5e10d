"""What the crash tests share."""

from __future__ import annotations

import pytest

from tests.crash.events import fill
from tests.crash.fork_server import ForkServer
from tests.crash.outcome import output, state


@pytest.fixture(scope="session")
def forks():
    """Runs streams in processes that may be killed."""
    server = ForkServer("tests.crash.stream_run")
    yield server
    server.close()


@pytest.fixture(scope="session")
def undisturbed(forks, tmp_path_factory):
    """Output and state of a run over so many files that nothing disturbs, once a shape."""
    known = {}

    def of(shape, files):
        if (shape, files) not in known:
            folder = fill(tmp_path_factory.mktemp(shape), files)
            assert forks.run(shape, folder) is None
            known[shape, files] = output(folder), state(folder)
        return known[shape, files]

    return of
