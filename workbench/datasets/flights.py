"""The flights that left New York City's three airports in 2013."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa

from workbench.datasets import source
from workbench.datasets.cache import kept
from workbench.datasets.times import after_minutes, next_showing

ATLANTIC = dict.fromkeys(("BQN", "PSE", "SJU", "STT"), "America/Puerto_Rico")
"""Four destinations the airports table lacks: three on Puerto Rico and St. Thomas, all on Atlantic time."""


@kept
def flights() -> pa.Table:
    """The 336,776 flights that left New York (EWR, JFK, LGA) in 2013, with real delays.

    Returns
    -------
    pyarrow.Table
        The package's 19 columns as they are, and four instants in UTC:

        ``sched_dep``
            Scheduled departure: the event time of a stream of flights. Never null.
        ``dep``
            Actual departure: when such a stream gets the row. ``sched_dep`` plus ``dep_delay``; null for the 8,255
            flights that were cancelled, which a replay by ``dep`` therefore leaves out.
        ``sched_arr``
            Scheduled arrival: the first time after ``sched_dep`` that a clock at the destination shows ``sched_arr_time``.
        ``arr``
            Actual arrival, found the same way from ``dep`` and ``arr_time``; null for the 8,713 flights without one.

    Notes
    -----
    ``arr`` less ``sched_arr`` is ``arr_delay`` for every flight that has one. The 717 diverted flights that arrived in the
    end have no ``arr_delay`` or ``air_time``; their ``arr`` is right unless they took longer than a day.
    """
    table = source.read("flights")
    instants = pa.Table.from_pandas(departures_and_arrivals(table), preserve_index=False)
    for name in instants.column_names:
        table = table.append_column(name, instants.column(name).cast(pa.timestamp("us", "UTC")))
    return table


def departures_and_arrivals(table: pa.Table) -> pd.DataFrame:
    """Return the four instants of each flight."""
    columns = ["time_hour", "minute", "dep_delay", "sched_arr_time", "arr_time", "dest"]
    row = table.select(columns).to_pandas()
    zone = row["dest"].map(zones())
    sched_dep = after_minutes(row["time_hour"], row["minute"])
    dep = after_minutes(sched_dep, row["dep_delay"])
    return pd.DataFrame(
        {
            "sched_dep": sched_dep,
            "dep": dep,
            "sched_arr": next_showing(sched_dep, row["sched_arr_time"], zone),
            "arr": next_showing(dep, row["arr_time"], zone),
        },
    )


def zones() -> dict[str, str]:
    """Return the time zone of each airport that is known, by its code."""
    airports = source.read("airports").select(["faa", "tzone"]).drop_null()
    return dict(zip(*airports.to_pydict().values(), strict=True)) | ATLANTIC
