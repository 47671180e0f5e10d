"""Which query a checkpoint belongs to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from workbench.base.errors import ExecutionError
from workbench.engine.streaming.checkpoint.durable import write_once
from workbench.engine.streaming.checkpoint.offset_log import compact

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NAME = "metadata"


def read_or_write(root: Path, new_id: Callable[[], str]) -> str:
    """Return the query id in ``<checkpoint>/metadata``, writing a new one into a checkpoint that has none.

    The file is ``{"id":"<uuid>"}``.

    Raises
    ------
    ExecutionError
        ``STREAMING_CHECKPOINT_MISSING_METADATA_FILE``: the file is missing, though batches were run here;
        ``STREAMING_CHECKPOINT_BAD_METADATA_FILE``: it holds no query id.
    """
    path = root / NAME
    if path.exists():
        return read_id(path)
    if has_batches(root):
        raise ExecutionError(
            "STREAMING_CHECKPOINT_MISSING_METADATA_FILE", checkpointLocation=root.as_uri()
        )
    query_id = new_id()
    write_once(path, compact({"id": query_id}))
    return query_id


def read_id(path: Path) -> str:
    """Return the id a metadata file holds."""
    try:
        return str(json.loads(path.read_text("utf-8"))["id"])
    except (ValueError, KeyError, TypeError) as error:
        raise ExecutionError("STREAMING_CHECKPOINT_BAD_METADATA_FILE", path=path) from error


def has_batches(root: Path) -> bool:
    """Whether a checkpoint holds any offset or commit."""
    logs = (root / "offsets", root / "commits")
    return any(entry.name.isdigit() for log in logs if log.is_dir() for entry in log.iterdir())
