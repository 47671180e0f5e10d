"""The thread beside a query's own that writes its log."""

from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class LogWriter:
    """Does writes in the order they are begun, on a daemon thread that starts with the first.

    After one that failed no other is done: an entry never appears in a log without those before it.

    Parameters
    ----------
    name : str
        Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._begun: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._changed = threading.Condition()
        self._open = 0
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, write: Callable[[], None]) -> None:
        """Do a write soon; called from one thread, which :meth:`wait` s and :meth:`close` s too."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
        with self._changed:
            self._open += 1
        self._begun.put(write)

    def wait(self) -> None:
        """Return when all that was begun is done; raise what the first that failed raised, at every call from then on."""
        with self._changed:
            self._changed.wait_for(lambda: not self._open)
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Do what was begun and end the thread."""
        if self._thread is not None:
            self._begun.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        while (write := self._begun.get()) is not None:
            try:
                if self._error is None:
                    write()
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                self._error = error
            with self._changed:
                self._open -= 1
                self._changed.notify_all()
