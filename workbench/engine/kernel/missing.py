"""Files that vanished while they were read.

DataFusion lists a scan's files when the scan starts, and one that is gone by then is no row and no error. So what a query scanned
is looked for once more behind its last row: a file that is there then was there all the time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.base.errors import ExecutionError

if TYPE_CHECKING:
    from collections.abc import Iterable


def missing_file(paths: Iterable[str]) -> ExecutionError | None:
    """Return the error of the first file that is not there, as ``FAILED_READ_FILE.FILE_NOT_EXIST``."""
    for path in paths:
        try:
            os.stat(path)
        except FileNotFoundError:
            return ExecutionError("FAILED_READ_FILE.FILE_NOT_EXIST", path=Path(path).as_uri())
    return None
