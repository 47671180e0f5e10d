"""What can be set about state."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StateOptions:
    """Settings of one query's state, Spark's defaults.

    Parameters
    ----------
    provider : str
        ``columnar`` or ``rocksdb``.
    min_deltas_for_snapshot : int
        How many deltas there must be since the last snapshot before the next is written.
    maintenance_interval_s : float
        Seconds between two rounds of snapshots and purging.
    min_batches_to_retain : int
        How many versions stay readable.
    max_memory_mb : int
        What all stores of the ``rocksdb`` provider may hold in block cache and write buffers together.
    check_schema : bool
        Whether a restart compares the schema of the stored state with the query's.
    """

    provider: str = "columnar"
    min_deltas_for_snapshot: int = 10
    maintenance_interval_s: float = 60.0
    min_batches_to_retain: int = 100
    max_memory_mb: int = 500
    check_schema: bool = True
