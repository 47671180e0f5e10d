"""A user's function out of its pickle, and the named error for what it raises."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from workbench.base.errors import UserCodeError
from workbench.engine.kernel.unpickling import loads

if TYPE_CHECKING:
    from workbench.engine.plan.python_function import PythonFunction


@lru_cache(maxsize=256)
def load(command: bytes) -> Callable[..., Any]:
    """Return the function inside a client's pickle."""
    loaded = loads(command)
    return loaded[0] if isinstance(loaded, tuple) else loaded


def user_error(name: str, error: BaseException) -> UserCodeError:
    """Return the named error for what a user's function raised; the traceback is cut to the user's own lines."""
    if isinstance(error, UserCodeError):
        return error
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not any(part in frame.filename for part in _NOT_THE_USERS)]
    lines = traceback.format_list(own) + traceback.format_exception_only(error)
    return UserCodeError("PYTHON_EXCEPTION", functionName=name, traceback="".join(lines).rstrip())


def line_of(given: Any) -> str:
    """Return where a generator of the user's stands, as the end of a sentence; nothing for what is no generator."""
    frame = getattr(given, "gi_frame", None)
    if frame is None:
        return ""
    return f' (File "{frame.f_code.co_filename}", line {frame.f_lineno}, in {frame.f_code.co_name})'


_NOT_THE_USERS = ("/workbench/engine/", "/pyspark/sql/conversion.py", "/pyspark/sql/pandas/")


def by_place(function: Callable[..., Any], names: Sequence[str]) -> Callable[..., Any]:
    """Return a function that takes every argument by place and hands the last on by these names."""
    if not names:
        return function

    def placed(*given: Any) -> Any:
        # Counted at the call: an aggregate's arguments are one column of lists, and come apart only then.
        plain = len(given) - len(names)
        return function(*given[:plain], **dict(zip(names, given[plain:], strict=True)))

    return placed


def call_user(function: PythonFunction, *arguments: Any) -> Any:
    """Call a user's function, its failure named."""
    try:
        return load(function.command)(*arguments)
    except BaseException as error:
        raise user_error(function.name, error) from error
