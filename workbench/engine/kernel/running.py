"""Frames that run until they are done, or until nobody wants their rows any more."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import TimeoutError as NotYet
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import TYPE_CHECKING

from workbench.base.cancelling import Look, cancelled_by, look
from workbench.base.errors import ExecutionError
from workbench.engine.functions import faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from datafusion import DataFrame
    from datafusion.record_batch import RecordBatchStream

_LOOK_SECONDS = 0.05
"""How often a caller that waits for rows looks whether they are still wanted."""

_ENDS: ContextVar[bool] = ContextVar("frames_end", default=False)


@contextmanager
def stoppable(cancel: threading.Event) -> Iterator[None]:
    """Let what this thread runs meanwhile, frames too, be ended by setting ``cancel``.

    It belongs to the thread, not to a call: a frame's rows may be asked for deep inside a connector or a cached table.
    """
    with cancelled_by(cancel.is_set), ending_frames():
        yield


@contextmanager
def ending_frames() -> Iterator[None]:
    """Let frames run meanwhile end when this thread's work is no longer wanted (:mod:`workbench.base.cancelling`).

    Without it a frame runs to its end, which saves the hop to another thread and the questions.
    """
    yield from _ending(True)


@contextmanager
def whole_frames() -> Iterator[None]:
    """Let frames run meanwhile run to their end, since they are known to be short."""
    yield from _ending(False)


def _ending(is_so: bool) -> Iterator[None]:
    token = _ENDS.set(is_so)
    try:
        yield
    finally:
        _ENDS.reset(token)


def cancellation() -> Look | None:
    """Return how to find out whether frames are to end; None: they run to their end."""
    return look() if _ENDS.get() else None


def check() -> None:
    """Raise ``OPERATION_CANCELED`` when this thread's work is no longer wanted; for loops between batches."""
    if look()():
        raise ExecutionError("OPERATION_CANCELED")


def looker() -> Callable[[], None]:
    """Return what a function called on DataFusion's threads does before each batch: :func:`check` for the thread that is here.

    DataFusion gives up a thread between batches, but not between every two: a slow function is to look itself.
    """
    is_cancelled = look()

    def asked() -> None:
        if is_cancelled():
            faults.throw(ExecutionError("OPERATION_CANCELED"))

    return asked


def partitions(made: DataFrame) -> list[list[pa.RecordBatch]]:
    """Run a frame and return its batches, partition by partition.

    When this thread's work is cancelled, the frame ends within a batch and DataFusion's threads are free again.

    Raises
    ------
    ExecutionError
        ``OPERATION_CANCELED``.
    """
    is_cancelled = cancellation()
    if is_cancelled is None:
        return made.collect_partitioned()
    check()
    running = asyncio.run_coroutine_threadsafe(_all(made.execute_stream_partitioned()), _loop())
    while True:
        try:
            return running.result(_LOOK_SECONDS)
        except NotYet:
            if is_cancelled():
                # Streams that nobody holds are dropped, and their tasks with them.
                running.cancel()
                raise ExecutionError("OPERATION_CANCELED") from None


async def _all(streams: list[RecordBatchStream]) -> list[list[pa.RecordBatch]]:
    return await asyncio.gather(*(_part(stream) for stream in streams))


async def _part(stream: RecordBatchStream) -> list[pa.RecordBatch]:
    return [batch.to_pyarrow() async for batch in stream]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """Return the loop that waits for all frames, on a thread of its own: waiting is all it does."""
    made = asyncio.new_event_loop()
    threading.Thread(target=made.run_forever, name="workbench-kernel", daemon=True).start()
    return made
