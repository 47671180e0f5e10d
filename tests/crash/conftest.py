"""What the crash tests share."""

from __future__ import annotations

import pytest

from tests.crash.fork_server import ForkServer


@pytest.fixture(scope="session")
def forks():
    """Runs streams in processes that may be killed."""
    server = ForkServer()
    yield server
    server.close()
