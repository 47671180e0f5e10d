"""Which partition a key lives in."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state.keys import KeyCodec, hash_keys

_FEW = 8
"""Up to so many partitions, looking for the rows of each is faster than sorting all by their partition."""


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

    def split(self, keys: pa.Table | pa.RecordBatch) -> list[np.ndarray]:
        """Return, for each partition, the row numbers that belong to it, ascending."""
        if self.partitions == 1 or not self.codec.width:
            nowhere = [np.zeros(0, np.int64)] * (self.partitions - 1)
            return [np.arange(keys.num_rows), *nowhere]
        hashes = hash_keys(self.codec.encode(keys.select(self.codec.schema.names)))
        owner = self._owner(hashes)
        if self.partitions <= _FEW:
            return [np.flatnonzero(owner == partition) for partition in range(self.partitions)]
        order = np.argsort(owner, kind="stable")
        sizes = np.bincount(owner, minlength=self.partitions)
        return np.split(order, np.cumsum(sizes)[:-1])

    def _owner(self, hashes: np.ndarray) -> np.ndarray:
        """Return each hash's remainder, in the narrowest type: narrow numbers are sorted by counting."""
        last = np.uint64(self.partitions - 1)
        found = (
            hashes & last
            if self.partitions & int(last) == 0
            else hashes % np.uint64(self.partitions)
        )
        return found.astype(np.min_scalar_type(last))
