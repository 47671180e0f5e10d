"""What time it is for a query."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading


class Clock(Protocol):
    """The processing time of a query and the way to let it pass."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""

    def exact_ms(self) -> float:
        """The same with its fraction."""

    def wait(self, until_ms: int, wake: threading.Event) -> None:
        """Return at ``until_ms``, or earlier when ``wake`` is set."""


class SystemClock:
    """The machine's clock."""

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return time.time_ns() // 1_000_000

    def exact_ms(self) -> float:
        """Return the same with its fraction."""
        return time.time_ns() / 1e6

    def wait(self, until_ms: int, wake: threading.Event) -> None:
        """Return at ``until_ms``, or earlier when ``wake`` is set."""
        wake.wait(max(0, until_ms - self.now_ms()) / 1000)
