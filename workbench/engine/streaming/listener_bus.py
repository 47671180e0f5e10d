"""Events to whoever listens."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.streaming.events import Event

logger = logging.getLogger(__name__)


class ListenerBus:
    """Delivers events in order on one thread of its own, which starts with the first event somebody listens to.

    A callback that raises is logged; it neither stops the query nor the other callbacks.
    """

    def __init__(self) -> None:
        self._callbacks: dict[int, Callable[[Event], None]] = {}
        self._lock = threading.Lock()
        self._queue: queue.SimpleQueue[tuple[Event, int] | threading.Event | None] = (
            queue.SimpleQueue()
        )
        self._thread: threading.Thread | None = None
        self._next = 0

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call ``callback`` with every event published from now on; the answer takes it off again."""
        with self._lock:
            key, self._next = self._next, self._next + 1
            self._callbacks[key] = callback

        def unsubscribe() -> None:
            with self._lock:
                self._callbacks.pop(key, None)

        return unsubscribe

    def publish(self, event: Event) -> None:
        """Hand an event over and return at once."""
        with self._lock:
            if not self._callbacks:
                return
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._deliver, name="listener-bus", daemon=True
                )
                self._thread.start()
            self._queue.put((event, self._next))

    def publish_now(self, event: Event) -> None:
        """Deliver an event before returning, on the caller's thread."""
        with self._lock:
            number = self._next
        self._call(event, number)

    def flush(self, timeout: float | None = 10) -> None:
        """Return when every event published so far is delivered."""
        if self._thread is None or self._thread is threading.current_thread():
            return
        reached = threading.Event()
        self._queue.put(reached)
        reached.wait(timeout)

    def close(self) -> None:
        """Deliver what is left and end the thread."""
        if self._thread is not None:
            self._queue.put(None)
            self._thread.join(timeout=10)
            self._thread = None

    def _deliver(self) -> None:
        while (item := self._queue.get()) is not None:
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._call(*item)

    def _call(self, event: Event, number: int) -> None:
        """Call those of the first ``number`` that ever subscribed which still do: later ones came after the event."""
        with self._lock:
            callbacks = [call for key, call in self._callbacks.items() if key < number]
        for callback in callbacks:
            try:
                callback(event)
            except (
                Exception
            ):  # a listener is the user's code: it must not end the query that feeds it
                logger.exception("a listener raised on %s", type(event).__name__)
