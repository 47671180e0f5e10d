"""Files that are done with: archived or removed, once everything that read them is durable."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import PurePosixPath

from workbench.base.errors import IllegalArgument
from workbench.engine.connectors.file_source.options import ARCHIVE, OFF, FileStreamOptions
from workbench.engine.connectors.files import globs
from workbench.engine.connectors.files.status import absolute

log = logging.getLogger(__name__)


class Cleaner:
    """Archives or removes files. A file that cannot be is left, and the log says so: the rows are safe either way."""

    def __init__(self, options: FileStreamOptions, sources: Sequence[str]) -> None:
        self.mode = options.clean
        self.archive = absolute(options.archive) if options.archive else ""
        if self.mode == ARCHIVE:
            for source in sources:
                refuse_overlap(self.archive, source)

    def clean(self, path: str) -> None:
        """Archive or remove one file."""
        if self.mode == OFF:
            return
        try:
            self._move(path) if self.mode == ARCHIVE else os.unlink(path)
        except FileNotFoundError:
            # Cleaned before a restart.
            return
        except OSError as cause:
            log.warning("file %s could not be cleaned: %s", path, cause)

    def _move(self, path: str) -> None:
        target = self.archive.rstrip("/") + path
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.rename(path, target)


def refuse_overlap(archive: str, source: str) -> None:
    """Raise when an archived file would match the source's own pattern, and so be read again.

    The two paths are compared as deep as the shorter one goes, as in Spark.
    """
    wanted = PurePosixPath(source).parts
    given = PurePosixPath(archive).parts
    depth = min(len(wanted), len(given))
    same = all(
        globs.compiled(pattern).fullmatch(part)
        for pattern, part in zip(wanted[1:depth], given[1:depth], strict=True)
    )
    if same:
        raise IllegalArgument(
            "WORKBENCH_FILE_SOURCE.ARCHIVE_INSIDE", archive=archive, source=source
        )
