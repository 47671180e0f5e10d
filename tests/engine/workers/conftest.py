"""A session whose functions run in two workers."""

from __future__ import annotations

import os
import signal
import time

import pytest

import workbench as wb


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
    """Replace the workers by some that die at a point, each once; those that replace them do not."""
    pool = engine_of(session).calls.pool()
    os.environ["WORKBENCH_CRASH_AT"] = point
    try:
        before = {view.pid for view in pool.views()}
        for pid in before:
            os.kill(pid, signal.SIGKILL)
            assert gone(pid)
        # The pool takes a process for dead when the last of its threads has let go of the socket.
        deadline = time.monotonic() + 30
        while pool.names() and before & {view.pid for view in pool.views()}:
            assert time.monotonic() < deadline, "the killed workers are replaced"
            time.sleep(0.01)
    finally:
        del os.environ["WORKBENCH_CRASH_AT"]
    return pool


def gone(pid, seconds=30.0):
    """Wait until a process has ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with open(f"/proc/{pid}/stat") as file:
                if file.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False
