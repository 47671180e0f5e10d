"""Files that are whole or absent, whatever moment the process is killed at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def write_new(path: Path, data: bytes, before_rename: Callable[[], None] | None = None) -> bool:
    """Write a file that must not exist yet; afterwards it is durable. False: somebody else wrote it first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    _write(temporary, data)
    if before_rename is not None:
        before_rename()
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    sync_folder(path.parent)
    return True


def replace(path: Path, data: bytes) -> None:
    """Write or rewrite a file; a reader sees the old or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    _write(temporary, data)
    os.replace(temporary, path)
    sync_folder(path.parent)


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync_file(path: str | Path) -> None:
    """Make a written file's bytes durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file
"""Make a folder's names durable; on POSIX the same call."""
