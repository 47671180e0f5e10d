"""Calls into a user's data source: whatever it raises is named, with the user's own lines."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.base.errors import UserCodeError, WorkbenchError


@contextmanager
def calling(source: str, method: str) -> Iterator[None]:
    """Name what the user's method raises: ``PYTHON_DATA_SOURCE_ERROR``."""
    try:
        yield
    except WorkbenchError:
        raise
    except GeneratorExit:
        raise
    except BaseException as cause:
        # The user's code may raise anything; it must not be taken for a fault of the engine.
        lines = "".join(traceback.format_exception(cause))
        raise UserCodeError(
            "PYTHON_DATA_SOURCE_ERROR", action=method, type=source, msg=repr(cause), traceback=lines
        ) from cause
