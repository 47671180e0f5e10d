"""Work that need not hold a batch up."""

from __future__ import annotations

import logging
import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint

logger = logging.getLogger(__name__)


class Background:
    """One daemon thread that runs small jobs in order; it starts with the first."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], None]) -> None:
        """Run a job soon."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="log-purge", daemon=True)
                self._thread.start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            try:
                job()
            except OSError as error:
                logger.warning("old log files stay: %s", error)


_BACKGROUND = Background()


def purge(checkpoint: Checkpoint, batch_id: int, setting: Callable[[str], str]) -> None:
    """Remove log files that no restart needs; nothing waits for it unless ``asyncLogPurge`` is off."""
    keep = int(setting("spark.sql.streaming.minBatchesToRetain"))
    if batch_id <= keep:
        return
    if setting("spark.sql.streaming.asyncLogPurge.enabled") == "true":
        _BACKGROUND.submit(lambda: checkpoint.purge(batch_id, keep))
    else:
        checkpoint.purge(batch_id, keep)
