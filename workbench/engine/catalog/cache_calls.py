"""``spark.catalog`` about caching."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.engine.catalog.forms import done, parts, value

if TYPE_CHECKING:
    from workbench.engine.catalog.answers import Answers

_FIELDS = ("use_disk", "use_memory", "use_off_heap", "deserialized", "replication")


def _is_cached(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    return value(self.caching().is_cached(parts(given)))


def _cache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.caching().cache_table(parts(given), given.get("storage_level"))
    return done()


def _uncache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.caching().uncache_table(parts(given))
    return done()


def _clear_cache(self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    self.caching().clear()
    return done()


def _refresh_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.caching().refresh_table(parts(given))
    return done()


def _refresh_path(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.caching().refresh_path(given["path"])
    return done()


def _analyze_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(parts(given))
    return done()


CALLS = {
    "analyze_table": _analyze_table,
    "is_cached": _is_cached,
    "cache_table": _cache_table,
    "uncache_table": _uncache_table,
    "clear_cache": _clear_cache,
    "refresh_table": _refresh_table,
    "refresh_by_path": _refresh_path,
}
