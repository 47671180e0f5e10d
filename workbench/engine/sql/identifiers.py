"""Names on their own: ```a.b`.c``."""

from __future__ import annotations

from workbench.base.quoted import unquote_name
from workbench.base.syntax import SyntaxFault, near
from workbench.engine.sql.lexer import tokenize


def parse_identifier(text: str) -> tuple[str, ...]:
    """Return a name's parts.

    Raises
    ------
    ParseError
        ``PARSE_SYNTAX_ERROR``, ``PARSE_EMPTY_STATEMENT`` or ``INVALID_IDENTIFIER``.
    """
    tokens = tokenize(text)
    parts = []
    for index, token in enumerate(tokens[:-1]):
        if index % 2 and token.text != ".":
            raise near(text, token.start, token.text)
        if not index % 2:
            parts.append(_part(text, token.kind, token.text, token.start))
    if len(tokens) % 2:
        raise near(text, len(text), "")
    return tuple(parts)


def _part(text: str, kind: str, found: str, start: int) -> str:
    if kind == "quoted":
        return unquote_name(found)
    if kind != "word":
        raise near(text, start, found)
    if not found.isascii():
        raise SyntaxFault("INVALID_IDENTIFIER", text, start, ident=found)
    return found
