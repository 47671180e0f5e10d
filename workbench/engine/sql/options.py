"""Lists of keys and values: ``OPTIONS (path '/x', 'header' = true)``."""

from __future__ import annotations

from workbench.base.quoted import unquote_string
from workbench.engine.sql.cursor import Cursor


def options(cursor: Cursor) -> dict[str, str]:
    """Read ``(key [=] value, …)``; values are text."""
    return dict(cursor.wrapped(_pair))


def _pair(cursor: Cursor) -> tuple[str, str]:
    # One token: strings beside each other would be joined, and the value may follow at once.
    key = (
        unquote_string(cursor.take().text)
        if cursor.peek().kind == "string"
        else ".".join(cursor.dotted())
    )
    cursor.skip("=")
    return key, value(cursor)


def value(cursor: Cursor) -> str:
    """Read a string, a number, true or false, as text."""
    if cursor.peek().kind == "string":
        return cursor.string()
    sign = cursor.take().text if cursor.at("-") else ""
    token = cursor.take()
    if token.kind == "number" or token.text.lower() in {"true", "false"}:
        return sign + token.text
    raise cursor.unexpected(token)
