"""Real data to learn with: the flights that left New York in 2013, and the weather they left in."""

from __future__ import annotations

from workbench.datasets.flights import flights
from workbench.datasets.lookups import airlines, airports, planes
from workbench.datasets.weather import weather

__all__ = ["airlines", "airports", "flights", "planes", "weather"]
