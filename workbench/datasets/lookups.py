"""The small tables that flights refer to."""

from __future__ import annotations

import pyarrow as pa

from workbench.datasets import source
from workbench.datasets.cache import kept


@kept
def airlines() -> pa.Table:
    """The 16 airlines: ``carrier``, ``name``."""
    return source.read("airlines")


@kept
def airports() -> pa.Table:
    """1,458 airports of the United States by ``faa`` code: name, place, altitude in feet, time zone.

    Four destinations of the flights are not among them (BQN, PSE, SJU and STT, in the Caribbean), and three have no ``tzone``.
    """
    return source.read("airports")


@kept
def planes() -> pa.Table:
    """3,322 aircraft by ``tailnum``: year built, maker, model, engines, seats."""
    return source.read("planes")
