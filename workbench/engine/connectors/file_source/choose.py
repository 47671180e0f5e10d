"""Which of the new files a batch takes; decides, does no I/O."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.engine.connectors.file_source.options import FileStreamOptions
from workbench.engine.connectors.files.status import FileStatus


def choose(
    files: Sequence[FileStatus], options: FileStreamOptions
) -> tuple[list[FileStatus], list[FileStatus]]:
    """Return the files of the next batch, and the rest, both in the order they are taken in."""
    ordered = in_order(files, options.latest_first)
    size = _size(ordered, options)
    return ordered[:size], ordered[size:]


def in_order(files: Sequence[FileStatus], latest_first: bool) -> list[FileStatus]:
    """Return files by modification time, old or new ones first; files of one time by path."""
    by_path = sorted(files, key=lambda file: file.path)
    return sorted(by_path, key=lambda file: file.modified_ms, reverse=latest_first)


def _size(ordered: Sequence[FileStatus], options: FileStreamOptions) -> int:
    if options.max_files is not None:
        return options.max_files
    if options.max_bytes is None:
        return len(ordered)
    total = 0
    for position, file in enumerate(ordered):
        total += file.size
        if total > options.max_bytes:
            return max(position, 1)
    return len(ordered)
