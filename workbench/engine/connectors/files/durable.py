"""Files that are whole or absent, whatever moment the process is killed at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.base.errors import ExecutionError
from workbench.engine.connectors.files.status import to_uri


def write_new(path: Path, data: bytes, before_rename: Callable[[], None] | None = None) -> bool:
    """Write a file that must not exist yet; afterwards it is durable. False: somebody else wrote it first.

    Raises
    ------
    ExecutionError
        ``TASK_WRITE_FAILED``: the disk is full or broken; no file of this name is left.
    """
    with _draft(path, data) as temporary:
        if before_rename is not None:
            before_rename()
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
    sync_folder(path.parent)
    return True


def replace(path: Path, data: bytes) -> None:
    """Write or rewrite a file; a reader sees the old or the new one, never a part."""
    with _draft(path, data) as temporary:
        os.replace(temporary, path)
    sync_folder(path.parent)


@contextmanager
def _draft(path: Path, data: bytes) -> Iterator[Path]:
    """Write the bytes, durably, under a hidden name that is gone afterwards."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with named_write_errors(str(path)):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def named_write_errors(path: str) -> Iterator[None]:
    """Turn what the disk says into ``TASK_WRITE_FAILED``, naming the file."""
    try:
        yield
    except OSError as cause:
        raise ExecutionError("TASK_WRITE_FAILED", path=to_uri(path), reason=cause) from cause


def sync_file(path: str | Path) -> None:
    """Make a written file's bytes durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


sync_folder = sync_file
"""Make a folder's names durable; on POSIX the same call."""
