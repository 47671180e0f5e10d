"""A magic's line, read."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic_arguments import parse_argstring
from IPython.utils.process import arg_split


def parse(magic: Any, line: str) -> Any:
    """Return the arguments of a magic's line, without the quotes around them.

    Raises
    ------
    UsageError
        An option is unknown, the nearest suggested, or one is missing.
    """
    known = options(magic)
    for word in arg_split(line, strict=False):
        name = word.split("=", 1)[0]
        if name.startswith("--") and not any(one.startswith(name) for one in known):
            near = get_close_matches(name, known, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."
            raise UsageError(f"There is no option {name}. {hint}")
    given = parse_argstring(magic, line)
    for name, value in vars(given).items():
        setattr(
            given, name, [_bare(one) for one in value] if isinstance(value, list) else _bare(value)
        )
    return given


def options(magic: Any) -> list[str]:
    """Return the long options of a magic."""
    return [
        name
        for one in magic.parser._actions  # noqa: SLF001
        for name in one.option_strings
        if name.startswith("--")
    ]


def _bare(value: Any) -> Any:
    if isinstance(value, str) and len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value
