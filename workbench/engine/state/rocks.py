"""The ``rocksdb`` provider: the rows a batch touches in columns, all others in a database on disk."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from workbench.engine.state.arrays import distinct
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.columnar import SAVED, ColumnarStore, renamed
from workbench.engine.state.index import LIVE, KeyIndex
from workbench.engine.state.rocksdb import (
    CHAINS,
    ROWS,
    TIMES_SKIP,
    Batch,
    Database,
    encode_keys,
    encode_values,
)
from workbench.engine.state.rockssnapshot import RocksSnapshot
from workbench.engine.state.rowcodec import decode_rows
from workbench.engine.state.statefile import StateFile
from workbench.engine.state.store import StoreSpec

_CACHE_SHARE = 16


class RocksStore(ColumnarStore):
    """A columnar store that holds only the rows of the present batch.

    ::

        get, put, slots ──▶ columns by slot ◀── pulled in when first asked for ── RocksDB
                                  └── commit: delta file, then written back ─────────▶

    The database always holds the last version, so ``abort`` only forgets the columns. It is a working copy: after a kill it
    is made again from the newest snapshot, whose files it links to, and the deltas.

    Parameters
    ----------
    spec : StoreSpec
        What it holds.
    log : StoreLog
        Where its versions are written.
    megabytes : int
        The memory all databases of the process share.
    """

    prefix = ROWS

    is_expiry_exact = False

    def __init__(self, spec: StoreSpec, log: StoreLog, megabytes: int) -> None:
        self.megabytes = megabytes
        self.database = Database(log.directory, megabytes)
        self.total = 0
        self.saved_total = 0
        self.gone = KeyIndex(spec.keys)
        super().__init__(spec, log)

    def next_expiry(self) -> int | None:
        return self.database.first_time()

    def get(self, keys: pa.Table) -> tuple[np.ndarray, pa.Table]:
        slots, _ = self.slots(keys, insert=False)
        values = pa.Table.from_arrays(self.columns.arrays_at(slots), schema=self.spec.values)
        return slots >= 0, values

    def remove(self, keys: pa.Table) -> int:
        slots, _ = self.slots(keys, insert=False)
        slots = distinct(slots[slots >= 0])
        self.free(slots)
        return len(slots)

    def slots(self, keys: pa.Table, *, insert: bool = True) -> tuple[np.ndarray, np.ndarray]:
        if insert:
            return super().slots(keys)
        slots, new = self._pulled(keys)
        unknown = slots[new]
        self.index.remove(unknown)
        return np.where(np.isin(slots, unknown), -1, slots), np.zeros(len(slots), np.bool_)

    def _insert(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        slots, new = self._pulled(keys)
        self.total += int(new.sum())
        return slots, new

    def _pulled(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Return slots that hold what the database has, and which keys it has not."""
        slots, fresh = self.index.insert(keys)
        self.columns.reserve(self.index.capacity)
        missing = np.flatnonzero(fresh)
        new = fresh.copy()
        new[missing] = ~self._pull(keys, missing, slots[missing])
        return slots, new

    def scan(self) -> pa.Table:
        mine = self.rows_at(self.index.live_slots())
        parts = [part for part in self._stored_rows() if part.num_rows]
        return pa.concat_tables([mine, *parts])

    def free(self, slots: np.ndarray) -> None:
        saved = slots[self.index.flags[slots] & SAVED > 0]
        if len(saved):
            self.gone.insert(self._keys_table(saved))
        self.total -= len(slots)
        super().free(slots)

    def due(self, limit: int, *, inclusive: bool = True) -> np.ndarray:
        bound = limit if inclusive else limit - 1
        keys = self.database.due(bound)
        if len(keys):
            columns = decode_rows(keys, self.spec.keys, TIMES_SKIP)
            table = pa.Table.from_arrays(columns, schema=self.spec.keys)
            slots, _ = self.slots(table, insert=False)
            self.queue.add(distinct(slots[slots >= 0]))
        self.consumed = max(bound, self.consumed if self.consumed is not None else bound)
        return super().due(limit, inclusive=inclusive)

    def row_count(self) -> int:
        return self.total

    def abort(self) -> None:
        self.forget_columns()
        self.total = self.saved_total

    def load(self, version: int) -> None:
        files = self.log.read(version)
        self.restore(files)
        self.version = version
        self.log.begin(version, files)

    def replace_all(self, rows: pa.Table, version: int) -> None:
        self._begin(None)
        self.write_rows(self._no_keys(), rows)
        self.total = self.saved_total = rows.num_rows
        self.version = version
        self.rebased = True

    def freeze(self) -> Callable[[], bool]:
        """Take a checkpoint of the database, which is links; the returned function seals it as a snapshot."""
        ticket, version, total = self.log.begin_snapshot(), self.version, self.total
        made = self.database.checkpoint()
        schema = self.schema.with_metadata({"keys": str(len(self.spec.keys))})
        return lambda: self.log.write_snapshot_directory(version, ticket, total, made, schema)

    def close(self) -> None:
        super().close()
        self.gone.clear()
        self.database.close()

    def write_rows(
        self, removes: pa.Table, puts: pa.Table, slots: np.ndarray | None = None
    ) -> None:
        """Write rows into the database; ``slots`` are those of ``puts`` when they are in the columns."""
        batch = Batch()
        if self.consumed is not None:
            batch.forget_times(self.consumed)
        batch.delete(self.prefix, encode_keys(removes, self.spec.keys))
        keys = encode_keys(puts, self.spec.keys)
        values = puts.select(range(len(self.spec.keys), puts.num_columns))
        batch.put(self.prefix, keys, encode_values(values, self.spec.values))
        if self.spec.expiry and puts.num_rows:
            self._file_times(batch, keys, puts, slots)
        self.database.write(batch)

    def save(self) -> None:
        """Write what changed into the database, and into no file."""
        dirty = self.updated_slots()
        self._saved(dirty, self._removed_keys(), self.rows_at(dirty))
        self._start_version()

    def _file_times(
        self, batch: Batch, keys: pa.LargeBinaryArray, puts: pa.Table, slots: np.ndarray | None
    ) -> None:
        if slots is None:
            passing = ColumnarStore(self.spec, self.log)
            slots = passing.index.insert(puts.select(self.spec.keys.names))[0]
            passing.columns.reserve(passing.index.capacity)
            passing.columns.put_table(slots, puts.select(self.spec.values.names))
            times, valid = passing.queue.times(slots)
        else:
            times, valid = self.queue.times(slots)
        there = np.arange(len(slots)) if valid is None else np.flatnonzero(valid)
        batch.file_times(keys.take(pa.array(there)), np.ascontiguousarray(times[there]))

    def _pull(self, keys: pa.Table, places: np.ndarray, slots: np.ndarray) -> np.ndarray:
        """Bring the rows of the keys at some places into slots; tells which were in the database and not removed."""
        if not len(slots):
            return np.zeros(0, np.bool_)
        asked = encode_keys(keys, self.spec.keys).take(pa.array(places))
        rows = self.database.get(self.prefix, asked)
        found = np.asarray(rows.is_valid())
        if len(self.gone):
            found &= self.gone.lookup(keys)[places] < 0
        there = slots[found]
        if len(there):
            values = decode_rows(rows.filter(pa.array(found)), self.spec.values)
            self.columns.put(there, values)
            self.index.flags[there] = LIVE | SAVED
        return found

    def _saved(self, dirty: np.ndarray, removed: pa.Table, changed: pa.Table) -> None:
        self.write_rows(removed, changed, dirty)
        self.index.flags[dirty] = LIVE | SAVED
        self.saved_total = self.total
        self.gone.clear()
        self.consumed = None
        if self.memory_bytes() > (self.megabytes << 20) // _CACHE_SHARE:
            self.forget_columns()

    def forget_columns(self) -> None:
        """Drop what is in memory; the database has the last version."""
        self.index.clear()
        self._clear_columns()

    def _clear_columns(self) -> None:
        rebased = getattr(self, "rebased", False)
        super()._clear()
        self.rebased = rebased
        self.gone.clear()
        self.consumed: int | None = None

    def _clear(self) -> None:
        self.rebased = False
        self._clear_columns()

    def _begin(self, snapshot: RocksSnapshot | None) -> None:
        self.index.clear()
        self._clear()
        self.database.open(snapshot)

    def restore(self, files: list[StateFile | RocksSnapshot]) -> None:
        """Make the database from a chain of files."""
        first = files[0] if files and isinstance(files[0], RocksSnapshot) else None
        self._begin(first)
        for file in files[1:] if first else files:
            self.write_rows(
                renamed(file.removes(), self.spec.keys), renamed(file.puts(), self.schema)
            )
        self.total = self.saved_total = files[-1].header.rows_total if files else 0

    def _stored_rows(self) -> list[pa.Table]:
        """Return the rows of the database that the columns say nothing about, in pieces."""
        parts = []
        for keys, rows in self.database.rows(self.prefix):
            found = pa.Table.from_arrays(
                [*decode_rows(keys, self.spec.keys, 1), *decode_rows(rows, self.spec.values)],
                schema=self.schema,
            )
            mine = found.select(self.spec.keys.names)
            hidden = (self.index.lookup(mine) >= 0) | (self.gone.lookup(mine) >= 0)
            parts.append(found.filter(pa.array(~hidden)))
        return parts


class RocksChains(RocksStore):
    """The chains of a store with many rows a key: in the database of its rows, in no file of its own."""

    prefix = CHAINS

    def __init__(self, spec: StoreSpec, rows: RocksStore) -> None:
        super().__init__(spec, rows.log, rows.megabytes)
        self.database = rows.database

    def restart(self) -> None:
        """Forget the columns: the database was changed behind them."""
        self.forget_columns()
