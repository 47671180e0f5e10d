"""Column and table names as text, split into their parts."""

from __future__ import annotations

import re

from workbench.base.errors import AnalysisError

# One part of a name: in backticks, where two backticks stand for one; or anything without dots and backticks.
_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")


def parse_name(text: str) -> tuple[str, ...]:
    """Return the parts of a name.

    Examples
    --------
    >>> parse_name("a.`b.c`")
    ('a', 'b.c')
    """
    parts: list[str] = []
    position = 0
    while True:
        found = _PART.match(text, position)
        if found is None:
            raise AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=text)
        parts.append(found[1].replace("``", "`") if found[1] is not None else found[2])
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise AnalysisError("INVALID_ATTRIBUTE_NAME_SYNTAX", name=text)
        position += 1
