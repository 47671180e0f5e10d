"""One query's checkpoint directory."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from workbench.base.errors import ExecutionError, IllegalState
from workbench.engine.state.lock import CheckpointLock, named_place
from workbench.engine.streaming.checkpoint import query_metadata
from workbench.engine.streaming.checkpoint.commit_log import Commit, commit_log
from workbench.engine.streaming.checkpoint.offset_log import BatchOffsets, offset_log

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a query goes on.

    Attributes
    ----------
    batch_id : int
        The next batch to run.
    committed : BatchOffsets or None
        The end of the batch before it; None at the very start.
    planned : BatchOffsets or None
        The batch as an earlier run planned it and did not finish: it is run again exactly so.
    watermark_ms : int
        The watermark to go on from.
    late_watermark_ms : int
        The watermark the batch before ran with: what is late for the next batch's operators.
    """

    batch_id: int
    committed: BatchOffsets | None
    planned: BatchOffsets | None
    watermark_ms: int
    late_watermark_ms: int


class Checkpoint:
    """The files of one query, in Spark's layout.

    ::

        metadata            {"id":"…"}
        offsets/N           what batch N reads          (OffsetSeqLog)
        commits/N           batch N is done             (CommitLog)
        sources/<i>/…       the i-th source's own notes
        state/<operator>/…  written by workbench.engine.state

    Parameters
    ----------
    location : str
        A local path or a ``file:`` URI; "" for a temporary one that :meth:`close` removes.
    """

    def __init__(self, location: str) -> None:
        self.is_temporary = not location
        self.root = (
            local_path(location) if location else Path(tempfile.mkdtemp(prefix="temporary-"))
        )
        with named_place(self.root):
            self.root.mkdir(parents=True, exist_ok=True)
        self._lock = CheckpointLock(self.root)

    def lock(self) -> None:
        """Keep every other process out until :meth:`close`.

        Raises
        ------
        IllegalState
            ``CHECKPOINT_IN_USE``, naming the process that is in.
        """
        self._lock.acquire()

    def identify(self, new_id: Callable[[], str]) -> str:
        """Return the id of the query this checkpoint belongs to; a new one is made durable first."""
        with named_place(self.root):
            return query_metadata.read_or_write(self.root, new_id)

    def open_logs(self) -> None:
        """Open the logs; called on the query's thread before its first batch."""
        self.offsets = offset_log(self.root / "offsets")
        self.commits = commit_log(self.root / "commits")

    def source_path(self, index: int) -> Path:
        """Return where the i-th source keeps its notes."""
        return self.root / "sources" / str(index)

    def resume(self, source_count: int) -> Resume:
        """Decide from the two logs which batch comes next.

        The last offsets are of a batch that was committed: the next one is new. They are of a batch that was not: it is run
        again with the same offsets, watermark and time.
        """
        latest = self.offsets.latest_id
        if latest is None:
            return Resume(0, None, None, 0, 0)
        planned = self._read(latest, source_count)
        commit = self.commits.get(latest)
        if commit is not None:
            watermark = max(commit.next_watermark_ms, planned.watermark_ms)
            return Resume(latest + 1, planned, None, watermark, planned.watermark_ms)
        before = self._read(latest - 1, source_count) if latest else None
        late = before.watermark_ms if before else 0
        return Resume(latest, before, planned, planned.watermark_ms, late)

    def _read(self, batch_id: int, source_count: int) -> BatchOffsets:
        found = self.offsets.get(batch_id)
        if found is None:
            raise IllegalState("STREAMING_CHECKPOINT_MISSING_BATCH", batchId=batch_id)
        if len(found.offsets) != source_count:
            raise ExecutionError(
                "STREAMING_CHECKPOINT_OTHER_QUERY",
                checkpointLocation=self.root,
                known=len(found.offsets),
                asked=source_count,
            )
        return found

    def purge(self, batch_id: int, keep: int) -> None:
        """Remove log files no restart needs when ``keep`` batches up to ``batch_id`` are to stay."""
        if batch_id > keep:
            self.offsets.purge(batch_id - keep)
            self.commits.purge(batch_id - keep)

    def commit(self, batch_id: int, next_watermark_ms: int) -> None:
        """Make it durable that a batch is done."""
        self.commits.add(batch_id, Commit(next_watermark_ms))

    def close(self) -> None:
        """Let others in, and remove a temporary checkpoint."""
        self._lock.release()
        if self.is_temporary:
            shutil.rmtree(self.root, ignore_errors=True)


def local_path(location: str) -> Path:
    """Return the local path of a location; ``file:`` URIs are local too."""
    parsed = urlparse(location)
    if parsed.scheme == "file":
        return Path(unquote(parsed.path))
    return Path(location).absolute()
