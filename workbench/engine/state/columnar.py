"""The default provider: keys and values in columns by slot, all in memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from workbench.base.errors import IllegalState
from workbench.engine.state import kernels
from workbench.engine.state.arrays import distinct, in_order, is_dense
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columns import Column, LogColumn, SlotColumns
from workbench.engine.state.expiry import ExpiryQueue
from workbench.engine.state.expirytimes import expiry_times
from workbench.engine.state.index import LIVE, KeyIndex
from workbench.engine.state.keys import HashFunction, hash_keys
from workbench.engine.state.same_types import named_as, same_types
from workbench.engine.state.statefile import StateFile
from workbench.engine.state.store import StoreMetrics, StoreSpec

DIRTY = np.uint8(2)
SAVED = np.uint8(4)
_MARK = np.uint8(8)
_EMPTY = np.zeros(0, np.int64)


class ColumnarStore:
    """Keep :class:`~workbench.engine.state.store.StateStore`'s contract in memory.

    ::

        key ──hash index──▶ slot ──▶ flags[slot]  LIVE, DIRTY (changed since the last version), SAVED (in it)
                                 ──▶ key words[slot]
                                 ──▶ one array a value column [slot]

    Parameters
    ----------
    spec : StoreSpec
        What it holds.
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
        self.schema = pa.schema([*spec.keys, *spec.values])
        self.index = self._open_index(hash_function)
        self.version = 0
        self.last = StoreMetrics()
        self._clear()

    def get(self, keys: pa.Table) -> tuple[np.ndarray, pa.Table]:
        slots = self.index.lookup(keys)
        return slots >= 0, pa.Table.from_arrays(
            self.columns.arrays_at(slots), schema=self.spec.values
        )

    def put(self, keys: pa.Table, values: pa.Table) -> None:
        slots, _ = self.slots(keys)
        self.columns.put_table(slots, values)

    def remove(self, keys: pa.Table) -> int:
        slots = self.index.lookup(keys)
        slots = distinct(slots[slots >= 0])
        self.free(slots)
        return len(slots)

    def scan(self) -> pa.Table:
        live = self.index.live()
        columns = [*self.index.keys_at(live), *self.columns.arrays_at(live)]
        if not columns:
            return self.schema.empty_table()
        return pa.Table.from_arrays(columns, schema=self.schema)

    def expire(self, limit: int, *, inclusive: bool = True) -> pa.Table:
        slots = self.due(limit, inclusive=inclusive)
        rows = self.rows_at(slots)
        self.free(slots)
        return rows

    def next_expiry(self) -> int | None:
        self._queue_touched()
        return self.queue.first()

    def due(self, limit: int, *, inclusive: bool = True) -> np.ndarray:
        """Take the slots that expire out of the queue and return them; the caller frees them."""
        self._queue_touched()
        return in_order(self.queue.due(limit, inclusive=inclusive), self.index.used)

    def slots(self, keys: pa.Table, *, insert: bool = True) -> tuple[np.ndarray, np.ndarray]:
        if not insert:
            slots = self.index.lookup(keys)
            return slots, np.zeros(len(slots), np.bool_)
        slots, new = self._insert(keys)
        self.touch(slots)
        return slots, new

    def add(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        slots, new = self._insert(keys)
        self.touch(slots[new])
        return slots, new

    def _insert(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        slots, new = self.index.insert(keys)
        self.columns.reserve(self.index.capacity)
        return slots, new

    def column(self, name: str) -> Column | LogColumn:
        return self.columns.by_name[name]

    def touch(self, slots: np.ndarray) -> None:
        fresh = np.empty(len(slots), np.int64)
        count = kernels.set_flag(slots, self.index.flags, DIRTY, fresh)
        self.dirty.append(fresh[:count])
        self.updated = self.shown = None
        if self.spec.expiry:
            self.touched.append(slots)

    def free(self, slots: np.ndarray) -> None:
        if not len(slots):
            return
        saved = slots[self.index.flags[slots] & SAVED > 0]
        if len(saved):
            self.removed.append(self._keys_table(saved))
        self.removed_rows += len(slots)
        self.updated = self.shown = None
        self.index.remove(slots)
        self._reset(slots)
        self.queue.forget(slots)

    def rows_at(self, slots: np.ndarray) -> pa.Table:
        present = slots >= 0
        if present.all():
            keys = self.index.keys_at(slots)
        else:
            place = np.cumsum(present) - 1
            back = pa.array(place, mask=~present)
            keys = [column.take(back) for column in self.index.keys_at(slots[present])]
        return pa.Table.from_arrays([*keys, *self.columns.arrays_at(slots)], schema=self.schema)

    def updated_slots(self) -> np.ndarray:
        if self.updated is None:
            self.updated = self._updated()
            self.dirty = [self.updated]
        return self.updated

    def _updated(self) -> np.ndarray:
        touched = np.concatenate([_EMPTY, *self.dirty])
        flags = self.index.flags
        if is_dense(len(touched), self.index.used):
            return np.flatnonzero(flags[: self.index.used] & DIRTY)
        # A slot was touched twice where it was freed and given out again in between.
        if not self.removed_rows:
            return touched
        once = np.empty(len(touched), np.int64)
        count = kernels.set_flag(touched[flags[touched] & DIRTY > 0], flags, _MARK, once)
        flags[once[:count]] ^= _MARK
        return once[:count]

    def updated_rows(self) -> pa.Table:
        if self.shown is None:
            slots = self.updated_slots()
            self.shown = self.rows_at(slots) if len(slots) else self.schema.empty_table()
        return self.shown

    def commit(self, version: int) -> None:
        """Write what changed.

        1. gather the removed keys and the dirty rows
        2. ``<version>.delta`` is durable (``<version>.snapshot`` after a change of the partitions or a gap)
        3. in memory, the dirty rows become saved ones
        """
        if version <= self.version:
            raise IllegalState(
                "STATE_STORE_OPERATION_OUT_OF_ORDER",
                errorMsg=f"version {version} was committed at version {self.version}",
            )
        began = time.perf_counter()
        self._queue_touched()
        dirty = self.updated_slots()
        removed, changed = self._removed_keys(), self.updated_rows()
        if self.rebased or version != self.version + 1:
            self.log.write_full(version, self._no_keys(), self.scan())
        else:
            self.log.write_delta(version, removed, changed, self.row_count())
        self._saved(dirty, removed, changed)
        self.rebased = False
        self.version = version
        self.last = StoreMetrics(
            rows_updated=len(dirty),
            rows_removed=self.removed_rows,
            commit_ms=(time.perf_counter() - began) * 1e3,
        )
        self._start_version()

    def abort(self) -> None:
        if self.changed():
            self.load(self.version)

    def row_count(self) -> int:
        """Return how many rows there are."""
        return len(self.index)

    def changed(self) -> bool:
        """Tell whether there is anything to commit or to abort."""
        return bool(any(map(len, self.dirty)) or self.removed_rows or self.rebased)

    def load(self, version: int) -> None:
        files = self.log.read(version)
        self.index.clear()
        self._clear()
        self.apply_files(files)
        self._settle()
        self.version = version
        self.log.begin(version, files)

    def freeze(self) -> Callable[[], bool]:
        """Copy the version just committed; the returned function writes it as a snapshot, on any thread."""
        ticket, version, rows = self.log.begin_snapshot(), self.version, self.scan()
        return lambda: self.log.write_snapshot(version, ticket, self._no_keys(), rows)

    def file_rows(self) -> pa.Table:
        """Return all rows as the files hold them."""
        return self.scan()

    def apply_files(self, files: list[StateFile]) -> None:
        """Put the rows of a chain of files on what is there."""
        for file in files:
            self._apply(renamed(file.removes(), self.spec.keys), renamed(file.puts(), self.schema))

    def replace_all(self, rows: pa.Table, version: int) -> None:
        """Become exactly these rows at a version; the next commit writes them all. For a change of the partitions."""
        self.index.clear()
        self._clear()
        self._apply(self._no_keys(), rows)
        self._settle()
        self.rebased = True
        self.version = version

    def metrics(self) -> StoreMetrics:
        return replace(self.last, rows_total=self.row_count(), memory_bytes=self.memory_bytes())

    def memory_bytes(self) -> int:
        """Return the bytes of index, keys, values and expiry queue."""
        columns = self.columns.memory_bytes(self.index.used)
        return self.index.memory_bytes() + columns + self.queue.memory_bytes()

    def close(self) -> None:
        self.log.retire()
        self.index.clear()
        self._clear()

    def _open_index(self, hash_function: HashFunction) -> KeyIndex:
        return KeyIndex(self.spec.keys, hash_function)

    def _reset(self, slots: np.ndarray) -> None:
        """Make freed slots ready for other keys."""
        self.columns.reset(slots)

    def _clear(self) -> None:
        self.columns = SlotColumns(self.spec.values)
        self.queue = ExpiryQueue(expiry_times(self))
        self.rebased = False
        self._start_version()

    def _start_version(self) -> None:
        self.dirty: list[np.ndarray] = []
        self.removed: list[pa.Table] = []
        self.touched: list[np.ndarray] = []
        self.removed_rows = 0
        self.updated: np.ndarray | None = None
        self.shown: pa.Table | None = None

    def _saved(self, dirty: np.ndarray, removed: pa.Table, changed: pa.Table) -> None:
        """Remember that a version is durable."""
        self.index.flags[dirty] = LIVE | SAVED

    def _removed_keys(self) -> pa.Table:
        return pa.concat_tables(self.removed) if self.removed else self._no_keys()

    def _no_keys(self) -> pa.Table:
        return self.spec.keys.empty_table()

    def _keys_table(self, slots: np.ndarray) -> pa.Table:
        return pa.Table.from_arrays(self.index.keys_at(slots), schema=self.spec.keys)

    def _queue_touched(self) -> None:
        if self.touched:
            slots = np.concatenate(self.touched)
            self.queue.add(slots[self.index.flags[slots] & LIVE > 0])
            self.touched = []

    def _apply(self, removes: pa.Table, puts: pa.Table) -> None:
        """Take over the rows of a file: no dirt is tracked, an empty index is filled without comparing keys."""
        if removes.num_rows:
            slots = self.index.lookup(removes)
            slots = slots[slots >= 0]
            self.index.remove(slots)
            self._reset(slots)
        keys = puts.select(self.spec.keys.names)
        slots = self.index.insert(keys)[0] if self.index.used else self.index.insert_absent(keys)
        self.columns.reserve(self.index.capacity)
        self.columns.put_table(slots, puts.select(self.spec.values.names))

    def _settle(self) -> None:
        self.index.flags[self.index.live()] = LIVE | SAVED
        if self.spec.expiry:
            self.queue.add(self.index.live_slots())


def renamed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Return a table read from a file under the names of today: names may change between runs, types may not."""
    columns = [
        _under(column, field.type) for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, names=schema.names)


def _under(column: pa.ChunkedArray, kind: pa.DataType) -> pa.ChunkedArray:
    """Return a column whose fields have the names of today; a cast would look for them by name and find none."""
    if column.type == kind or not same_types(column.type, kind):
        return column
    named = named_as(column.type, kind)
    return pa.chunked_array([chunk.view(named) for chunk in column.chunks], named)
