"""The worker processes of one session."""

from __future__ import annotations

import itertools
import os
import sys
import threading
import weakref
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from workbench.base.errors import ExecutionError, WorkbenchError
from workbench.engine.workers.contract import Done, Job, Limits, Preload, Tick
from workbench.engine.workers.process import WorkerGone, WorkerLost, WorkerProcess
from workbench.engine.workers.template import Template
from workbench.engine.workers.wire import LOOK_SECONDS

ATTEMPTS = 3
"""How many workers may die of one piece of work before it is given up."""
_POOLS: weakref.WeakSet[WorkerPool] = weakref.WeakSet()


@dataclass(frozen=True, slots=True)
class WorkerView:
    """One worker as users see it.

    Attributes
    ----------
    name : str
        What a query's progress calls it; a worker that replaces a dead one has a new name.
    pid : int
        Its process.
    state : str
        idle or busy.
    calls, rows : int
        How often it was called, with how many rows.
    busy_seconds, cpu_seconds : float
        How long its calls took, and how long it used a processor.
    memory_mb : int
        What it holds now.
    """

    name: str
    pid: int
    state: str
    calls: int
    rows: int
    busy_seconds: float
    cpu_seconds: float
    memory_mb: int


class WorkerPool:
    """Worker processes, each used by one thread at a time; a dead one is replaced under a new name. Thread-safe.

    Parameters
    ----------
    modules : tuple of str
        What a worker imports before its first call.
    """

    def __init__(self, modules: tuple[str, ...] = ()) -> None:
        self._modules = modules
        self._changed = threading.Condition()
        self._workers: dict[str, WorkerProcess] = {}
        self._busy: set[str] = set()
        self._ending: dict[str, list[Any]] = {}
        self._numbers = itertools.count(1)
        self._template: Template | None = None
        self._size = 0
        self._is_closed = False
        self._limits = Limits()
        self.lost = 0
        _POOLS.add(self)

    def resize(self, size: int, limits: Limits) -> None:
        """Have ``size`` workers from now on; those too many end when their call is over."""
        with self._changed:
            self._is_closed = False
            if (size, limits) == (self._size, self._limits) and self._is_whole():
                return
            if limits != self._limits:
                self._retire([name for name in self._workers if name not in self._busy])
            self._size, self._limits = size, limits
            idle = [name for name in reversed(self._workers) if name not in self._busy]
            self._retire(idle[: max(0, len(self._workers) - size)])
            self._fill()
            if not self._workers:
                self._end_template()

    @property
    def size(self) -> int:
        """How many workers there are to be."""
        return self._size

    def names(self) -> list[str]:
        """Return the workers that live, oldest first; dead ones are replaced, and work under way has one at least."""
        with self._changed:
            self._fill(1)
            return list(self._workers)[: max(1, self._size)]

    def run(self, job: Job, tick: Tick) -> Any:
        """Do a job on whichever worker is free, again on another when that one dies.

        Raises
        ------
        WorkbenchError
            What the user's code raised; ``PYTHON_WORKER_LOST`` when ``ATTEMPTS`` workers died of it.
        """
        lost = 0
        while True:
            try:
                return self.run_on(None, job, tick).value
            except WorkerGone:
                continue
            except WorkerLost as error:
                lost += 1
                raise_when_hopeless(job, lost, error)

    def run_on(self, name: str | None, job: Job, tick: Tick) -> Done:
        """Do a job on one worker, None: any.

        Raises
        ------
        WorkerLost
            The worker died, or is gone; the job's stores are as before.
        """
        worker = self._acquire(name, tick)
        try:
            return worker.run(job, tick)
        finally:
            self._release(worker)

    def end_work(self, work: Any, tick: Tick) -> None:
        """Close work wherever it was opened: in idle workers now, in busy ones before their next call."""
        with self._changed:
            names = list(self._workers)
            for name in names:
                self._ending.setdefault(name, []).append(work)
        for name in names:
            with self._changed:
                worker = self._workers.get(name)
                if worker is None or name in self._busy:
                    continue
                self._busy.add(name)
            self._end_waiting(worker, tick)
            self._release(worker)

    def views(self) -> list[WorkerView]:
        """Return what each worker has done."""
        with self._changed:
            return [self._view(worker) for worker in self._workers.values()]

    def close(self) -> None:
        """End every worker, whatever it does; what waits for one is cancelled."""
        with self._changed:
            self._size, self._is_closed = 0, True
            workers, self._workers = list(self._workers.values()), {}
            self._changed.notify_all()
        for worker in workers:
            worker.kill()
        self._end_template()

    def _end_template(self) -> None:
        template, self._template = self._template, None
        if template is not None:
            template.close()

    def forget(self) -> None:
        """In a forked child: let go of the parent's workers, so that they live no longer than the parent."""
        for worker in self._workers.values():
            worker.let_go()
        if self._template is not None:
            self._template.let_go()
        self._workers, self._template = {}, None

    def _view(self, worker: WorkerProcess) -> WorkerView:
        state = "busy" if worker.name in self._busy else "idle"
        figures = worker.figures
        return WorkerView(
            worker.name, worker.pid, state, figures.calls, figures.rows,
            round(figures.busy_seconds, 3), worker.cpu_seconds, worker.memory_bytes >> 20,
        )  # fmt: skip

    def _is_whole(self) -> bool:
        return len(self._workers) == self._size and all(
            one.is_alive for one in self._workers.values()
        )

    def _fill(self, at_least: int = 0) -> None:
        for name, worker in list(self._workers.items()):
            if name not in self._busy and not worker.is_alive:
                self.lost += 1
                self._retire([name])
        while len(self._workers) < max(self._size, at_least) and not self._is_closed:
            name = f"worker-{next(self._numbers)}"
            self._workers[name] = WorkerProcess(name, self._made_from(), self._limits)

    def _made_from(self) -> Template:
        if self._template is None or not self._template.is_alive:
            self._template = Template(Preload(self._modules, tuple(sys.path)))
        return self._template

    def _retire(self, names: list[str]) -> None:
        for name in names:
            self._ending.pop(name, None)
            self._workers.pop(name).kill()

    def _acquire(self, name: str | None, tick: Tick) -> WorkerProcess:
        with self._changed:
            while True:
                self._fill(1)
                if self._is_closed:
                    raise ExecutionError("OPERATION_CANCELED")
                if name is not None and name not in self._workers:
                    raise WorkerGone(name)
                found = self._free(name)
                if found is not None:
                    self._busy.add(found.name)
                    break
                self._changed.wait(LOOK_SECONDS)
                tick()
        self._end_waiting(found, tick)
        return found

    def _free(self, name: str | None) -> WorkerProcess | None:
        wanted = self._workers if name is None else [name]
        return next((self._workers[one] for one in wanted if one not in self._busy), None)

    def _end_waiting(self, worker: WorkerProcess, tick: Tick) -> None:
        """Close what was to be closed in a worker; what its user's code raises then is nobody's any more."""
        while works := self._ending.get(worker.name):
            with suppress(WorkerLost, WorkbenchError):
                worker.end_work(works.pop(), tick)

    def _release(self, worker: WorkerProcess) -> None:
        """Give a worker back; one that died, is in the middle of a call or holds too much memory is replaced."""
        with self._changed:
            self._busy.discard(worker.name)
            is_ours = self._workers.get(worker.name) is worker
            too_many = len(self._workers) > self._size
            if is_ours and (not worker.is_whole or too_many or worker.is_over_limit):
                self.lost += not worker.is_whole
                self._retire([worker.name])
                self._fill()
            self._changed.notify_all()


def raise_when_hopeless(job: Job, attempt: int, lost: WorkerLost) -> None:
    """Raise the named error once as many workers died of a job as may."""
    if attempt >= ATTEMPTS:
        raise ExecutionError(
            "PYTHON_WORKER_LOST", functionName=job.work.name, attempts=attempt, reason=lost.reason
        ) from lost


def views() -> list[WorkerView]:
    """Return every worker of this process's sessions."""
    return [view for pool in tuple(_POOLS) for view in pool.views()]


def _forget_in_child() -> None:
    for pool in tuple(_POOLS):
        pool.forget()


os.register_at_fork(after_in_child=_forget_in_child)
