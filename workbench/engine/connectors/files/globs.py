r"""Hadoop's glob patterns: ``* ? [a-z] [^a] {a,b} \x``; none of them crosses a ``/``."""

from __future__ import annotations

import os
import re
from functools import cache
from itertools import pairwise

_SPECIAL = re.compile(r"[*?\[{]")
_PIECES = {"*": "[^/]*", "?": "[^/]"}


def is_glob(path: str) -> bool:
    """Tell whether a path has a pattern in it."""
    return bool(_SPECIAL.search(path.replace("\\*", "").replace("\\?", "")))


def expand(path: str) -> list[str]:
    """Return the existing paths an absolute pattern names, sorted; [] when there is none."""
    found: list[str] = []
    for pattern in _braces(path):
        found.extend(_walk("/", [part for part in pattern.split("/") if part]))
    return sorted(set(found))


def _walk(folder: str, parts: list[str]) -> list[str]:
    if not parts:
        return [folder]
    head, *rest = parts
    if not is_glob(head):
        child = os.path.join(folder, head.replace("\\", ""))
        return _walk(child, rest) if os.path.exists(child) else []
    try:
        names = os.listdir(folder)
    except (NotADirectoryError, PermissionError, FileNotFoundError):
        return []
    matches = compiled(head)
    return [
        path
        for name in names
        if matches.fullmatch(name)
        for path in _walk(os.path.join(folder, name), rest)
    ]


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the regular expression of one path component (its braces may stand)."""
    return re.compile("|".join(_component(choice) for choice in _braces(pattern)))


def _component(pattern: str) -> str:
    out: list[str] = []
    position = 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\" and position + 1 < len(pattern):
            position += 1
            out.append(re.escape(pattern[position]))
        elif char == "[" and "]" in pattern[position + 2 :]:
            end = pattern.index("]", position + 2)
            out.append("[" + pattern[position + 1 : end].replace("!", "^", 1) + "]")
            position = end
        else:
            out.append(_PIECES.get(char, re.escape(char)))
        position += 1
    return "".join(out)


def _braces(pattern: str) -> list[str]:
    """Return the pattern once per choice of its outermost ``{a,b}`` groups."""
    start = pattern.find("{")
    if start < 0:
        return [pattern]
    depth, cuts = 0, [start]
    for position in range(start, len(pattern)):
        char = pattern[position]
        depth += (char == "{") - (char == "}")
        if char == "," and depth == 1:
            cuts.append(position)
        if depth == 0:
            cuts.append(position)
            break
    else:
        return [pattern]
    choices = [pattern[a + 1 : b] for a, b in pairwise(cuts)]
    rest = pattern[cuts[-1] + 1 :]
    return [
        pattern[:start] + middle + tail
        for choice in choices
        for middle in _braces(choice)
        for tail in _braces(rest)
    ]
