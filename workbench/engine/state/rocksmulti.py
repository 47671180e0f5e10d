"""Many rows a key on the ``rocksdb`` provider: numbered rows, and for each key the list of its numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.state import arrays, kernels
from workbench.engine.state.changelog import StoreLog
from workbench.engine.state.index import KeyIndex
from workbench.engine.state.multi import MATCHED, ROW, rows_spec
from workbench.engine.state.rocks import RocksChains, RocksStore
from workbench.engine.state.rockssnapshot import RocksSnapshot
from workbench.engine.state.rowcodec import decode_rows
from workbench.engine.state.store import StoreMetrics, StoreSpec

_NUMBERS = "numbers"
_NOTHING = pa.scalar(b"", pa.large_binary())


class RocksMultiStore:
    """Keep :class:`~workbench.engine.state.store.MultiStore`'s contract in a database.

    A row's slot is its number, which is the key of the row in the files, too. The lists of numbers follow from the rows
    and are in no file; a snapshot of the database has them.

    Parameters
    ----------
    spec : StoreSpec
        What it holds; ``multi`` is True.
    log : StoreLog
        Where its versions are written.
    megabytes : int
        The memory all databases of the process share.
    """

    is_expiry_exact = False

    def __init__(self, spec: StoreSpec, log: StoreLog, megabytes: int) -> None:
        self.spec = spec
        self.log = log
        self.schema = pa.schema([*spec.keys, *spec.values])
        self.rows = RocksStore(rows_spec(spec), log, megabytes)
        lists = StoreSpec(spec.keys, pa.schema([(_NUMBERS, pa.large_binary())]))
        self.chains = RocksChains(lists, self.rows)
        self.next_row = 0

    @property
    def version(self) -> int:
        """The version last committed or loaded."""
        return self.rows.version

    def append(
        self, keys: pa.Table, rows: pa.Table, matched: np.ndarray | None = None
    ) -> np.ndarray:
        numbers = np.arange(self.next_row, self.next_row + keys.num_rows)
        flags = np.zeros(keys.num_rows, np.bool_) if matched is None else matched
        columns = [*keys.columns, *rows.columns, pa.array(flags)]
        kinds = self.rows.spec.values.types
        values = [arrays.as_array(*pair) for pair in zip(columns, kinds, strict=True)]
        self._append(numbers, pa.Table.from_arrays(values, schema=self.rows.spec.values))
        return numbers

    def probe(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        slots, _ = self.chains.slots(keys, insert=False)
        numbers, counts = _unpacked(self.chains.column(_NUMBERS).at(slots))
        return np.repeat(np.arange(len(slots)), counts), numbers

    def beside(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        keys = self.rows_at(slots).select(self.spec.keys.names)
        _, firsts = KeyIndex(self.spec.keys).insert(keys)
        return self.probe(keys.filter(pa.array(firsts)))

    def put_rows(self, slots: np.ndarray, rows: pa.Table) -> None:
        places, _ = self.rows.slots(_numbered(slots))
        for field in self.spec.values:
            column = arrays.as_array(rows.column(field.name), field.type)
            self.rows.column(field.name).put(places, column)

    def values_at(self, name: str, slots: np.ndarray) -> pa.Array:
        return arrays.as_array(self.rows_at(slots).column(name), self.schema.field(name).type)

    def rows_at(self, slots: np.ndarray) -> pa.Table:
        _, values = self.rows.get(_numbered(slots))
        return values.select(self.schema.names)

    def matched_at(self, slots: np.ndarray) -> np.ndarray:
        _, values = self.rows.get(_numbered(slots))
        return arrays.filled(arrays.as_array(values.column(MATCHED), pa.bool_()))

    def mark_matched(self, slots: np.ndarray) -> None:
        fresh = arrays.distinct(slots[~self.matched_at(slots)])
        places, _ = self.rows.slots(_numbered(fresh), insert=False)
        self.rows.column(MATCHED).values[places] = True
        self.rows.touch(places)

    def remove_rows(self, slots: np.ndarray) -> None:
        if not len(slots):
            return
        self._unlink(slots, self.rows_at(slots).select(self.spec.keys.names))
        self.rows.remove(_numbered(slots))

    def scan(self) -> pa.Table:
        return self.rows.scan().select(self.schema.names)

    def expire(self, limit: int, *, inclusive: bool = True) -> tuple[pa.Table, np.ndarray]:
        places = self.rows.due(limit, inclusive=inclusive)
        gone = self.rows.rows_at(places)
        self._unlink(gone.column(ROW).to_numpy(), gone.select(self.spec.keys.names))
        self.rows.free(places)
        flags = arrays.filled(arrays.as_array(gone.column(MATCHED), pa.bool_()))
        return gone.select(self.schema.names), flags

    def next_expiry(self) -> int | None:
        return self.rows.next_expiry()

    def commit(self, version: int) -> None:
        self.rows.commit(version)
        self.chains.save()

    def changed(self) -> bool:
        return self.rows.changed()

    def abort(self) -> None:
        self.rows.abort()
        self.chains.abort()

    def load(self, version: int) -> None:
        files = self.log.read(version)
        first = files[0] if files and isinstance(files[0], RocksSnapshot) else None
        self.rows.restore(files[:1] if first else [])
        self.chains.restart()
        self.next_row = 0
        for file in files[1:] if first else files:
            self._replay(file.removes(), file.puts())
        self.rows.total = self.rows.saved_total = files[-1].header.rows_total if files else 0
        self.rows.version = version
        self.next_row = self._last_row() + 1
        self.log.begin(version, files)

    def file_rows(self) -> pa.Table:
        """Return all rows as the files hold them."""
        return self.rows.scan()

    def replace_all(self, rows: pa.Table, version: int) -> None:
        """As the keyed store's; rows are in the form of the files and are numbered anew."""
        self.rows.replace_all(self.rows.schema.empty_table(), version)
        self.chains.restart()
        numbers = np.arange(rows.num_rows)
        self._link(numbers, rows.select(self.spec.keys.names))
        self.chains.save()
        renumbered = rows.set_column(0, self.rows.schema.field(0), pa.array(numbers))
        self.rows.write_rows(self.rows.spec.keys.empty_table(), renumbered)
        self.rows.total = self.rows.saved_total = self.next_row = rows.num_rows

    def freeze(self) -> Callable[[], bool]:
        return self.rows.freeze()

    def metrics(self) -> StoreMetrics:
        return self.rows.metrics()

    def close(self) -> None:
        self.chains.forget_columns()
        self.rows.close()

    def _append(self, numbers: np.ndarray, values: pa.Table) -> None:
        self.next_row = max(self.next_row, int(numbers.max(initial=-1)) + 1)
        self.rows.put(_numbered(numbers), values)
        self._link(numbers, values.select(self.spec.keys.names))

    def _link(self, numbers: np.ndarray, keys: pa.Table) -> None:
        """Put numbers at the end of their keys' lists."""
        slots, _ = self.chains.slots(keys)
        order = np.argsort(slots, kind="stable")
        owners, counts = np.unique(slots, return_counts=True)
        lists = self.chains.column(_NUMBERS)
        before = lists.at(owners).fill_null(b"")
        lists.put(
            owners, pc.binary_join_element_wise(before, _packed(numbers[order], counts), _NOTHING)
        )

    def _unlink(self, numbers: np.ndarray, keys: pa.Table) -> None:
        """Take numbers out of their keys' lists; a key without numbers is forgotten."""
        slots, _ = self.chains.slots(keys, insert=False)
        owners = arrays.distinct(slots[slots >= 0])
        if not len(owners):
            return
        found, counts = _unpacked(self.chains.column(_NUMBERS).at(owners))
        kept = ~np.isin(found, numbers)
        place = np.repeat(np.arange(len(owners)), counts)
        left = np.bincount(place[kept], minlength=len(owners))
        some = left > 0
        self.chains.column(_NUMBERS).put(owners[some], _packed(found[kept], left[some]))
        self.chains.touch(owners[some])
        self.chains.free(owners[~some])

    def _replay(self, removes: pa.Table, puts: pa.Table) -> None:
        """Take over a delta: rows that are new are linked, others only changed."""
        self.remove_rows(removes.column(0).to_numpy())
        names = self.rows.spec.values.names
        puts = puts.rename_columns(self.rows.schema.names)
        known, _ = self.rows.get(puts.select([ROW]))
        self.rows.put(
            puts.select([ROW]).filter(pa.array(known)), puts.select(names).filter(pa.array(known))
        )
        fresh = puts.filter(pa.array(~known)).sort_by(ROW)
        self._append(fresh.column(0).to_numpy(), fresh.select(names))
        self.rows.save()
        self.chains.save()

    def _last_row(self) -> int:
        largest = self.next_row - 1
        for keys, _ in self.rows.database.rows(self.rows.prefix):
            largest = max(
                largest, int(pc.max(decode_rows(keys, self.rows.spec.keys, 1)[0]).as_py())
            )
        return largest


def _numbered(numbers: np.ndarray) -> pa.Table:
    return pa.table({ROW: pa.array(numbers, pa.int64())})


def _packed(numbers: np.ndarray, counts: np.ndarray) -> pa.LargeBinaryArray:
    body = np.ascontiguousarray(numbers, np.int64).view(np.uint8)
    return arrays.binary_array(pa.large_binary(), counts * 8, body)


def _unpacked(lists: pa.LargeBinaryArray) -> tuple[np.ndarray, np.ndarray]:
    starts, lengths, data = arrays.spans(lists)
    out = np.empty(int(lengths.sum()), np.uint8)
    kernels.gather_bytes(starts, lengths, data, out)
    return out.view(np.int64), lengths // 8
