"""From the number of a row to its slot, for rows that are nearly always found without asking for their number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import kernels
from workbench.engine.state.index import LIVE, KeyIndex
from workbench.engine.state.keys import EncodedKeys, HashFunction, hash_keys

_SLOT = np.uint64(0xFFFFFFFF)
_NO_TABLE = np.zeros(1, np.uint64)


class NumberIndex(KeyIndex):
    """A key index over numbers that are given out once; its table is only there while numbers are looked up.

    Rows of a key are found through chains, which hold slots. Their numbers matter in files: a load looks them up, which
    makes the table; the first :meth:`allot` after it drops the table again.
    """

    def __init__(self, schema: pa.Schema, hash_function: HashFunction = hash_keys) -> None:
        self.has_table = True
        super().__init__(schema, hash_function)

    def clear(self) -> None:
        super().clear()
        self.has_table = True

    def allot(self, first: int, count: int) -> np.ndarray:
        """Give slots to the numbers from ``first`` on, which are new."""
        self._drop_table()
        reused = min(count, self.spare_count)
        self.spare_count -= reused
        again = self.spare[self.spare_count : self.spare_count + reused]
        fresh = np.arange(self.used, self.used + count - reused)
        self.used += count - reused
        self._reserve_slots(self.used)
        slots = np.concatenate([again, fresh])
        self.words[slots, 0] = np.arange(first, first + count, dtype=np.uint64)
        self.flags[slots] = LIVE
        return slots

    def lookup(self, table: pa.Table | pa.RecordBatch) -> np.ndarray:
        self._make_table()
        return super().lookup(table)

    def insert(self, table: pa.Table | pa.RecordBatch) -> tuple[np.ndarray, np.ndarray]:
        self._make_table()
        return super().insert(table)

    def insert_absent(self, table: pa.Table | pa.RecordBatch) -> np.ndarray | slice:
        self._make_table()
        return super().insert_absent(table)

    def _erase(self, keys: EncodedKeys, slots: np.ndarray) -> None:
        if self.has_table:
            super()._erase(keys, slots)

    def _drop_table(self) -> None:
        if self.has_table:
            self.has_table, self.table, self.bits = False, _NO_TABLE, 0

    def _make_table(self) -> None:
        if self.has_table:
            return
        self.has_table, self.bits = True, 10
        self.table = np.zeros(1 << self.bits, np.uint64)
        self._reserve_table(len(self))
        slots = self.live_slots()
        # Entered as if slots were counted from 0, then given their own.
        kernels.bulk_insert(self.hash(self._stored(slots)), 0, self.table, self.bits)
        taken = self.table != 0
        place = (self.table[taken] & _SLOT).astype(np.int64) - 1
        self.table[taken] += (slots[place] - place).astype(np.uint64)
