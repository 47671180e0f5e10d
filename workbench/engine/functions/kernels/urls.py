"""URLs: escaping, and their parts as ``java.net.URI`` names them. Python per distinct value."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import quote_plus, unquote_to_bytes

from workbench.base.errors import IllegalArgument

_BAD_ESCAPE = re.compile("%(?![0-9a-fA-F]{2})")
_ALLOWED = re.compile(r"(?:[A-Za-z0-9\-_.!~*'();/?:@&=+$,\[\]#]|%[0-9a-fA-F]{2}|[^\x00-\x7f])*")
_URI = re.compile(
    r"(?:(?P<PROTOCOL>[A-Za-z][A-Za-z0-9+.\-]*):)?(?://(?P<AUTHORITY>[^/?#]*))?"
    r"(?P<PATH>[^?#]*)(?:\?(?P<QUERY>[^#]*))?(?:#(?P<REF>.*))?"
)
_SERVER = re.compile(
    r"(?:(?P<user>[^@]*)@)?(?P<host>\[[0-9a-fA-F:.%]+\]|[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9.])?)(?::\d*)?"
)


def encode(text: str) -> str:
    """Return text as a form field (Java: ``URLEncoder``)."""
    return quote_plus(text, safe="*").replace("~", "%7E")


def decode(text: str) -> str:
    """Return a form field's text.

    Raises
    ------
    IllegalArgument
        ``CANNOT_DECODE_URL``.
    """
    if _BAD_ESCAPE.search(text):
        raise IllegalArgument("CANNOT_DECODE_URL", url=text)
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "replace")


def try_decode(text: str) -> str | None:
    """Return a form field's text, None where it is none."""
    return None if _BAD_ESCAPE.search(text) else decode(text)


def parts_of(url: str) -> dict[str, str | None] | None:
    """Return a URL's parts, or None where it is no URL."""
    found = _URI.fullmatch(url)
    if found is None or not _ALLOWED.fullmatch(url) or url.count("#") > 1:
        return None
    parts: dict[str, str | None] = found.groupdict()
    if parts["PROTOCOL"] and not parts["AUTHORITY"] and not parts["PATH"]:
        return None
    if parts["PROTOCOL"] and parts["AUTHORITY"] is None and not parts["PATH"].startswith("/"):
        # java.net.URI calls this opaque: it has no parts but the first.
        return dict.fromkeys((*parts, "HOST", "USERINFO", "FILE")) | {
            "PROTOCOL": parts["PROTOCOL"],
            "REF": parts["REF"],
        }
    server = _SERVER.fullmatch(parts["AUTHORITY"] or "")
    query = parts["QUERY"]
    parts["HOST"] = server["host"] if server else None
    parts["USERINFO"] = server["user"] if server else None
    parts["FILE"] = parts["PATH"] if query is None else f"{parts['PATH']}?{query}"
    return parts


def part(*, is_try: bool) -> Callable[..., str | None]:
    """Return the function of a URL, a part's name and, for ``QUERY``, a key."""

    def parse_url(url: str, name: str, key: str | None = None) -> str | None:
        parts = parts_of(url)
        if parts is None:
            if is_try:
                return None
            raise IllegalArgument("INVALID_URL", url=url, functionName="`try_parse_url`")
        value = parts.get(name)
        if key is None or value is None:
            return value if key is None else None
        if name != "QUERY":
            return None
        found = re.search(f"(?:&|^){key}=([^&]*)", value)
        return found[1] if found else None

    return parse_url
