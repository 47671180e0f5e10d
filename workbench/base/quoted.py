"""Quoted text as Spark's lexer reads it: string literals and back-quoted names."""

from __future__ import annotations

import re

_ESCAPE = re.compile(
    r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([0-1][0-7]{2}|[0-7]{3})|(.))", re.DOTALL
)
_NAMED = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}
_KEPT = "%_"


def unquote_string(token: str) -> str:
    r"""Return the value of a string literal with its quotes.

    Rules of Spark's ``SparkParserUtils.unescapeSQLString``: ``r'…'`` is taken as it stands, a doubled quote is one quote,
    ``\%`` and ``\_`` keep their backslash (for LIKE).

    >>> unquote_string("'it''s'")
    "it's"
    """
    if token[0] in "rR":
        return token[2:-1]
    quote, body = token[0], token[1:-1]
    return "".join(_ESCAPE.sub(_unescape, part) for part in _split_doubled(body, quote))


def _split_doubled(body: str, quote: str) -> list[str]:
    if quote * 2 not in body:
        return [body]
    parts = re.split(rf"((?:\\.|[^\\{quote}])+)|{quote}{quote}", body, flags=re.DOTALL)
    return [quote if part is None else part for part in parts]


def _unescape(found: re.Match[str]) -> str:
    short, long, octal, letter = found.groups()
    if short or long:
        return chr(int(short or long, 16))
    if octal:
        return chr(int(octal, 8))
    return f"\\{letter}" if letter in _KEPT else _NAMED.get(letter, letter)


def unquote_name(token: str) -> str:
    """Return the name inside back quotes; a doubled back quote is one.

    >>> unquote_name("`a``b`")
    'a`b'
    """
    return token[1:-1].replace("``", "`")


def quote_name(name: str) -> str:
    """Return the name in back quotes."""
    return f"`{name.replace('`', '``')}`"
