"""The token of a server on a TCP port: from a file, or made new."""

from __future__ import annotations

import secrets
import stat
from pathlib import Path

from workbench.base.errors import IllegalArgument

_LEAST_LENGTH = 16


def new_token() -> str:
    """Return a token nobody can guess."""
    return secrets.token_urlsafe(32)


def read_token(path: Path) -> str:
    """Return the token of a file that only its owner can read.

    Raises
    ------
    IllegalArgument
        ``SERVER_TOKEN_FILE``: the file is missing, open to others, or its token is too short.
    """
    try:
        mode = path.stat().st_mode
        token = path.read_text("utf-8").strip()
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise _refused(path, "can be read by others; run chmod 600 on it")
    if len(token) < _LEAST_LENGTH:
        raise _refused(path, f"holds a token of less than {_LEAST_LENGTH} characters")
    return token


def _refused(path: Path, problem: str) -> IllegalArgument:
    return IllegalArgument("SERVER_TOKEN_FILE", path=path, problem=problem)
