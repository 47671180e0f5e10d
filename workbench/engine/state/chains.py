"""Many rows a key, in memory: a chain of row slots for each key slot."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import chainkernels
from workbench.engine.state.arrays import grown
from workbench.engine.state.index import KeyIndex
from workbench.engine.state.keys import HashFunction, hash_keys

_FIRST = 1024


class Chains:
    """Link rows to their keys, so that all rows of a key are found without looking at others.

    A key whose last row is unlinked is forgotten.

    Parameters
    ----------
    keys : pyarrow.Schema
        The key columns.
    hash_function : callable, optional
        See :class:`~workbench.engine.state.index.KeyIndex`.
    """

    def __init__(self, keys: pa.Schema, hash_function: HashFunction = hash_keys) -> None:
        self.index = KeyIndex(keys, hash_function)
        self.clear()

    def clear(self) -> None:
        """Forget all rows."""
        self.index.clear()
        self.head = np.full(_FIRST, -1, np.int64)
        self.tail = np.full(_FIRST, -1, np.int64)
        self.after = np.full(_FIRST, -1, np.int64)
        self.before = np.full(_FIRST, -1, np.int64)
        self.owner = np.zeros(_FIRST, np.int64)

    def link(self, keys: pa.Table, rows: np.ndarray) -> None:
        """Add one row slot a key, at the end of its chain."""
        owners, _ = self.index.insert(keys)
        self._reserve(self.index.capacity, int(rows.max(initial=-1)) + 1)
        self.owner[rows] = owners
        chainkernels.link(owners, rows, self.head, self.tail, self.after, self.before)

    def unlink(self, rows: np.ndarray) -> None:
        """Take distinct rows out."""
        owners = self.owner[rows]
        emptied = np.empty(len(rows), np.int64)
        links = (self.head, self.tail, self.after, self.before)
        count = chainkernels.unlink(owners, rows, *links, emptied)
        if count:
            self.index.remove(emptied[:count])

    def probe(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(indices into keys, row slots)``, chain by chain."""
        return self._rows_of(self.index.lookup(keys))

    def beside(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(numbers from 0, row slots)`` of the chains that rows are in, chain by chain, each once."""
        owners = np.empty(len(rows), np.int64)
        seen = np.zeros(len(self.head), np.bool_)
        count = chainkernels.distinct(self.owner[rows], seen, owners)
        return self._rows_of(owners[:count])

    def _rows_of(self, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        counts = np.empty(len(owners), np.int64)
        rows = np.empty(chainkernels.chain_lengths(owners, self.head, self.after, counts), np.int64)
        chainkernels.chain_rows(owners, self.head, self.after, rows)
        return np.repeat(np.arange(len(owners)), counts), rows

    def keys_at(self, rows: np.ndarray) -> list[pa.Array]:
        """Return the key columns of row slots."""
        return self.index.keys_at(self.owner[rows])

    def memory_bytes(self, used_rows: int) -> int:
        """Return the bytes of the first ``used_rows`` rows and of the keys."""
        return self.index.memory_bytes() + 16 * self.index.used + 24 * used_rows

    def _reserve(self, keys: int, rows: int) -> None:
        if keys > len(self.head):
            self.head, self.tail = (_extended(links, keys) for links in (self.head, self.tail))
        if rows > len(self.owner):
            capacity = max(rows, 2 * len(self.owner))
            self.after, self.before = (
                _extended(links, capacity) for links in (self.after, self.before)
            )
            self.owner = grown(self.owner, capacity)


def _extended(links: np.ndarray, capacity: int) -> np.ndarray:
    larger = np.full(capacity, -1, np.int64)
    larger[: len(links)] = links
    return larger
