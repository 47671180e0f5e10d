"""Threads for gRPC that never keep the interpreter alive."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any

_IDLE_SECONDS = 30.0


class DaemonPool:
    """An executor that starts a daemon thread whenever none is idle; idle threads end after a while.

    ``concurrent.futures`` joins its workers when the interpreter ends, before any ``atexit`` function runs. A worker that
    serves a listener stream would then hang the kernel's exit, and the client's own exit calls would find no worker.
    """

    def __init__(self) -> None:
        self._work: SimpleQueue[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = (
            SimpleQueue()
        )
        self._lock = threading.Lock()
        self._idle = 0

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Run ``function`` on a thread of the pool; called by gRPC's own thread."""
        future: Future[Any] = Future()
        with self._lock:
            starts = self._idle == 0
            self._idle -= not starts
        self._work.put((future, function, arguments))
        if starts:
            threading.Thread(target=self._serve, name="workbench-connect", daemon=True).start()
        return future

    def _serve(self) -> None:
        while True:
            try:
                future, function, arguments = self._work.get(timeout=_IDLE_SECONDS)
            except Empty:
                if self._may_end():
                    return
                continue
            _run(future, function, arguments)
            with self._lock:
                self._idle += 1

    def _may_end(self) -> bool:
        """An idle thread may end; one whose turn was promised to a call just submitted may not."""
        with self._lock:
            if self._idle == 0:
                return False
            self._idle -= 1
            return True


def _run(future: Future[Any], function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(function(*arguments))
    except BaseException as error:  # noqa: BLE001 - a future carries whatever was raised, as executors do.
        future.set_exception(error)
