"""Columns by slot: NumPy arrays for fixed-width types, an append-only log of Arrow arrays for all others."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import arrays

_FIRST_SLOTS = 1024
_LOG_SLACK = 1 << 16


class Column:
    """One fixed-width column: ``values[slot]`` and, once there was a null, ``validity[slot]``.

    Attributes
    ----------
    values : numpy.ndarray
        One value a slot. Read and write in place; fetch it again after slots were added.
    """

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.values = np.zeros(_FIRST_SLOTS, arrays.fixed_dtype(kind))
        self.known: np.ndarray | None = None

    @property
    def validity(self) -> np.ndarray:
        """Bools by slot, False where null. Asking for it allocates it."""
        if self.known is None:
            self.known = np.ones(len(self.values), np.bool_)
        return self.known

    def reserve(self, capacity: int) -> None:
        """Make room for slots below ``capacity``."""
        if capacity <= len(self.values):
            return
        before = len(self.values)
        self.values = arrays.grown(self.values, capacity)
        if self.known is not None:
            self.known = arrays.grown(self.known, capacity)
            self.known[before:] = True

    def put(self, slots: np.ndarray | slice, array: pa.Array) -> None:
        """Write values at slots."""
        self.values[slots] = arrays.filled(array)
        if array.null_count:
            self.validity[slots] = arrays.validity(array)
        elif self.known is not None:
            self.known[slots] = True

    def reset(self, slots: np.ndarray) -> None:
        """Write 0 and not null at slots."""
        self.values[slots] = np.zeros(1, self.values.dtype)[0]
        if self.known is not None:
            self.known[slots] = True

    def at(self, slots: np.ndarray | slice) -> pa.Array:
        """Return a copy of the values at slots; -1 gives null."""
        if isinstance(slots, slice):
            valid = None if self.known is None else self.known[slots]
            return arrays.fixed_array(self.kind, self.values[slots].copy(), valid)
        valid = None if self.known is None else self.known[slots]
        absent = slots < 0
        if absent.any():
            valid = ~absent if valid is None else valid & ~absent
        return arrays.fixed_array(self.kind, self.values[slots], valid)

    def memory_bytes(self, used: int) -> int:
        """Return the bytes of the first ``used`` slots."""
        return used * (self.values.dtype.itemsize + (self.known is not None))


class LogColumn:
    """One column of any Arrow type: written values are appended to a log, each slot knows its row there.

    Small pieces of the log are joined so that their number stays logarithmic; when less than half of the rows are
    still pointed to, the log is rewritten.
    """

    def __init__(self, kind: pa.DataType) -> None:
        self.kind = kind
        self.rows = np.full(_FIRST_SLOTS, -1, np.int64)
        self.pieces: list[pa.Array] = []
        self.total = 0
        self.live = 0

    def reserve(self, capacity: int) -> None:
        """Make room for slots below ``capacity``."""
        before = len(self.rows)
        if capacity > before:
            self.rows = arrays.grown(self.rows, capacity)
            self.rows[before:] = -1

    def put(self, slots: np.ndarray | slice, array: pa.Array) -> None:
        """Write values at slots, which are distinct."""
        self.live += int((self.rows[slots] < 0).sum())
        self.rows[slots] = np.arange(self.total, self.total + len(array))
        self.total += len(array)
        self.pieces.append(array)
        self._join_small()
        if self.total > 2 * self.live + _LOG_SLACK:
            self._rewrite()

    def reset(self, slots: np.ndarray) -> None:
        """Write null at slots."""
        self.live -= int((self.rows[slots] >= 0).sum())
        self.rows[slots] = -1

    def at(self, slots: np.ndarray | slice) -> pa.Array:
        """Return the values at slots; -1 gives null."""
        rows = self.rows[slots]
        return self._take(rows if isinstance(slots, slice) else np.where(slots < 0, -1, rows))

    def memory_bytes(self, used: int) -> int:
        """Return the bytes of the log and of the first ``used`` slots."""
        return 8 * used + sum(piece.nbytes for piece in self.pieces)

    def _take(self, rows: np.ndarray) -> pa.Array:
        absent = rows < 0
        if not self.pieces or absent.all():
            return pa.nulls(len(rows), self.kind)
        if len(self.pieces) == 1:
            return self.pieces[0].take(pa.array(rows, mask=absent))
        edges = np.cumsum([0, *map(len, self.pieces)])
        owner = np.searchsorted(edges, rows, side="right") - 1
        if (owner == owner[0]).all():
            return self.pieces[owner[0]].take(pa.array(rows - edges[owner[0]]))
        order = np.argsort(owner, kind="stable")
        found = [pa.nulls(int(absent.sum()), self.kind)]
        for at, piece in enumerate(self.pieces):
            inside = rows[order[owner[order] == at]]
            found.append(piece.take(pa.array(inside - edges[at])))
        back = np.empty(len(rows), np.int64)
        back[order] = np.arange(len(rows))
        return pa.concat_arrays(found).take(pa.array(back))

    def _join_small(self) -> None:
        pieces = self.pieces
        while len(pieces) > 1 and len(pieces[-2]) < 2 * len(pieces[-1]):
            last = pieces.pop()
            pieces[-1] = pa.concat_arrays([pieces[-1], last])

    def _rewrite(self) -> None:
        slots = np.flatnonzero(self.rows >= 0)
        self.pieces = [self._take(self.rows[slots])]
        self.rows[slots] = np.arange(len(slots))
        self.total = self.live = len(slots)


class SlotColumns:
    """All value columns of a store.

    Parameters
    ----------
    schema : pyarrow.Schema
        Their names and types.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.by_name = {field.name: _column(field.type) for field in schema}

    def reserve(self, capacity: int) -> None:
        """Make room for slots below ``capacity``."""
        for column in self.by_name.values():
            column.reserve(capacity)

    def put(self, slots: np.ndarray | slice, columns: list[pa.Array]) -> None:
        """Write one array a column at distinct slots."""
        for column, array in zip(self.by_name.values(), columns, strict=True):
            column.put(slots, array)

    def put_table(self, slots: np.ndarray | slice, table: pa.Table | pa.RecordBatch) -> None:
        """Write a table whose columns are in schema order."""
        columns = [
            arrays.as_array(table.column(i), field.type) for i, field in enumerate(self.schema)
        ]
        self.put(slots, columns)

    def reset(self, slots: np.ndarray) -> None:
        """Give slots their first values."""
        for column in self.by_name.values():
            column.reset(slots)

    def forget(self, slots: np.ndarray) -> None:
        """Let go what slots hold, where the next owner of a slot writes all columns anyway."""
        for column in self.by_name.values():
            if isinstance(column, LogColumn):
                column.reset(slots)

    def arrays_at(self, slots: np.ndarray | slice) -> list[pa.Array]:
        """Return one array a column."""
        return [column.at(slots) for column in self.by_name.values()]

    def memory_bytes(self, used: int) -> int:
        """Return the bytes of the first ``used`` slots."""
        return sum(column.memory_bytes(used) for column in self.by_name.values())


def _column(kind: pa.DataType) -> Column | LogColumn:
    return LogColumn(kind) if arrays.fixed_dtype(kind) is None else Column(kind)
