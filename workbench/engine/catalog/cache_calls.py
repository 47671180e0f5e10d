"""``spark.catalog`` about caching, which changes nothing here: every read sees the files as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from workbench.engine.catalog.forms import done, parts, value

if TYPE_CHECKING:
    from workbench.engine.catalog.answers import Answers


def _is_cached(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(parts(given))
    return value(given["table_name"].lower() in self.catalog.cached)


def _cache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(parts(given))
    self.catalog.cached.add(given["table_name"].lower())
    return done()


def _uncache_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(parts(given))
    self.catalog.cached.discard(given["table_name"].lower())
    return done()


def _clear_cache(self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    self.catalog.cached.clear()
    return done()


def _refresh_table(self: Answers, given: Mapping[str, Any]) -> pa.Table:
    self.catalog.find(parts(given))
    return done()


def _nothing(_self: Answers, _given: Mapping[str, Any]) -> pa.Table:
    return done()


CALLS = {
    "analyze_table": _refresh_table,
    "is_cached": _is_cached,
    "cache_table": _cache_table,
    "uncache_table": _uncache_table,
    "clear_cache": _clear_cache,
    "refresh_table": _refresh_table,
    "refresh_by_path": _nothing,
}
