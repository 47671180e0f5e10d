"""The contract every state provider keeps.

::

    operator ──┬── partition 0 ──┬── store "default"      one StateStore each
               │                 └── store "right"
               └── partition 1 ── …

A *store* is one named table of one partition of one operator. It is used by one thread at a time. Nothing in it is
durable until :meth:`StateStore.commit` returns; after that the version can be loaded again, after a kill too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa

    from workbench.engine.state.columns import Column

DEFAULT_STORE = "default"
TTL = "ttlExpirationMs"
"""What the state reader calls the expiry of a store whose values outlive their time; a store has it for good or never."""


@dataclass(frozen=True, slots=True)
class StoreSpec:
    """What one store holds; the same for all partitions of an operator.

    Parameters
    ----------
    keys, values : pyarrow.Schema
        The columns that identify a row and the columns that are kept for it. Names are unique over both.
    name : str
        The store's name; an operator with one store calls it ``default``.
    multi : bool
        Whether a key has many rows (``append`` and ``probe``) instead of one (``get`` and ``put``).
    expiry : str, optional
        The column, of keys or values, that ``expire`` compares. A ``timestamp``, ``date`` or integer column; a field
        of a struct column is written ``window.end``.
    partition_by : tuple of str, optional
        The key columns whose hash decides the partition; all of them when left out.
    prefix_columns : int
        Spark's ``numColsPrefixKey``, told by the metadata reader.
    names : tuple of str
        What the state reader calls the key columns and then the value columns; their own names when left out.
    """

    keys: pa.Schema
    values: pa.Schema
    name: str = DEFAULT_STORE
    multi: bool = False
    expiry: str | None = None
    partition_by: tuple[str, ...] | None = None
    prefix_columns: int = 0
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoreMetrics:
    """What one store did in its last version; rows and memory are as of now.

    ``rows_updated`` counts distinct rows put since the version before, ``rows_removed`` the rows removed.
    """

    rows_total: int = 0
    rows_updated: int = 0
    rows_removed: int = 0
    memory_bytes: int = 0
    commit_ms: float = 0.0
    custom: dict[str, int] = field(default_factory=dict)


class StateStore(Protocol):
    """One partition of one named store: one row a key.

    Equality of keys is Spark's grouping equality: null equals null, NaN equals NaN, -0.0 equals 0.0. A hash never
    decides it: the keys themselves are compared. Methods take key columns as a ``pyarrow.RecordBatch`` or ``Table``
    whose columns are in the order of ``spec.keys``.
    """

    spec: StoreSpec
    is_expiry_exact: bool
    """Whether ``next_expiry`` is exact also when rows were moved or removed; on disk, where looking at a row is dear, it is not."""
    version: int

    def get(self, keys: pa.Table) -> tuple[np.ndarray, pa.Table]:
        """Return ``(found, values)``: a bool per key, and the value columns in key order, null where not found."""

    def put(self, keys: pa.Table, values: pa.Table) -> None:
        """Insert or replace one row a key. A key may come once in a call."""

    def remove(self, keys: pa.Table) -> int:
        """Forget keys and return how many were there. Unknown keys are no error."""

    def scan(self) -> pa.Table:
        """Return all rows, key columns then value columns, in no promised order."""

    def expire(self, limit: int, *, inclusive: bool = True) -> pa.Table:
        """Remove and return the rows whose ``spec.expiry`` is <= ``limit`` (< when not inclusive).

        ``limit`` is in the column's own unit (microseconds for a timestamp). Rows with a null there stay. The cost
        follows the rows that expire, not those that stay.
        """

    def next_expiry(self) -> int | None:
        """Return the earliest ``spec.expiry``; None: no row expires. Call it after a commit or load.

        The cost follows what was changed and removed, not what waits. Where it is not exact it may be too early; an ``expire``
        up to it makes it right.
        """

    def slots(self, keys: pa.Table, *, insert: bool = True) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(slots, new)`` for keys, which may repeat: where in the columns each key lives.

        With ``insert``, unknown keys get a slot (``new`` is True on the first row of each), every slot returned
        counts as updated, and new slots hold 0 and not null in fixed-width columns, null in others. Without,
        unknown keys get -1. Slots stay valid until the next ``commit``, ``remove``, ``expire``, ``abort`` or ``load``.
        """

    def add(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """As :meth:`slots`, but keys that were there before do not count as updated."""

    def column(self, name: str) -> Column:
        """Return a value column by slot, to read and write in place: ``column("sum").values[slots] += partial``.

        Ask again after every ``slots(insert=True)``: growing replaces the arrays.
        """

    def touch(self, slots: np.ndarray) -> None:
        """Count slots as updated: a slot changed in place without this is not in the next commit."""

    def updated_slots(self) -> np.ndarray:
        """Return the distinct slots that count as updated since the last version."""

    def updated_rows(self) -> pa.Table:
        """Return key and value columns of :meth:`updated_slots`.

        What is returned is kept for the commit: a column must not be written after this without ``touch``.
        """

    def free(self, slots: np.ndarray) -> None:
        """Remove distinct slots, as ``remove`` does for their keys."""

    def rows_at(self, slots: np.ndarray) -> pa.Table:
        """Return key and value columns of slots, in order; a slot of -1 gives nulls."""

    def commit(self, version: int) -> None:
        """Make all changes since the last version durable as ``version`` (greater than ``self.version``).

        Names exactly one delta file, which is written unless nothing changed; when it returns, ``load(version)`` gives this
        state even after a kill. When it raises, the version before is intact and the changes are still in memory.
        """

    def changed(self) -> bool:
        """Tell whether there is anything to commit or to abort."""

    def abort(self) -> None:
        """Drop the changes since the last commit or load."""

    def load(self, version: int) -> None:
        """Become the state of ``version``; 0 is the empty state. Raises ``CANNOT_LOAD_STATE_STORE.*``."""

    def metrics(self) -> StoreMetrics:
        """Return sizes as of now and the work of the last version."""

    def close(self) -> None:
        """Free memory and files that are not part of the checkpoint."""


class MultiStore(Protocol):
    """One partition of one named store: many rows a key, for joins and sessions.

    A row is named by a number, its slot, which stays valid until the row is removed or the store is loaded again. ``commit``, ``changed``,
    ``abort``, ``load``, ``metrics``, ``scan``, ``expire``, ``next_expiry`` and ``close`` are those of :class:`StateStore`.
    """

    spec: StoreSpec
    is_expiry_exact: bool
    version: int

    def append(
        self, keys: pa.Table, rows: pa.Table, matched: np.ndarray | None = None
    ) -> np.ndarray:
        """Add one row a key; keys may repeat. Returns the slots of the new rows."""

    def probe(self, keys: pa.Table) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(indices, slots)``: for each stored row of each key, the key's place in ``keys`` and its slot.

        Sorted by index; rows of one key come in the order they were appended since the last load.
        """

    def rows_at(self, slots: np.ndarray) -> pa.Table:
        """Return key and value columns of row slots, in order; a slot of -1 gives nulls."""

    def beside(self, slots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(number, slots)``: all rows of the keys that some rows have, key by key, each key once.

        Keys are numbered from 0 in the order in which they first come.
        """

    def values_at(self, name: str, slots: np.ndarray) -> pa.Array:
        """Return one value column of row slots, in order."""

    def put_rows(self, slots: np.ndarray, rows: pa.Table) -> None:
        """Replace the values of distinct row slots; their keys stay."""

    def matched_at(self, slots: np.ndarray) -> np.ndarray:
        """Return the matched flag of row slots."""

    def mark_matched(self, slots: np.ndarray) -> None:
        """Set the matched flag of row slots; slots may repeat."""

    def remove_rows(self, slots: np.ndarray) -> None:
        """Remove rows by distinct slots."""

    def expire(self, limit: int, *, inclusive: bool = True) -> tuple[pa.Table, np.ndarray]:
        """Remove rows as :meth:`StateStore.expire`; returns them with their matched flags."""
