"""The session a magic talks to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from workbench.session import session


def current(namespace: dict[str, Any] | None = None) -> SparkSession:
    """Return ``spark`` of the notebook, else the active session, else a new embedded one."""
    return running(namespace) or session()


def running(namespace: dict[str, Any] | None = None) -> SparkSession | None:
    """Return the same, but start nothing."""
    named = (namespace or {}).get("spark")
    return named if isinstance(named, SparkSession) else SparkSession.getActiveSession()
