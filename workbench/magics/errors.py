"""Mistakes in a cell, shown in one line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from difflib import get_close_matches
from functools import wraps
from typing import Any

from IPython.core.error import UsageError
from pyspark.errors import PySparkException


def one_line(run: Callable[..., Any]) -> Callable[..., Any]:
    """Make a magic show an error as one line; ``--traceback`` shows everything."""

    @wraps(run)
    def shown(self: Any, line: str, *rest: Any, **named: Any) -> Any:
        if "--traceback" in line:
            return run(self, line.replace("--traceback", ""), *rest, **named)
        try:
            return run(self, line, *rest, **named)
        except PySparkException as error:
            first = str(error).strip().splitlines()[0]
            print(f"{type(error).__name__}: {first}", file=sys.stderr)
        return None

    return shown


def no_such(what: str, name: str, known: list[str]) -> UsageError:
    """Return the error for a name that is none of ``known``, the nearest suggested."""
    near = get_close_matches(name, known, n=1)
    hint = f" Did you mean {near[0]}?" if near else f" There are: {', '.join(known) or 'none'}."
    return UsageError(f"There is no {what} {name!r}.{hint}")
