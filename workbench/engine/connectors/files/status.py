"""A file as a listing saw it, and the two ways Spark spells its path."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import unquote

_ILLEGAL_IN_URI = re.compile(r"[\x00-\x20\"#%<>?\[\\\]^`{|}\x7f]")


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One file: absolute local path, bytes, modification time in milliseconds since 1970."""

    path: str
    size: int
    modified_ms: int

    @property
    def uri(self) -> str:
        """The encoded form in logs and errors."""
        return to_uri(self.path)


def status_of(path: str) -> FileStatus:
    """Return the status of an existing file."""
    found = os.stat(path)
    return FileStatus(path, found.st_size, found.st_mtime_ns // 1_000_000)


def to_uri(path: str) -> str:
    """Return ``file:///…`` with the characters encoded that Hadoop's Path encodes (others stay, accents too)."""
    return "file://" + _ILLEGAL_IN_URI.sub(lambda found: f"%{ord(found[0]):02X}", path)


def from_uri(uri: str) -> str:
    """Return the local path of an encoded URI."""
    return unquote(strip_scheme(uri))


def strip_scheme(path: str) -> str:
    """Return a user's path without ``file:``; nothing is decoded, as Hadoop's Path reads it."""
    if path.startswith("file:"):
        return "/" + path.removeprefix("file:").lstrip("/")
    return path


def absolute(path: str) -> str:
    """Return a user's path as an absolute local path."""
    return os.path.abspath(os.path.expanduser(strip_scheme(path)))


def display(path: str) -> str:
    """Return the unencoded ``file:/…`` of error messages."""
    return f"file:{path}"
