"""The seam through which the kernel calls user code: in this process, or in workers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from workbench.base.cancelling import Look, look
from workbench.engine.workers.contract import Spreadable
from workbench.engine.workers.pool import WorkerPool
from workbench.engine.workers.session_calls import InProcess


class Calls(Protocol):
    """Where user code runs."""

    def open(self, work: Spreadable, is_cancelled: Look) -> Callable[..., Any]:
        """Return the work's function of its rows; it may be called from any thread."""

    def pool(self) -> WorkerPool | None:
        """Return the workers, None where user code runs in this process."""


_HERE = InProcess()
_CALLS: ContextVar[Calls] = ContextVar("calls", default=_HERE)


@contextmanager
def calling(calls: Calls) -> Iterator[None]:
    """Let user code of the plans compiled inside run through ``calls``."""
    token = _CALLS.set(calls)
    try:
        yield
    finally:
        _CALLS.reset(token)


def opened(work: Spreadable) -> Callable[..., Any]:
    """Return the work's function of its rows, to be called where this thread's plans are."""
    return _CALLS.get().open(work, look())
