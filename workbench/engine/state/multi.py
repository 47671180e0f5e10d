"""Many rows a key: a keyed store of numbered rows, and chains from keys to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from workbench.engine.state.arrays import as_array, distinct
from workbench.engine.state.chains import Chains
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import ColumnarStore
from workbench.engine.state.columns import Column, LogColumn
from workbench.engine.state.keys import HashFunction, hash_keys
from workbench.engine.state.numbers import NumberIndex
from workbench.engine.state.store import StoreMetrics, StoreSpec

ROW = "_row"
MATCHED = "_matched"


def rows_spec(spec: StoreSpec) -> StoreSpec:
    """Return the keyed store a multi store is kept in: ``_row`` → key columns, value columns, ``_matched``."""
    return replace(
        spec,
        keys=pa.schema([pa.field(ROW, pa.int64())]),
        values=pa.schema([*spec.keys, *spec.values, pa.field(MATCHED, pa.bool_())]),
        multi=False,
        partition_by=None,
    )


class NumberedRows(ColumnarStore):
    """The rows of a store with many rows a key, by number. Every value of a row is written when it is appended."""

    index: NumberIndex

    def append(self, first: int, columns: list[pa.Array]) -> np.ndarray:
        """Add rows numbered from ``first`` on and return their slots."""
        slots = self.index.allot(first, len(columns[0]))
        self.columns.reserve(self.index.capacity)
        self.touch(slots)
        self.columns.put(slots, columns)
        return slots

    def _open_index(self, hash_function: HashFunction) -> NumberIndex:
        return NumberIndex(self.spec.keys, hash_function)

    def _reset(self, slots: np.ndarray) -> None:
        self.columns.forget(slots)


class ColumnarMultiStore:
    """Keep :class:`~workbench.engine.state.store.MultiStore`'s contract in memory.

    Each row has a number of its own that is never used again; it is the key of the row in the files.

    Parameters
    ----------
    spec : StoreSpec
        What it holds; ``multi`` is True.
    log : StoreLog
        Where its versions are written.
    hash_function : callable, optional
        See :class:`~workbench.engine.state.index.KeyIndex`.
    """

    is_expiry_exact = True

    def __init__(
        self, spec: StoreSpec, log: StoreLog, hash_function: HashFunction = hash_keys
    ) -> None:
        self.spec = spec
        self.log = log
        self.rows = NumberedRows(rows_spec(spec), log)
        self.chains = Chains(spec.keys, hash_function)
        self.schema = pa.schema([*spec.keys, *spec.values])
        self.next_row = 0

    @property
    def version(self) -> int:
        """The version last committed or loaded."""
        return self.rows.version

    def append(
        self, keys: pa.Table, rows: pa.Table, matched: np.ndarray | None = None
    ) -> np.ndarray:
        count = keys.num_rows
        flags = np.zeros(count, np.bool_) if matched is None else matched
        columns = [*keys.columns, *rows.columns, pa.array(flags)]
        kinds = self.rows.spec.values.types
        values = [as_array(*pair) for pair in zip(columns, kinds, strict=True)]
        slots = self.rows.append(self.next_row, values)
        self.next_row += count
        self.chains.link(keys, slots)
        return slots

    def put_rows(self, slots: np.ndarray, rows: pa.Table) -> None:
        self.rows.touch(slots)
        for field in self.spec.values:
            self.rows.column(field.name).put(slots, as_array(rows.column(field.name), field.type))

    def probe(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        return self.chains.probe(keys)

    def beside(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.chains.beside(slots)

    def rows_at(self, slots: np.ndarray) -> pa.Table:
        columns = self.rows.columns.arrays_at(slots)[:-1]
        return pa.Table.from_arrays(columns, schema=self.schema)

    def matched_at(self, slots: np.ndarray) -> np.ndarray:
        return self.rows.column(MATCHED).values[slots]

    def values_at(self, name: str, slots: np.ndarray) -> pa.Array:
        return self.rows.column(name).at(slots)

    def mark_matched(self, slots: np.ndarray) -> None:
        fresh = distinct(slots[~self.matched_at(slots)])
        self.rows.column(MATCHED).values[fresh] = True
        self.rows.touch(fresh)

    def column(self, name: str) -> Column | LogColumn:
        return self.rows.column(name)

    def remove_rows(self, slots: np.ndarray) -> None:
        if len(slots):
            self.chains.unlink(slots)
            self.rows.free(slots)

    def scan(self) -> pa.Table:
        return self.rows_at(self.rows.index.live_slots())

    def expire(self, limit: int, *, inclusive: bool = True) -> tuple[pa.Table, np.ndarray]:
        slots = self.rows.due(limit, inclusive=inclusive)
        found = self.rows_at(slots), self.matched_at(slots)
        self.remove_rows(slots)
        return found

    def next_expiry(self) -> int | None:
        return self.rows.next_expiry()

    def commit(self, version: int) -> None:
        self.rows.commit(version)

    def changed(self) -> bool:
        return self.rows.changed()

    def abort(self) -> None:
        if self.changed():
            self.load(self.version)

    def load(self, version: int) -> None:
        self.rows.load(version)
        self._relink()

    def freeze(self) -> Callable[[], bool]:
        return self.rows.freeze()

    def file_rows(self) -> pa.Table:
        """Return all rows as the files hold them."""
        return self.rows.scan()

    def replace_all(self, rows: pa.Table, version: int) -> None:
        """As the keyed store's; rows are in the form of the files and are numbered anew."""
        numbers = pa.array(np.arange(rows.num_rows))
        self.rows.replace_all(rows.set_column(0, self.rows.spec.keys.field(0), numbers), version)
        self._relink()

    def metrics(self) -> StoreMetrics:
        found = self.rows.metrics()
        chains = self.chains.memory_bytes(self.rows.index.used)
        return replace(found, memory_bytes=found.memory_bytes + chains)

    def close(self) -> None:
        self.rows.close()
        self.chains.clear()

    def _relink(self) -> None:
        slots = self.rows.index.live_slots()
        numbers = self.rows.index.words[slots, 0].view(np.int64)
        order = np.argsort(numbers, kind="stable")
        keys = self.rows.rows_at(slots[order]).select(self.spec.keys.names)
        self.chains.clear()
        self.chains.link(keys, slots[order])
        self.next_row = int(numbers.max(initial=-1)) + 1
