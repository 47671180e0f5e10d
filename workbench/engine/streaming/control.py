"""The buttons of a running query: stop, pause, step, tune. Pressed from any thread, read by the query's own."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


class StopQuery(Exception):
    """Raised on the query's thread to leave a batch that will be run again at the next start."""


class Control:
    """What users asked of a query; ``tuned`` is all that was ever asked with :meth:`tune`."""

    def __init__(self) -> None:
        self.wake = threading.Event()
        self._changed = threading.Condition()
        self._stopping = False
        self._paused = False
        self._steps = 0
        self._tunings: dict[str, Any] = {}
        self._rests = False
        self.tuned: dict[str, Any] = {}

    @property
    def is_stopping(self) -> bool:
        """Whether the query is to end."""
        return self._stopping

    @property
    def is_paused(self) -> bool:
        """Whether no batch starts by itself."""
        return self._paused

    def check(self) -> None:
        """Raise :class:`StopQuery` when the query is to end; called between the steps of a batch."""
        if self._stopping:
            raise StopQuery

    def stop(self) -> None:
        """End the query at the next step."""
        self._change(_stopping=True)

    def pause(self) -> None:
        """Start no batch until :meth:`resume` or :meth:`step`."""
        self._change(_paused=True)

    def resume(self) -> None:
        """Run as the trigger says."""
        self._change(_paused=False, _steps=0)

    def step(self, triggers: int) -> None:
        """Allow some triggers of a paused query, and return when they are done."""
        with self._changed:
            self._steps += triggers
            self._notify()
            self._changed.wait_for(lambda: self._steps <= 0 or self._stopping or not self._paused)

    def tune(self, changes: dict[str, Any]) -> None:
        """Change settings from the next trigger on."""
        with self._changed:
            self._tunings.update(changes)
            self.tuned.update(changes)
            self._notify()

    def take_tunings(self) -> dict[str, Any]:
        """Return the changes asked for since the last call."""
        with self._changed:
            taken, self._tunings = self._tunings, {}
            return taken

    def admit(self, settle: Callable[[], None]) -> bool:
        """Wait on the query's thread until a trigger may start; False: the query is to end.

        ``settle`` is called before it rests: whoever waits for that may copy its files.
        """
        with self._changed:
            if self._paused and self._steps <= 0:
                settle()
            self._rests = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._stopping or not self._paused or self._steps > 0)
            self._rests = False
            return not self._stopping

    def rest(self, timeout: float | None = None) -> bool:
        """Wait until a paused query is between two batches, or has ended; return whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: self._rests or self._stopping, timeout)

    def finished_trigger(self) -> None:
        """A trigger is over: it counts against the steps allowed."""
        with self._changed:
            if self._steps > 0:
                self._steps -= 1
            self._changed.notify_all()

    def ended(self) -> None:
        """The query's thread is gone: nobody waits for it any more."""
        self._change(_stopping=True)

    def _change(self, **fields: bool | int) -> None:
        with self._changed:
            for name, value in fields.items():
                setattr(self, name, value)
            self._notify()

    def _notify(self) -> None:
        self.wake.set()
        self._changed.notify_all()
