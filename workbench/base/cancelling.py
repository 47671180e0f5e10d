"""Whether what a thread works for is still wanted.

Whoever starts work for a user (an operation's thread, a query's) says how to find out; what may take long, such as a user's
function in a worker process, asks. The answer belongs to the thread: a helper thread is handed the question by the one that
starts it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Look = Callable[[], bool]


def _never() -> bool:
    return False


_LOOK: ContextVar[Look] = ContextVar("cancelled", default=_never)


@contextmanager
def cancelled_by(look: Look) -> Iterator[None]:
    """Work inside is no longer wanted once ``look()`` is true."""
    token = _LOOK.set(look)
    try:
        yield
    finally:
        _LOOK.reset(token)


def look() -> Look:
    """Return how to find out whether this thread's work is still wanted; may be asked from any thread."""
    return _LOOK.get()
