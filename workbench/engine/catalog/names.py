"""Names of tables, views and databases."""

from __future__ import annotations

import re
from fnmatch import translate

from workbench.base.errors import AnalysisError

CATALOG = "spark_catalog"
DEFAULT = "default"
GLOBAL_TEMP = "global_temp"

_PART = re.compile(r"`((?:[^`]|``)+)`|([^.`]+)")
_VALID = re.compile(r"[\w_]+")


def parse_name(text: str) -> tuple[str, ...]:
    """Return the parts of a dotted name; a part in backticks may hold anything.

    Raises
    ------
    AnalysisError
        ``PARSE_SYNTAX_ERROR``.
    """
    parts, position = [], 0
    while True:
        found = _PART.match(text, position)
        if found is None:
            raise AnalysisError(
                "PARSE_SYNTAX_ERROR", error=f"'{text[position:] or 'end of input'}'", hint=""
            )
        parts.append(found[1].replace("``", "`") if found[1] else found[2].strip())
        position = found.end()
        if position == len(text):
            return tuple(parts)
        if text[position] != ".":
            raise AnalysisError("PARSE_SYNTAX_ERROR", error=f"'{text[position:]}'", hint="")
        position += 1


def quoted(*parts: str) -> str:
    """Return a name with every part in backticks, as errors write it."""
    return ".".join("`" + part.replace("`", "``") + "`" for part in parts)


def check_word(name: str, whole: str = "") -> str:
    """Return a table's or database's name in lower case; only letters, digits and ``_`` are allowed.

    Raises
    ------
    AnalysisError
        ``INVALID_SCHEMA_OR_RELATION_NAME``.
    """
    if not _VALID.fullmatch(name):
        raise AnalysisError("INVALID_SCHEMA_OR_RELATION_NAME", name=whole or quoted(name))
    return name.lower()


def matches(name: str, pattern: str | None) -> bool:
    """Tell whether a name matches a pattern of SHOW and list…: ``*`` is anything, ``|`` is or, case does not count."""
    if pattern is None:
        return True
    choices = (choice.strip().lower() for choice in pattern.split("|"))
    return any(
        re.fullmatch(translate(choice.replace("?", "[?]")), name.lower()) for choice in choices
    )
