"""SQL text cut into tokens, by the rules of Spark's ``SqlBaseLexer``."""

from __future__ import annotations

import re

from workbench.base.ddl_reader import Token
from workbench.base.syntax import SyntaxFault

_TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*)
      | (?P<hint>/\*\+.*?\*/)
      | (?P<comment>/\*)
      | (?P<string>[rR]?'(?:[^'\\]|\\.|'')*'|[rR]?"(?:[^"\\]|\\.|"")*")
      | (?P<quoted>`(?:[^`]|``)*`)
      | (?P<number>(?:\d+\.\d*|\.\d+|\d+)(?:[eE][+-]?\d+)?(?:[bB][dD]|[lLsSyYdDfF])?(?![A-Za-z0-9_]))
      | (?P<word>\w+)
      | (?P<symbol>.)""",
    re.VERBOSE | re.DOTALL,
)
_RAW_STRING = re.compile(r"""[rR](?:'[^']*'|"[^"]*")""", re.DOTALL)
_COMMENT_EDGE = re.compile(r"/\*|\*/")


def tokenize(text: str) -> list[Token]:
    """Return the tokens and, last, an empty one for the end.

    A symbol is one character; operators of several are joined where they are read, so that ``ARRAY<ARRAY<INT>>`` closes
    twice. Kinds: word, quoted, string, number, symbol, hint, end.
    """
    found, position = [], 0
    while position < len(text):
        kind, end = _next(text, position)
        if kind not in {"skip", "comment"}:
            found.append(Token(kind, text[position:end], position))
        position = end
    return [*found, Token("end", "", len(text))]


def _next(text: str, position: int) -> tuple[str, int]:
    raw = _RAW_STRING.match(text, position)
    if raw:
        return "string", raw.end()
    match = _TOKEN.match(text, position)
    assert match is not None, "the last alternative takes any character"
    kind = match.lastgroup or "symbol"
    if kind == "comment":
        return kind, _comment_end(text, position)
    return kind, match.end()


def _comment_end(text: str, position: int) -> int:
    """Bracketed comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(text, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    raise SyntaxFault("UNCLOSED_BRACKETED_COMMENT", text, position)
