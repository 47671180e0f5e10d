"""What is durable of a query's batches, written beside its own thread."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from workbench.base.failpoints import failpoint
from workbench.engine.streaming.checkpoint.log_writer import LogWriter

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint
    from workbench.engine.streaming.checkpoint.offset_log import BatchOffsets


class Journal:
    """Writes the offsets and the commits of a checkpoint in the order they are given, and waits when asked to.

    Used by one thread.

    Parameters
    ----------
    checkpoint : Checkpoint
        Whose logs; opened before the first write.
    name : str
        Of the thread that writes.
    """

    def __init__(self, checkpoint: Checkpoint, name: str) -> None:
        self._checkpoint = checkpoint
        self._writer = LogWriter(name)

    def plan(self, batch_id: int, planned: BatchOffsets) -> None:
        """Begin to write what a batch reads."""
        self._writer.begin(partial(self._write_offsets, batch_id, planned))

    def commit(self, batch_id: int, next_watermark_ms: int) -> None:
        """Begin to write that a batch is done."""
        self._writer.begin(partial(self._write_commit, batch_id, next_watermark_ms))

    def then(self, call: Callable[[], None]) -> None:
        """Call something, on the writing thread, once what was begun is durable; not at all when that fails."""
        self._writer.begin(call)

    def wait(self) -> None:
        """Return when everything begun is durable.

        Raises
        ------
        IllegalState
            ``CONCURRENT_STREAM_LOG_UPDATE``: another query writes here too.
        OSError
            What the disk said.
        """
        self._writer.wait()

    def close(self) -> None:
        """Write what was begun, and end the thread."""
        self._writer.close()

    def _write_offsets(self, batch_id: int, planned: BatchOffsets) -> None:
        failpoint("offsets.before")
        self._checkpoint.offsets.add(batch_id, planned)
        failpoint("offsets.after")

    def _write_commit(self, batch_id: int, next_watermark_ms: int) -> None:
        failpoint("commits.before")
        self._checkpoint.commit(batch_id, next_watermark_ms)
        failpoint("commits.after")
