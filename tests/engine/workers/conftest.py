"""A session whose functions run in two workers."""

from __future__ import annotations

import os

import pytest

import workbench as wb
from workbench.engine.workers.contract import Limits


@pytest.fixture(scope="module")
def spark():
    """The session of this process with two workers; without any afterwards."""
    session = wb.session(workers=2)
    session.conf.set("spark.sql.session.timeZone", "UTC")
    yield session
    wb.session(workers=0)


def engine_of(session):
    """The engine's session behind a client's."""
    from workbench.session import embedded_server

    client = session.client
    return embedded_server().sessions.get(client._user_id, session.session_id).engine


def dying_at(session, point):
    """Start new workers that die at a point, each once; those that replace them do not."""
    calls = engine_of(session).calls
    if (pool := calls.pool()) is not None:
        pool.resize(0, Limits())
    os.environ["WORKBENCH_CRASH_AT"] = point
    try:
        return calls.pool()
    finally:
        del os.environ["WORKBENCH_CRASH_AT"]
