"""How a named error leaves a function that DataFusion runs.

DataFusion keeps only the text of an exception raised in a Python function. So the function raises a token, the error
itself waits here, and whoever runs the plan asks :func:`recover` for it.
"""

from __future__ import annotations

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable
from typing import NoReturn

from workbench.base.errors import ArithmeticFault, ExecutionError, WorkbenchError

KEPT = 256
_TOKEN = re.compile(r"workbench-fault:(\d+)")
_COUNTER = itertools.count(1)
_WAITING: OrderedDict[int, WorkbenchError] = OrderedDict()

ANSI = '"spark.sql.ansi.enabled"'


class Fault(Exception):
    """What a function raises in place of a named error; only its text gets through."""


def throw(error: WorkbenchError) -> NoReturn:
    """Raise a token that stands for ``error``."""
    token = next(_COUNTER)
    _WAITING[token] = error
    while len(_WAITING) > KEPT:
        _WAITING.popitem(last=False)
    raise Fault(f"workbench-fault:{token}") from error


def overflow(alternative: str = "") -> ArithmeticFault:
    """Return the error of a result that does not fit; ``alternative`` names the function that gives NULL."""
    hint = (
        f" Use '{alternative}' to tolerate overflow and return NULL instead." if alternative else ""
    )
    return ArithmeticFault("ARITHMETIC_OVERFLOW", message="overflow", alternative=hint, config=ANSI)


def division_by_zero() -> ArithmeticFault:
    """Return the error of a division by zero."""
    return ArithmeticFault("DIVIDE_BY_ZERO", config=ANSI)


_NATIVE: tuple[tuple[re.Pattern[str], Callable[[], WorkbenchError]], ...] = (
    (re.compile(r"divide by zero", re.IGNORECASE), division_by_zero),
    (re.compile(r"overflow", re.IGNORECASE), overflow),
)


def recover(exception: BaseException) -> WorkbenchError | None:
    """Return the named error behind what DataFusion raised, or None when it is none of ours."""
    if isinstance(exception, WorkbenchError):
        return exception
    text = str(exception)
    token = _TOKEN.search(text)
    if token:
        return _WAITING.get(int(token[1])) or ExecutionError("INTERNAL_ERROR", message=text)
    return next((make() for pattern, make in _NATIVE if pattern.search(text)), None)
