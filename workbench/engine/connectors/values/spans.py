"""Lengths of time as Spark's settings write them: ``7d``, ``10m``, ``600000ms``."""

from __future__ import annotations

import re

from workbench.base.errors import IllegalArgument

_SPAN = re.compile(r"\s*(\d+)\s*(us|ms|s|m|min|h|d)?\s*")
_UNITS = {
    "us": 0.001,
    "ms": 1,
    "s": 1000,
    "m": 60_000,
    "min": 60_000,
    "h": 3_600_000,
    "d": 86_400_000,
}


def milliseconds(text: str, option: str = "", default_unit: str = "ms") -> int:
    """Return the milliseconds of a span.

    Raises
    ------
    IllegalArgument
        ``WORKBENCH_INVALID_OPTION``.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        accepted = "a length of time such as 50s, 100ms, 10m, 7d"
        raise IllegalArgument(
            "WORKBENCH_INVALID_OPTION", option=option, value=text, accepted=accepted
        )
    return int(int(found[1]) * _UNITS[found[2] or default_unit])
