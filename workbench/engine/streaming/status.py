"""What a query does at the moment."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """``StreamingQuery.status``."""

    message: str = "Initializing sources"
    is_data_available: bool = False
    is_trigger_active: bool = False
