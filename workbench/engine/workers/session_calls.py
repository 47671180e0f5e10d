"""How a session calls user code: in this process, or in as many workers as its settings say now."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from workbench.base.errors import ExecutionError
from workbench.engine.workers.contract import Job, Limits, Spreadable, Tick
from workbench.engine.workers.parallel import side_by_side
from workbench.engine.workers.pool import WorkerPool

if TYPE_CHECKING:
    from collections.abc import Sequence

WORKERS, MEMORY = "workbench.workers", "workbench.workers.memoryMB"
GRACE_SECONDS = 0.5
"""A call that nobody wants any more may end by itself for so long; then its worker is killed."""


class InProcess:
    """User code in this process, with the notebook's live variables."""

    def open(self, work: Spreadable, is_cancelled: Callable[[], bool]) -> Callable[..., Any]:
        """Return the work's function of its rows."""
        return work.open()

    def pool(self) -> WorkerPool | None:
        """Return the workers, None where there are none."""
        return None


class SessionCalls:
    """User code where the session's settings say at the moment; safe to use from any thread.

    Parameters
    ----------
    setting : callable
        ``setting(key)``: the session's configuration as of now.
    modules : tuple of str
        What a worker imports before its first call.
    """

    def __init__(self, setting: Callable[[str], str], modules: tuple[str, ...] = ()) -> None:
        self._setting = setting
        self._pool = WorkerPool(modules)

    def open(self, work: Spreadable, is_cancelled: Callable[[], bool]) -> Callable[..., Any]:
        """Return the work's function of its rows; with workers it divides them and gathers the answers in order."""
        pool = self.pool()
        return work.open() if pool is None else partial(spread, pool, work, ticking(is_cancelled))

    def pool(self) -> WorkerPool | None:
        """Return the workers, as many as wanted now; None when none are."""
        size = max(0, int(self._setting(WORKERS) or 0))
        if not size and not self._pool.size:
            return None
        self._pool.resize(size, Limits(int(self._setting(MEMORY) or 0) << 20))
        return self._pool if size else None

    def close(self) -> None:
        """End every worker."""
        self._pool.close()


def spread(pool: WorkerPool, work: Spreadable, tick: Tick, *given: Any) -> Any:
    """Do work on the pieces of its rows, on as many workers as are free; return the answers joined in order."""
    pieces = work.split(given, pool.size)
    jobs = [Job(work, given=piece, rows=rows_of(piece)) for piece in pieces]
    return work.join(side_by_side([partial(pool.run, job, tick) for job in jobs], pool.size))


def rows_of(given: Sequence[Any]) -> int:
    """Return how many rows the arguments of a call hold: those of its first table, or the number it is told."""
    first = given[0]
    return getattr(first, "num_rows", None) or (given[-1] if isinstance(given[-1], int) else 0)


def ticking(is_cancelled: Callable[[], bool]) -> Tick:
    """Return what is called while a worker is silent: it ends the call some time after its rows are no longer wanted."""
    since: list[float] = []

    def tick() -> None:
        if not is_cancelled():
            return
        since.append(time.monotonic())
        if since[-1] - since[0] >= GRACE_SECONDS:
            raise ExecutionError("OPERATION_CANCELED")

    return tick
