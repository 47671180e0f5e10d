"""Places where a test kills the process.

Between any two durable steps the code calls ``failpoint("name")``. It does nothing, unless the environment variable
``WORKBENCH_CRASH_AT`` names it: ``name`` kills at the first call, ``name:3`` at the third, ``name,other:4`` at
whichever comes first. ``WORKBENCH_CRASH_NOTE`` names a file that is told which it was.
"""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from pathlib import Path

VARIABLE = "WORKBENCH_CRASH_AT"
NOTE = "WORKBENCH_CRASH_NOTE"

_calls: Counter[str] = Counter()
_dying = threading.Lock()


def failpoint(name: str) -> None:
    """Kill this process, as a power cut would, when the environment asks for it here."""
    wanted = os.environ.get(VARIABLE)
    if not wanted or name not in wanted:
        return
    _calls[name] += 1
    for one in wanted.split(","):
        place, _, count = one.partition(":")
        if place == name and _calls[name] >= int(count or 1):
            _die(name)


def _die(name: str) -> None:
    _dying.acquire()  # never released: a second thread would cut the note off that the first has written
    if note := os.environ.get(NOTE):
        Path(note).write_text(name)
    os.kill(os.getpid(), signal.SIGKILL)
