"""One worker process, as the engine sees it."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from workbench.base.errors import ExecutionError
from workbench.engine.workers.contract import Done, Figures, Job, Limits, Tick
from workbench.engine.workers.printing import show
from workbench.engine.workers.standstill import Standstill
from workbench.engine.workers.stores import Lent
from workbench.engine.workers.wire import Channel, Closed

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.workers.template import Template


class WorkerLost(Exception):
    """The process ended in the middle of a call; ``reason``: how, in words."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WorkerGone(WorkerLost):
    """The process had ended before the call: the work is not to blame."""


class WorkerProcess:
    """A clean Python process for user code: forked from the template, it has none of the engine's threads and locks.

    Used by one thread at a time; :meth:`kill` may come from any. The process ends when this end of its pipe closes, so it
    does not outlive the engine, however that ends.

    Parameters
    ----------
    name : str
        What figures and moves call it; no two processes of a pool share one.
    template : Template
        Makes it.
    limits : Limits
        What it may use.
    """

    def __init__(self, name: str, template: Template, limits: Limits) -> None:
        self.name = name
        self.figures = Figures()
        self._template = template
        self._limits = limits
        self._in_call = False
        self._code: int | None = None
        self._has_ended = False
        self._killing = threading.Lock()
        ours, theirs = socket.socketpair()
        end, self._lifeline = os.pipe()
        try:
            self.pid = template.fork(theirs.fileno(), end)
        finally:
            theirs.close()
            os.close(end)
        self._channel = Channel(ours)
        with suppress(Closed):
            self._channel.send(("hello", tuple(sys.path), dict(os.environ), os.getcwd()))

    @property
    def is_alive(self) -> bool:
        """Whether the process runs: its end of the socket is open."""
        return not self._has_ended and self._channel.is_open

    @property
    def is_whole(self) -> bool:
        """Whether it can be given another call: it lives, and is not in the middle of one."""
        return self.is_alive and not self._in_call

    @property
    def memory_bytes(self) -> int:
        """How much memory it holds; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/statm", "rb") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    @property
    def cpu_seconds(self) -> float:
        """How long it has used a processor; 0 where the system does not tell."""
        try:
            with open(f"/proc/{self.pid}/stat", "rb") as file:
                user, system = file.read().rpartition(b")")[2].split()[11:13]
        except (OSError, ValueError):
            return 0.0
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    @property
    def is_over_limit(self) -> bool:
        """Whether it holds more memory than it may."""
        return 0 < self._limits.memory_bytes < self.memory_bytes

    def run(self, job: Job, tick: Tick) -> Done:
        """Do a job and return what it gave, and how long that took.

        Raises
        ------
        WorkerLost
            The process ended, or was stopped and does not go on; the job's stores are as before.
        WorkbenchError
            What the user's code raised; ``PYTHON_WORKER_MEMORY_LIMIT``. After the second, and after whatever ``tick`` raises,
            the process is in the middle of a call and no longer :attr:`is_whole`.
        """
        lent = None if job.stores is None else Lent(job.stores)
        going_on = self._going_on(tick)

        def watch() -> None:
            if self.is_over_limit:
                raise self._too_much_memory(job)
            going_on()

        try:
            begun = time.perf_counter()
            self._in_call = True
            self._send(
                ("call", job.work, job.method, job.given, None if lent is None else lent.specs),
                watch,
            )
            kind, value = self._answer(lent, watch)
            self._in_call = False
        except BaseException:
            if lent is not None:
                lent.take_back()
            raise
        seconds = time.perf_counter() - begun
        self._count(job, seconds)
        if kind == "failed":
            if lent is not None:
                lent.take_back()
            raise value
        return Done(value, seconds)

    def end_work(self, work: Any, tick: Tick) -> None:
        """Close work this worker may have opened."""
        watch = self._going_on(tick)
        self._in_call = True
        self._send(("close", work), watch)
        kind, value = self._answer(None, watch)
        self._in_call = False
        if kind == "failed":
            raise value

    def kill(self) -> None:
        """End the process now."""
        with self._killing:
            if not self._has_ended:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGKILL)
                self._code = self._template.wait(self.pid)
                self._has_ended = True
                self.let_go()

    def let_go(self) -> None:
        """Close this end: the process ends by itself."""
        self._channel.close()
        lifeline, self._lifeline = self._lifeline, -1
        if lifeline >= 0:
            os.close(lifeline)

    def _going_on(self, tick: Tick) -> Tick:
        """Return a tick that gives up a process that was stopped and does not go on."""
        standstill = Standstill(self.pid)

        def watch() -> None:
            if standstill.lasts():
                raise WorkerLost("SIGSTOP")
            tick()

        return watch

    def _answer(self, lent: Lent | None, watch: Callable[[], None]) -> tuple[str, Any]:
        """Serve what the worker asks until it has its answer."""
        while True:
            kind, *rest = self._receive(watch)
            if kind == "print":
                show(*rest)
            elif kind == "store" and lent is not None:
                self._send(lent.answer(*rest), watch)
            else:
                return kind, rest[0]

    def _send(self, message: Any, watch: Callable[[], None]) -> None:
        try:
            self._channel.send(message, watch)
        except Closed:
            raise self._lost() from None

    def _receive(self, watch: Callable[[], None]) -> Any:
        try:
            return self._channel.receive(watch)
        except Closed:
            raise self._lost() from None

    def _lost(self) -> WorkerLost:
        self.kill()
        code = self._code
        if code is None:
            return WorkerLost("an unknown end")
        return WorkerLost(signal.Signals(-code).name if code < 0 else f"exit code {code}")

    def _count(self, job: Job, seconds: float) -> None:
        self.figures.calls += 1
        self.figures.rows += job.rows
        self.figures.busy_seconds += seconds

    def _too_much_memory(self, job: Job) -> ExecutionError:
        return ExecutionError(
            "PYTHON_WORKER_MEMORY_LIMIT",
            functionName=job.work.name,
            used=self.memory_bytes >> 20,
            limit=self._limits.memory_bytes >> 20,
        )
