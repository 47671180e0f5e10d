"""Regular expressions and LIKE. Patterns are Java's; those Arrow's engine (RE2) cannot take run in Python's ``re``."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import AnalysisError, ExecutionError
from workbench.engine.functions.kernels.texts import by_row

# What RE2 lacks or reads otherwise: look-around, back references, possessive and atomic groups, \h \R \Z, class intersection.
_BEYOND_RE2 = re.compile(
    r"\(\?[=!<>]|\\[1-9hHRZkGX]|[+*?}]\+|&&|\\p\{(?:Alpha|Digit|Punct|Upper|Lower|Alnum|Space|javaWhitespace)\}"
)
_POSIX = {
    "Alpha": "a-zA-Z", "Digit": "0-9", "Alnum": "a-zA-Z0-9", "Upper": "A-Z", "Lower": "a-z", "Space": r"\s",
    "Punct": r"!-/:-@\[-`{-~", "javaWhitespace": r"\s",
}  # fmt: skip


def java_to_python(pattern: str) -> str:
    """Return a Java pattern as Python's ``re`` writes it."""
    made = re.sub(r"\(\?<([A-Za-z]\w*)>", r"(?P<\1>", pattern)
    made = re.sub(r"\\p\{(\w+)\}", lambda m: f"[{_POSIX[m[1]]}]" if m[1] in _POSIX else m[0], made)
    made = made.replace(r"\h", r"[ \t]").replace(r"\R", r"(?:\r\n|[\n\r])")
    return made.replace(r"\Z", r"(?=\n?\Z)").replace(r"\z", r"\Z")


@lru_cache(maxsize=512)
def compiled(pattern: str, name: str = "rlike") -> re.Pattern[str]:
    """Return a Java pattern compiled by Python.

    Raises
    ------
    ExecutionError
        ``INVALID_PARAMETER_VALUE.PATTERN``.
    """
    try:
        return re.compile(java_to_python(pattern))
    except re.error:
        raise ExecutionError(
            "INVALID_PARAMETER_VALUE.PATTERN",
            parameter="`regexp`",
            functionName=f"`{name}`",
            value=f"'{pattern}'",
        ) from None


def is_plain(pattern: str) -> bool:
    """Return whether Arrow's engine reads the pattern as Java does."""
    return not _BEYOND_RE2.search(pattern)


def matches(texts: pa.Array, pattern: Any, name: str = "rlike") -> pa.Array:
    """Return where a pattern is found somewhere in texts."""
    if isinstance(pattern, pa.Scalar):
        text = pattern.as_py()
        if text is None:
            return pa.nulls(len(texts), pa.bool_())
        if is_plain(text):
            try:
                return pc.match_substring_regex(texts, text)
            except pa.ArrowInvalid:
                compiled(text, name)
    return by_row(lambda text, one: bool(compiled(one, name).search(text)), pa.bool_())(
        texts, pattern
    )


@lru_cache(maxsize=512)
def like_pattern(pattern: str, escape: str) -> str:
    """Return a LIKE pattern as a regular expression over the whole text.

    Raises
    ------
    AnalysisError
        ``INVALID_FORMAT.ESC_AT_THE_END`` or ``INVALID_FORMAT.ESC_IN_THE_MIDDLE``.
    """
    made, letters = [], iter(pattern)
    for letter in letters:
        if letter == escape:
            following = next(letters, None)
            if following is None:
                raise AnalysisError("INVALID_FORMAT.ESC_AT_THE_END", format=f"'{pattern}'")
            if following not in ("_", "%", escape):
                raise AnalysisError(
                    "INVALID_FORMAT.ESC_IN_THE_MIDDLE", format=f"'{pattern}'", char=f"'{following}'"
                )
            made.append(re.escape(following))
        else:
            made.append({"_": ".", "%": ".*"}.get(letter) or re.escape(letter))
    return "(?s)^" + "".join(made) + r"\z"


def like(texts: pa.Array, pattern: Any, escape: Any, *, ignore_case: bool) -> pa.Array:
    """Return where whole texts fit a LIKE pattern."""
    flag = "(?i)" if ignore_case else ""
    if isinstance(pattern, pa.Scalar) and isinstance(escape, pa.Scalar):
        if pattern.as_py() is None:
            return pa.nulls(len(texts), pa.bool_())
        found = like_pattern(pattern.as_py(), escape.as_py())
        return pc.match_substring_regex(texts, flag + found)

    def one(text: str, shape: str, mark: str) -> bool:
        return bool(compiled(flag + like_pattern(shape, mark)).search(text))

    return by_row(one, pa.bool_())(texts, pattern, escape)


def _group(found: re.Match[str] | None, index: int) -> str:
    return "" if found is None else found.group(index) or ""


def check_group(pattern: str, index: int, name: str) -> None:
    """Check that a pattern has a group.

    Raises
    ------
    ExecutionError
        ``INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX``.
    """
    count = compiled(pattern, name).groups
    if not 0 <= index <= count:
        raise ExecutionError(
            "INVALID_PARAMETER_VALUE.REGEX_GROUP_INDEX",
            parameter="`idx`",
            functionName=f"`{name}`",
            groupCount=count,
            groupIndex=index,
        )


_GROUP = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)")


def named_groups(pattern: str) -> str:
    """Return a pattern whose groups all have names (``g1``, ``g2`` …), and the whole is ``g0``; Arrow wants names."""
    number = itertools.count(1)
    named = _GROUP.sub(lambda m: f"(?P<g{next(number)}>" if m[0] == "(" else m[0], pattern)
    return f"(?P<g0>{named})"


def _extract_plainly(texts: pa.Array, pattern: str, index: int) -> pa.Array | None:
    """Return the groups found by Arrow, or None when it cannot take the pattern."""
    if not is_plain(pattern) or "(?<" in pattern or "(?P<" in pattern:
        return None
    check_group(pattern, index, "regexp_extract")
    try:
        found = pc.extract_regex(texts, named_groups(pattern))
    except pa.ArrowInvalid:
        return None
    made = pc.fill_null(pc.struct_field(found, f"g{index}"), "")
    return pc.if_else(pc.is_valid(texts), made, pa.scalar(None, pa.string()))


def extract(texts: pa.Array, pattern: Any, index: Any) -> pa.Array:
    """Return a group of the first match, empty without a match."""
    if all(isinstance(one, pa.Scalar) and one.as_py() is not None for one in (pattern, index)):
        plain = _extract_plainly(texts, pattern.as_py(), index.as_py())
        if plain is not None:
            return plain

    def one(text: str, shape: str, place: int) -> str:
        check_group(shape, place, "regexp_extract")
        return _group(compiled(shape).search(text), place)

    return by_row(one)(texts, pattern, index)


def extract_all(texts: pa.Array, pattern: Any, index: Any) -> pa.Array:
    """Return a group of every match."""

    def one(text: str, shape: str, place: int) -> list[str]:
        check_group(shape, place, "regexp_extract_all")
        return [_group(found, place) for found in compiled(shape).finditer(text)]

    return by_row(one, pa.list_(pa.string()))(texts, pattern, index)


def count(texts: pa.Array, pattern: Any) -> pa.Array:
    """Return the number of matches."""
    return by_row(lambda text, shape: len(compiled(shape).findall(text)), pa.int32())(
        texts, pattern
    )


def place(texts: pa.Array, pattern: Any) -> pa.Array:
    """Return where the first match starts, from 1; 0 without a match."""

    def one(text: str, shape: str) -> int:
        found = compiled(shape).search(text)
        return found.start() + 1 if found else 0

    return by_row(one, pa.int32())(texts, pattern)


def first_match(texts: pa.Array, pattern: Any) -> pa.Array:
    """Return the first match, NULL without one."""

    def one(text: str, shape: str) -> str | None:
        found = compiled(shape).search(text)
        return found.group() if found else None

    return by_row(one)(texts, pattern)


def java_replacement(text: str) -> str:
    r"""Return a Java replacement (``$1``, ``\$``) as Python's ``re`` writes it."""
    made = text.replace("\\", "\\\\")
    made = re.sub(
        r"\\\\(.)", lambda m: "\0" if m[1] == "$" else "\\\\" if m[1] == "\\" else m[1], made
    )
    made = re.sub(r"\$\{(\w+)\}", r"\\g<\1>", made)
    made = re.sub(r"\$(\d)", r"\\g<\1>", made)
    return made.replace("\0", "$")


def replace(texts: pa.Array, pattern: Any, new: Any, start: Any) -> pa.Array:
    """Return texts with every match from a position on replaced."""
    fixed = all(
        isinstance(one, pa.Scalar) and one.as_py() is not None for one in (pattern, new, start)
    )
    if (
        fixed
        and start.as_py() == 1
        and is_plain(pattern.as_py())
        and not set("$\\") & set(new.as_py())
    ):
        try:
            return pc.replace_substring_regex(texts, pattern.as_py(), new.as_py())
        except pa.ArrowInvalid:
            compiled(pattern.as_py(), "regexp_replace")

    def one(text: str, shape: str, other: str, first: int) -> str:
        begin = first - 1
        return text[:begin] + compiled(shape, "regexp_replace").sub(
            java_replacement(other), text[begin:]
        )

    return by_row(one)(texts, pattern, new, start)


def split(texts: pa.Array, pattern: Any, limit: Any) -> pa.Array:
    """Return texts split by a pattern; a limit above 0 bounds the parts."""
    fixed = all(isinstance(one, pa.Scalar) and one.as_py() is not None for one in (pattern, limit))
    if (
        fixed
        and pattern.as_py()
        and is_plain(pattern.as_py())
        and not compiled(pattern.as_py()).match("")
    ):
        most = limit.as_py() - 1 if limit.as_py() > 0 else None
        return pc.split_pattern_regex(texts, pattern.as_py(), max_splits=most)
    return by_row(_split, pa.list_(pa.string()))(texts, pattern, limit)


def _split(text: str, pattern: str, limit: int) -> list[str]:
    parts, begin = [], 0
    for found in compiled(pattern, "split").finditer(text):
        if 0 < limit <= len(parts) + 1:
            break
        if found.end() == 0 or (found.start() == found.end() == len(text)):
            continue
        parts.append(text[begin : found.start()])
        begin = found.end()
    return [*parts, text[begin:]]


def any_like(texts: pa.Array, *patterns: Any, is_all: bool, negated: bool) -> pa.Array:
    """Return whether texts fit any (or all) of some LIKE patterns, or do not fit them."""
    made = None
    escape = pa.scalar("\\")
    for pattern in patterns:
        fits = like(texts, pattern, escape, ignore_case=False)
        fits = pc.invert(fits) if negated else fits
        join: Callable[..., Any] = pc.and_kleene if is_all else pc.or_kleene
        made = fits if made is None else join(made, fits)
    return made
