"""What a batch will read, written before it runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from workbench.base.errors import ExecutionError
from workbench.engine.streaming.checkpoint.batch_log import VERSION, BatchLog, incomplete

if TYPE_CHECKING:
    from pathlib import Path

NO_OFFSET = "-"


@dataclass(frozen=True, slots=True)
class BatchOffsets:
    """The end offset of each source in a batch, and what else the batch must be run with again.

    Attributes
    ----------
    offsets : tuple
        One offset per source, in the plan's order; None where the source has none yet.
    watermark_ms, timestamp_ms : int
        The watermark and the processing time the batch runs with.
    conf : mapping
        The pinned settings.
    """

    offsets: tuple[str | None, ...]
    watermark_ms: int
    timestamp_ms: int
    conf: Mapping[str, str] = field(default_factory=dict)


def offset_log(path: Path) -> BatchLog[BatchOffsets]:
    """Open the offset log of a checkpoint.

    A file is, in Spark's bytes and with no newline at its end::

        v1
        {"batchWatermarkMs":0,"batchTimestampMs":1795410246243,"conf":{…}}
        <offset of source 0, JSON, or "-">
        <offset of source 1>
    """
    return BatchLog(path, to_text, from_text)


def to_text(entry: BatchOffsets) -> str:
    """Return the file's text."""
    head = {
        "batchWatermarkMs": entry.watermark_ms,
        "batchTimestampMs": entry.timestamp_ms,
        "conf": dict(entry.conf),
    }
    offsets = (offset if offset is not None else NO_OFFSET for offset in entry.offsets)
    return "\n".join([VERSION, compact(head), *offsets])


def from_text(lines: list[str], path: Path) -> BatchOffsets:
    """Return the entry of the lines after the version."""
    head = read_json(lines, path)
    offsets = tuple(None if line == NO_OFFSET else line for line in lines[1:] if line)
    return BatchOffsets(
        offsets,
        int(head.get("batchWatermarkMs", 0)),
        int(head.get("batchTimestampMs", 0)),
        head.get("conf", {}),
    )


def read_json(lines: list[str], path: Path) -> dict:
    """Return the JSON object on the first line, or raise the error of a file cut short."""
    if not lines or not lines[0]:
        raise incomplete(path)
    try:
        found = json.loads(lines[0])
    except ValueError as error:
        raise incomplete(path) from error
    if not isinstance(found, dict):
        raise ExecutionError("MALFORMED_LOG_FILE", text=lines[0], path=path)
    return found


def compact(value: object) -> str:
    """Return JSON as Spark's writer spaces it."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
