"""The weather at New York City's three airports in 2013."""

from __future__ import annotations

import pyarrow as pa

from workbench.datasets import source
from workbench.datasets.cache import kept


@kept
def weather() -> pa.Table:
    """The weather at EWR, JFK and LGA, hour by hour: 26,115 rows.

    Returns
    -------
    pyarrow.Table
        The package's 15 columns. ``time_hour`` is the hour as an instant in UTC; ``year``, ``month``, ``day`` and ``hour`` are
        New York's. Joins to ``flights()`` on ``origin`` and ``time_hour``. The last day of the year is not there.
    """
    return source.read("weather")
