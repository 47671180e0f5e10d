"""A copy of a query's checkpoint, for another query to go on from."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from workbench.engine.streaming.checkpoint.checkpoint import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_NOT_COPIED = {"metadata", ".lock"}
_TRIES = 5


def copied(root: Path, new_id: Callable[[], str]) -> Checkpoint:
    """Return a temporary checkpoint that is where ``root`` is, of a query with an id of its own.

    The query must be between two batches, or have ended. Snapshots and purges go on in the background and may take a
    file away while it is copied: then the copy is begun again.
    """
    made = Checkpoint("")
    for last in [False] * (_TRIES - 1) + [True]:
        try:
            made.identify(new_id)
            shutil.copytree(
                root,
                made.root,
                dirs_exist_ok=True,
                ignore=lambda _, names: _NOT_COPIED & set(names),
            )
        except (FileNotFoundError, shutil.Error):
            if last:
                made.close()
                raise
            shutil.rmtree(made.root, ignore_errors=True)
            made.root.mkdir()
        else:
            return made
    return made
