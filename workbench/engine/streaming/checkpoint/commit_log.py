"""That a batch is done, written after its rows and its state are safe."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.engine.streaming.checkpoint.batch_log import VERSION, BatchLog
from workbench.engine.streaming.checkpoint.offset_log import compact, read_json

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Commit:
    """``next_watermark_ms``: the watermark of the batch after this one, as known when this one ended."""

    next_watermark_ms: int = 0


def commit_log(path: Path) -> BatchLog[Commit]:
    """Open the commit log of a checkpoint.

    A file is, in Spark's bytes and with no newline at its end::

        v1
        {"nextBatchWatermarkMs": 1795410248919}
    """
    return BatchLog(path, to_text, from_text)


def to_text(entry: Commit) -> str:
    """Return the file's text."""
    return f"{VERSION}\n{compact({'nextBatchWatermarkMs': entry.next_watermark_ms})}"


def from_text(lines: list[str], path: Path) -> Commit:
    """Return the entry of the lines after the version."""
    return Commit(int(read_json(lines, path).get("nextBatchWatermarkMs", 0)))
