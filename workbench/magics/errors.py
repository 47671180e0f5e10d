"""Mistakes in a cell, shown in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from functools import wraps
from traceback import extract_tb
from typing import Any

from IPython.core.error import UsageError
from pyspark.errors import PySparkException


def one_line(run: Callable[..., Any]) -> Callable[..., Any]:
    """Make a magic show an error as one line; ``--traceback`` shows everything."""

    @wraps(run)
    def shown(self: Any, line: str, *rest: Any, **named: Any) -> Any:
        if "--traceback" in line:
            return _whole(run, self, line.replace("--traceback", ""), *rest, **named)
        try:
            return run(self, line, *rest, **named)
        except PySparkException as error:
            first = str(error).strip().splitlines()[0]
            print(f"{type(error).__name__}: {first}", file=sys.stderr)
        return None

    return shown


def _whole(run: Callable[..., Any], *given: Any, **named: Any) -> Any:
    try:
        return run(*given, **named)
    except UsageError as error:
        if error.__cause__ is None:
            raise
        raise error.__cause__ from None


@contextmanager
def users_lines(filename: str) -> Iterator[None]:
    """Show what the user's code raises by the lines of their cell; ``--traceback`` shows everything."""
    try:
        yield
    except UsageError:
        raise
    except SyntaxError as error:
        raise UsageError(
            f"line {error.lineno}: {error.msg}\n    {(error.text or '').strip()}"
        ) from error
    except Exception as error:
        frames = [one for one in extract_tb(error.__traceback__) if one.filename == filename]
        lines = [
            f"    line {one.lineno}, in {one.name.removeprefix('on_')}: {one.line}"
            for one in frames
        ]
        raise UsageError("\n".join([f"{type(error).__name__}: {error}", *lines])) from error


def no_such(what: str, name: str, known: list[str]) -> UsageError:
    """Return the error for a name that is none of ``known``, the nearest suggested."""
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known) or 'none'}."
    return UsageError(f"There is no {what} {name!r}.{hint}")
