"""Files that are whole or not there."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from workbench.base.failpoints import failpoint

if TYPE_CHECKING:
    from pathlib import Path


def write_once(path: Path, text: str) -> None:
    """Make ``text`` the durable content of a file that does not exist yet.

    When it returns, the file survives a power cut. A kill before that leaves no file of this name, or the whole one. The
    crash points are ``<log>.written`` and ``<log>.named``.

    Raises
    ------
    FileExistsError
        Somebody else wrote the file; it is left as it was.
    """
    point = path.parent.name if path.name.isdigit() else path.name
    # A dot in front keeps half-written files out of every listing, Spark's included.
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        write_synced(draft, text.encode())
        failpoint(f"{point}.written")
        os.link(draft, path)
        failpoint(f"{point}.named")
    finally:
        draft.unlink(missing_ok=True)
    sync_directory(path.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until its bytes are on the disk."""
    handle = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o644)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def sync_directory(path: Path) -> None:
    """Make the names in a directory durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
