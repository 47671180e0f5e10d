"""The one place that knows every format: its name, and the module that holds its row."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from workbench.base.errors import AnalysisError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.engine.connectors.contract import Connector

DEFAULT = "parquet"
GROUP = "workbench.connectors"

_FILES = "workbench.engine.connectors.formats"
_HERE = "workbench.engine.connectors"

MODULES: dict[str, str] = {
    "parquet": f"{_FILES}.parquet",
    "csv": f"{_FILES}.csv",
    "json": f"{_FILES}.json",
    "text": f"{_FILES}.text",
    "orc": f"{_FILES}.orc",
    "binaryfile": f"{_FILES}.binary_file",
    "rate": f"{_HERE}.rate",
    "rate-micro-batch": f"{_HERE}.rate_micro_batch",
    "socket": f"{_HERE}.socket",
    "memory": f"{_HERE}.memory",
    "console": f"{_HERE}.console",
    "noop": f"{_HERE}.noop",
    "workbench-replay": f"{_HERE}.replay",
    "statestore": "workbench.engine.state_source.statestore",
    "state-metadata": "workbench.engine.state_source.state_metadata",
}
"""Each module has a ``CONNECTOR``; it is imported when its format is first asked for."""

ALIASES: dict[str, str] = {
    "workbench_replay": "workbench-replay",
    "replay": "workbench-replay",
    "com.databricks.spark.csv": "csv",
    "org.apache.spark.sql.parquet": "parquet",
    "org.apache.spark.sql.json": "json",
    "ratestreamsource": "rate",
}

UNSUPPORTED: dict[str, str] = {
    "avro": "no reader yet",
    "jdbc": "no database driver in this engine",
    "xml": "no reader yet",
    "kafka": "not in this release",
    "delta": "needs the deltalake package's own reader",
    "hive": "no Hive metastore",
}
"""Formats Spark has and this engine does not: the same error as an unknown name, with the reason as its suggestion."""


def names() -> tuple[str, ...]:
    """Return the names of every format that can be asked for."""
    return (*MODULES, *_entry_points())


def find(name: str | None, registered: Mapping[str, Connector] | None = None) -> Connector:
    """Return the connector of a format.

    Parameters
    ----------
    name : str or None
        The format as the user wrote it, in any case; None or "" is the default source, parquet.
    registered : Mapping, optional
        A session's own sources by lower-case name (``spark.dataSource.register``).

    Raises
    ------
    AnalysisError
        ``DATA_SOURCE_NOT_FOUND``.
    """
    key = (name or DEFAULT).lower()
    key = ALIASES.get(key, key)
    if key in MODULES:
        return _load(key, name or DEFAULT)
    if registered and key in registered:
        return registered[key]
    third_party = _entry_points().get(key)
    if third_party is not None:
        return third_party.load()
    raise AnalysisError("DATA_SOURCE_NOT_FOUND", provider=name, suggestion=_suggestion(key))


def _load(key: str, name: str) -> Connector:
    module = MODULES[key]
    try:
        return import_module(module).CONNECTOR
    except ModuleNotFoundError as missing:
        if missing.name is None or not module.startswith(missing.name):
            raise
        raise AnalysisError("DATA_SOURCE_NOT_FOUND", provider=name, suggestion="") from missing


@cache
def _entry_points() -> dict[str, object]:
    return {point.name.lower(): point for point in entry_points(group=GROUP)}


def _suggestion(key: str) -> str:
    if key in UNSUPPORTED:
        return f"{UNSUPPORTED[key]}; run it on Apache Spark by giving wb.session a sc:// URL."
    close = get_close_matches(key, names(), n=1)
    return (
        f"Did you mean `{close[0]}`?" if close else f"Known formats: {', '.join(sorted(names()))}."
    )
