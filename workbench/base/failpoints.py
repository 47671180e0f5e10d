"""Places where a test kills the process.

Between any two durable steps the code calls ``failpoint("name")``. It does nothing, unless the environment variable
``WORKBENCH_CRASH_AT`` names it: ``name`` kills at the first call, ``name:3`` at the third.
"""

from __future__ import annotations

import os
import signal
from collections import Counter

VARIABLE = "WORKBENCH_CRASH_AT"

_calls: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Kill this process, as a power cut would, when the environment asks for it here."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    place, _, count = wanted.partition(":")
    if place != name:
        return
    _calls[name] += 1
    if _calls[name] >= int(count or 1):
        os.kill(os.getpid(), signal.SIGKILL)
