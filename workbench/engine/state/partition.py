"""Which partition a key lives in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state.keys import KeyCodec, hash_keys


class Partitioner:
    """Send rows to partitions by the hash of their key, the same way in every run.

    Parameters
    ----------
    schema : pyarrow.Schema
        The columns that decide; with none, all rows go to partition 0.
    partitions : int
        How many there are.
    """

    def __init__(self, schema: pa.Schema, partitions: int) -> None:
        self.codec = KeyCodec(schema)
        self.partitions = partitions

    def of(self, keys: pa.Table | pa.RecordBatch) -> np.ndarray:
        """Return the partition of each key."""
        if self.partitions == 1 or not self.codec.width:
            return np.zeros(keys.num_rows, np.uint16)
        hashes = hash_keys(self.codec.encode(keys.select(self.codec.schema.names)))
        return (hashes % np.uint64(self.partitions)).astype(np.uint16)

    def split(self, keys: pa.Table | pa.RecordBatch) -> list[np.ndarray]:
        """Return, for each partition, the row numbers that belong to it, ascending."""
        if self.partitions == 1:
            return [np.arange(keys.num_rows)]
        owner = self.of(keys)
        order = np.argsort(owner, kind="stable")
        edges = np.searchsorted(owner[order], np.arange(1, self.partitions))
        return np.split(order, edges)
