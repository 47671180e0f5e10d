"""Whether a process was stopped and does not go on: it lives and says nothing, so only the system tells it from a busy one."""

from __future__ import annotations

import time
from collections.abc import Callable

STOPPED_SECONDS = 2.0
"""Who stops a process to look at it for a moment lets it go on within so long."""


class Standstill:
    """Asked again and again while a process is silent.

    A debugger's stop, which Linux shows as ``t``, does not count. Where the system has no ``/proc``, no process is ever said to
    stand still.

    Parameters
    ----------
    pid : int
        The process.
    clock : callable
        Seconds that only go on.
    """

    def __init__(self, pid: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._pid, self._clock = pid, clock
        self._since: float | None = None

    def lasts(self) -> bool:
        """Whether the process has been stopped, whenever asked, for :data:`STOPPED_SECONDS`."""
        if state_of(self._pid) != "T":
            self._since = None
            return False
        now = self._clock()
        if self._since is None:
            self._since = now
        return now - self._since >= STOPPED_SECONDS


def state_of(pid: int) -> str:
    """Return the letter Linux shows for what a process does (R, S, T, …); an empty text where it does not tell."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].split()[0].decode()
    except (OSError, IndexError):
        return ""
