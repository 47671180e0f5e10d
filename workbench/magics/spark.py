"""The session a magic talks to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from workbench.session import session


def current(namespace: dict[str, Any] | None = None) -> SparkSession:
    """Return ``spark`` of the notebook, else the active session, else a new embedded one."""
    named = (namespace or {}).get("spark")
    if isinstance(named, SparkSession):
        return named
    return SparkSession.getActiveSession() or session()
