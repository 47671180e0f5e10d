"""What a worker process runs: calls of the user's code, one after the other, until the engine's end of the socket closes."""

from __future__ import annotations

import os
import socket
import sys
import threading
import traceback
from contextlib import suppress
from typing import Any

from workbench.base.errors import ExecutionError, WorkbenchError
from workbench.base.failpoints import failpoint
from workbench.engine.workers.printing import print_through
from workbench.engine.workers.stores import StoreProxy
from workbench.engine.workers.wire import Channel, Closed

_KEPT = 256


def main(connection: int, lifeline: int) -> None:
    """Serve the engine on a socket; end at once when its process is gone, whatever the user's code does.

    Parameters
    ----------
    connection : int
        The socket's number.
    lifeline : int
        A pipe only the engine's process holds open.
    """
    threading.Thread(target=_end_with, args=(lifeline,), name="lifeline", daemon=True).start()
    channel = Channel(socket.socket(fileno=connection))
    try:
        Worker(channel).run()
    except Closed:
        os._exit(0)


def be_a_program() -> None:
    """PySpark takes a program without a file for its own doctests, and wants Spark's tests."""
    sys.modules["__main__"].__file__ = "<worker>"


def _end_with(lifeline: int) -> None:
    while os.read(lifeline, 1):
        pass
    os._exit(0)


class Worker:
    """Opens work when it first comes, keeps it, and calls it."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._opened: dict[int, tuple[Any, Any]] = {}
        self._answers = {"call": self._call, "close": self._close, "hello": self._hello}

    def run(self) -> None:
        """Answer messages until the engine closes the socket."""
        while True:
            kind, *rest = self._channel.receive()
            self._answers[kind](*rest)

    def _hello(self, path: tuple[str, ...], environment: dict[str, str], folder: str) -> None:
        """Take over where the engine's process is now; the template may be older."""
        sys.path[:] = path
        os.environ.clear()
        os.environ.update(environment)
        with suppress(OSError):
            os.chdir(folder)

    def _call(
        self, work: Any, method: str, given: tuple[Any, ...], specs: dict[str, Any] | None
    ) -> None:
        failpoint("worker.received")
        if specs is not None:
            given = (
                {name: StoreProxy(name, spec, self._ask) for name, spec in specs.items()},
                *given,
            )
        with print_through(self._print):
            answer = self._attempt(work, method, given)
        failpoint("worker.called")
        self._channel.send(answer)
        failpoint("worker.answered")

    def _attempt(self, work: Any, method: str, given: tuple[Any, ...]) -> tuple[Any, ...]:
        try:
            return "done", getattr(self._open(work), method)(*given)
        except WorkbenchError as error:
            return "failed", error
        except Closed:
            raise
        except BaseException:  # noqa: BLE001 - the top of a process: whatever it is, the engine reports it
            return "failed", ExecutionError(
                "PYTHON_WORKER_FAILED", functionName=work.name, traceback=traceback.format_exc()
            )

    def _open(self, work: Any) -> Any:
        known = self._opened.get(id(work))
        if known is not None and known[0] is work:
            return known[1]
        opened = work.open()
        failpoint("worker.opened")
        while len(self._opened) >= _KEPT:
            self._opened.pop(next(iter(self._opened)))
        self._opened[id(work)] = (work, opened)
        return opened

    def _ask(self, store: str, method: str, given: tuple[Any, ...]) -> Any:
        failpoint(f"worker.{method}")
        self._channel.send(("store", store, method, given))
        return self._channel.receive()

    def _print(self, stream: str, text: str) -> None:
        self._channel.send(("print", stream, text))

    def _close(self, work: Any) -> None:
        _, opened = self._opened.pop(id(work), (None, None))
        if opened is None or not hasattr(opened, "close"):
            self._channel.send(("done", None))
            return
        with print_through(self._print):
            answer = self._attempt_close(work, opened)
        self._channel.send(answer)

    def _attempt_close(self, work: Any, opened: Any) -> tuple[Any, ...]:
        self._opened[id(work)] = (work, opened)
        try:
            return self._attempt(work, "close", ())
        finally:
            self._opened.pop(id(work), None)
