"""Where the tests' temporary files are: in memory where there is room, since thousands of them are written, synced and removed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from workbench.cli.environment import say

MEMORY = Path("/dev/shm")  # noqa: S108 - what is made in it is for this user alone
ROOM = 4 << 30
"""Bytes that are to be free: many times what the tests write, and what a browser keeps in files that have no name."""
PREFIX = "workbench-tests-"
VARIABLE = "TMPDIR"


@contextmanager
def provide() -> Iterator[dict[str, str]]:
    """Give the environment that says where temporary files go; empty where they go to the usual place.

    The folder is gone afterwards, also when tests failed: whoever wants to look into it sets ``TMPDIR``, which is left alone.
    """
    if os.environ.get(VARIABLE) or not has_room(MEMORY):
        yield {}
        return
    clear(MEMORY)
    with tempfile.TemporaryDirectory(
        prefix=f"{PREFIX}{os.getpid()}-", dir=MEMORY, ignore_cleanup_errors=True
    ) as folder:
        say(
            f"temporary files are in memory, in {folder}; set {VARIABLE} to have and keep them elsewhere"
        )
        yield {VARIABLE: folder}


def has_room(folder: Path) -> bool:
    """Whether a folder may be written to and enough of it is free."""
    return os.access(folder, os.W_OK) and shutil.disk_usage(folder).free >= ROOM


def clear(folder: Path) -> None:
    """Remove what a run that was killed has left."""
    for left in folder.glob(f"{PREFIX}*"):
        process = left.name.removeprefix(PREFIX).partition("-")[0]
        if not Path("/proc", process).exists():
            shutil.rmtree(left, ignore_errors=True)
