"""The session a magic talks to."""

from __future__ import annotations

from typing import Any

from pyspark.sql import SparkSession

from workbench.session import session
from workbench.ui.feed import feed_of


def current(namespace: dict[str, Any] | None = None) -> SparkSession:
    """Return ``spark`` of the notebook, else the active session, else a new embedded one; its queries are remembered."""
    found = running(namespace) or session()
    feed_of(found)
    return found


def running(namespace: dict[str, Any] | None = None) -> SparkSession | None:
    """Return the same, but start nothing."""
    named = (namespace or {}).get("spark")
    return named if isinstance(named, SparkSession) else SparkSession.getActiveSession()
