"""A clock that moves when told."""

from __future__ import annotations

import threading


class ManualClock:
    """Processing time for tests: it stands still until :meth:`advance`.

    Parameters
    ----------
    now_ms : int, default 0
        Where it starts, milliseconds since 1970.

    Examples
    --------
    >>> clock = ManualClock()
    >>> clock.advance(1_500)
    >>> clock.now_ms()
    1500
    """

    def __init__(self, now_ms: int = 0) -> None:
        self._now_ms = now_ms
        self._moved = threading.Condition()

    def now_ms(self) -> int:
        """Milliseconds since 1970."""
        return self._now_ms

    def exact_ms(self) -> float:
        """Milliseconds since 1970."""
        return float(self._now_ms)

    def advance(self, ms: int) -> None:
        """Let ``ms`` milliseconds pass."""
        with self._moved:
            self._now_ms += ms
            self._moved.notify_all()

    def wait(self, until_ms: int, wake: threading.Event) -> None:
        """Return once the clock has reached ``until_ms``, or ``wake`` is set."""
        with self._moved:
            while self._now_ms < until_ms and not wake.is_set():
                # The waker does not know this clock, so look at it now and then.
                self._moved.wait(0.002)
