"""Long waits in slices, so that an interrupt is seen."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from workbench.connect.errors import Cancelled

_SLICE_SECONDS = 0.25


def wait(once: Callable[[float], bool], timeout: float | None, cancel: threading.Event) -> bool:
    """Call ``once(seconds)`` until it says True or ``timeout`` seconds have passed; return whether it did.

    Raises
    ------
    Cancelled
        When ``cancel`` is set meanwhile.
    """
    deadline = None if timeout is None else time.monotonic() + timeout
    while True:
        left = _SLICE_SECONDS if deadline is None else deadline - time.monotonic()
        if once(max(0.0, min(left, _SLICE_SECONDS))):
            return True
        if cancel.is_set():
            raise Cancelled("OPERATION_CANCELED")
        if deadline is not None and time.monotonic() >= deadline:
            return False
