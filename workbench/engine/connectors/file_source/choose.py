"""Which of the new files a batch takes; decides, does no I/O."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from workbench.engine.connectors.file_source.options import FileStreamOptions
from workbench.engine.connectors.files.status import FileStatus


def choose(
    ordered: Sequence[FileStatus], is_new: Callable[[FileStatus], bool], options: FileStreamOptions
) -> tuple[list[FileStatus], Sequence[FileStatus]]:
    """Return the files of the next batch, and those behind them, of which some may not be new.

    ``ordered``: the files in the order they are taken in. However many wait, only those up to the batch's last are looked at.
    """
    chosen: list[FileStatus] = []
    size = 0
    for place, file in enumerate(ordered):
        if not is_new(file):
            continue
        size += file.size
        if chosen and _is_too_much(len(chosen) + 1, size, options):
            return chosen, ordered[place:]
        chosen.append(file)
    return chosen, []


def _is_too_much(files: int, size: int, options: FileStreamOptions) -> bool:
    if options.max_files is not None:
        return files > options.max_files
    return options.max_bytes is not None and size > options.max_bytes


def in_order(files: Sequence[FileStatus], latest_first: bool) -> list[FileStatus]:
    """Return files by modification time, old or new ones first; files of one time by path."""
    by_path = sorted(files, key=lambda file: file.path)
    return sorted(by_path, key=lambda file: file.modified_ms, reverse=latest_first)
