"""Files that are there whole or not at all, whatever moment the process is killed at."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from workbench.base.errors import ExecutionError
from workbench.base.failpoints import failpoint

_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}
TEMPORARY = ".tmp"


def write_durably(path: Path, parts: Iterable[bytes | memoryview], crash_point: str) -> None:
    """Write a file that survives a power cut once this returns; until then the old file, if any, is in place.

    Steps, with a crash point after each:

    1. the bytes under a temporary name, then ``fsync``    (``<crash_point>.written``)
    2. rename to the real name                             (``<crash_point>.renamed``)
    3. ``fsync`` of the directory                          (``<crash_point>.durable``)

    Raises
    ------
    ExecutionError
        ``CANNOT_WRITE_STATE_STORE.DISK_FULL`` or ``.CANNOT_WRITE_FILE``; nothing under the real name has changed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}{TEMPORARY}")
    try:
        _write(temporary, parts)
        failpoint(f"{crash_point}.written")
        temporary.rename(path)
        failpoint(f"{crash_point}.renamed")
        sync_directory(path.parent)
        failpoint(f"{crash_point}.durable")
    except OSError as error:
        temporary.unlink(missing_ok=True)
        reason = "DISK_FULL" if error.errno in _FULL else "CANNOT_WRITE_FILE"
        raise ExecutionError(
            f"CANNOT_WRITE_STATE_STORE.{reason}", file=path, message=error.strerror
        ) from error


def name_again(old: Path, new: Path, crash_point: str) -> None:
    """Give a durable file a second name, durably; a file that has that name already loses it.

    Crash points: ``<crash_point>.named`` and ``<crash_point>.durable``.

    Raises
    ------
    OSError
        The file is gone, or may have no further name; nothing but the name's former file is lost.
    """
    new.unlink(missing_ok=True)
    os.link(old, new)
    failpoint(f"{crash_point}.named")
    sync_directory(new.parent)
    failpoint(f"{crash_point}.durable")


def make_directory(path: Path) -> None:
    """Create a directory and its parents, durably."""
    if path.is_dir():
        return
    make_directory(path.parent)
    path.mkdir(exist_ok=True)
    sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove_temporaries(directory: Path) -> None:
    """Remove what a killed writer left behind."""
    for path in directory.glob(f".*{TEMPORARY}"):
        path.unlink(missing_ok=True)


def _write(path: Path, parts: Iterable[bytes | memoryview]) -> None:
    with path.open("wb", buffering=0) as file:
        for part in parts:
            view = memoryview(part).cast("B")
            while len(view):
                view = view[file.write(view) :]
        os.fsync(file.fileno())
