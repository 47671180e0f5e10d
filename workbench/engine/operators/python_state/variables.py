"""State variables of a stateful processor: read for all keys of a batch at once, written back at once.

A variable is one store, a row per grouping key::

    value   keys… | value: struct<…>             | expires_ms: long
    list    keys… | value: array<struct<value: struct<…>, expires_ms: long>>             | expires_ms
    map     keys… | value: array<struct<key: struct<…>, value: struct<…>, expires_ms: long>> | expires_ms
    timers  keys… | value: array<long>           | expires_ms (the earliest)

Between reading and writing, a batch works on Python values by the key's place in the batch, so that a user's call costs a
dictionary look-up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import IllegalArgument
from workbench.engine.operators.python_state.values import (
    loose,
    nullable_schema,
    to_table_of,
    to_tuples,
)
from workbench.engine.state.store import TTL, StoreSpec
from workbench.engine.state.variable_names import TIMER_STORE, store_of

if TYPE_CHECKING:
    from workbench.engine.state.store import StateStore

VALUE, LIST, MAP, TIMERS = "value", "list", "map", "timers"
EXPIRES = "expires_ms"
_VALUE = "value"


@dataclass(frozen=True, slots=True)
class Layout:
    """The value columns of a store as a batch needs them: Spark's types, the same with every column nullable, Arrow's."""

    schema: t.StructType
    loose: t.StructType
    arrow: pa.Schema

    @classmethod
    def of(cls, schema: t.StructType) -> Layout:
        """Return the layout of columns."""
        return cls(schema, loose(schema), nullable_schema(schema))


@dataclass(frozen=True, slots=True)
class Declared:
    """What ``getValueState``, ``getListState`` or ``getMapState`` asked for. ``ttl_ms``: None for ever."""

    name: str
    kind: str
    schema: t.StructType
    key_schema: t.StructType | None = None
    ttl_ms: int | None = None
    layout: Layout = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layout", Layout.of(self.stored()))

    @property
    def store(self) -> str:
        """The name of its store; no user's variable has that of the timers."""
        return TIMER_STORE if self.kind == TIMERS else store_of(self.name)

    def stored(self) -> t.StructType:
        """The store's value columns."""
        return t.StructType(
            [t.StructField(_VALUE, self._kept()), t.StructField(EXPIRES, t.LongType())]
        )

    def _kept(self) -> t.DataType:
        if self.kind == VALUE:
            return self.schema
        if self.kind == TIMERS:
            return t.ArrayType(t.LongType())
        fields = [t.StructField("value", self.schema), t.StructField(EXPIRES, t.LongType())]
        if self.kind == MAP:
            fields.insert(0, t.StructField("key", self.key_schema))
        return t.ArrayType(t.StructType(fields))

    def spec(self, keys: pa.Schema, names: tuple[str, ...]) -> StoreSpec:
        """Return the variable's store; ``names``: what people call the key columns."""
        values = pa.schema([(f.name, to_arrow(f.dataType)) for f in self.stored().fields])
        shown = (*names, _VALUE, EXPIRES if self.ttl_ms is None else TTL)
        return StoreSpec(keys, values, name=self.store, expiry=EXPIRES, names=shown)


def timers() -> Declared:
    """Return the variable that holds a key's timers."""
    return Declared(TIMER_STORE, TIMERS, t.StructType([]))


@dataclass(slots=True)
class Variable:
    """One variable during one batch of one partition.

    Attributes
    ----------
    declared : Declared
        Its name, kind and types.
    store : StateStore
        Where it lives.
    held : dict
        Place of a key in the batch → what is kept for it: a tuple, a list of (value, expires) or a dict of
        key → (value, expires), or a sorted list of timers. A place that is missing has nothing.
    dirty : set
        Places that changed.
    read_entries : dict
        How many entries the map of a place had when it was read.
    """

    declared: Declared
    store: StateStore
    held: dict[int, Any] = field(default_factory=dict)
    expires: dict[int, int | None] = field(default_factory=dict)
    dirty: set[int] = field(default_factory=set)
    read_entries: dict[int, int] = field(default_factory=dict)

    def read(self, keys: pa.Table, first: int = 0) -> None:
        """Take what is kept for keys; the first has the place ``first``."""
        if not keys.num_rows:
            return
        found, values = self.store.get(keys)
        places = found.nonzero()[0]
        if not len(places):
            return
        rows = to_tuples(values.take(pa.array(places)), self.declared.layout.schema)
        for place, (value, expires) in zip(places.tolist(), rows, strict=True):
            self.held[first + place] = self._opened(value)
            self.expires[first + place] = expires
            if self.declared.kind == MAP:
                self.read_entries[first + place] = len(value)

    def _opened(self, value: Any) -> Any:
        kind = self.declared.kind
        if kind in (VALUE, TIMERS):
            return value
        # Structs inside a list are Rows; the parts of a variable are tuples, as PySpark gives them.
        if kind == LIST:
            return [(tuple(one), expires) for one, expires in value]
        return {tuple(key): (tuple(one), expires) for key, one, expires in value}

    def _closed(self, held: Any) -> Any:
        if self.declared.kind == MAP:
            return [(key, one, expires) for key, (one, expires) in held.items()]
        return held

    def write(self, keys: pa.Table) -> int:
        """Put what changed back into the store; ``keys`` are all keys of the batch by place.

        Returns by how much the entries of maps beyond the first of each grew.
        """
        if not self.dirty:
            return 0
        grown = self._grown() if self.declared.kind == MAP else 0
        kept = sorted(place for place in self.dirty if self.held.get(place) not in (None, [], {}))
        gone = sorted(place for place in self.dirty if self.held.get(place) in (None, [], {}))
        if kept:
            rows = [(self._closed(self.held[place]), self._row_expiry(place)) for place in kept]
            self.store.put(keys.take(pa.array(kept)), self._table(rows))
        if gone:
            self.store.remove(keys.take(pa.array(gone)))
        self.dirty.clear()
        return grown

    def _table(self, rows: list[tuple[Any, ...]]) -> pa.Table:
        layout = self.declared.layout
        try:
            return to_table_of(rows, layout.loose, layout.arrow)
        except Exception as error:
            raise IllegalArgument(
                "STATEFUL_PROCESSOR_VALUE_TYPE", stateName=self.declared.name, field=_VALUE,
                expected=self.declared.schema.simpleString(), actual=f"value that does not fit ({error})",
            ) from error  # fmt: skip

    def _grown(self) -> int:
        now = sum(max(0, len(self.held.get(place) or ()) - 1) for place in self.dirty)
        return now - sum(max(0, self.read_entries.get(place, 0) - 1) for place in self.dirty)

    def _row_expiry(self, place: int) -> int | None:
        """When the row is looked at next: when its first part expires (timers: when the first is due)."""
        held, kind = self.held[place], self.declared.kind
        if kind == TIMERS:
            return min(held)
        if self.declared.ttl_ms is None:
            return None
        if kind == VALUE:
            return self.expires.get(place)
        parts = held if kind == LIST else held.values()
        return min(expires for _, expires in parts)


def entries_beyond_rows(rows: pa.Table) -> int:
    """Return how many entries the maps in a map's rows have beyond the first of each: Spark counts every entry as a row."""
    sizes = pc.fill_null(pc.list_value_length(rows.column(_VALUE)), 0)
    return pc.sum(pc.max_element_wise(pc.subtract(sizes, 1), 0)).as_py() or 0


def let_go(declared: Declared, store: StateStore, now_ms: int) -> tuple[int, int]:
    """Let the values, elements and entries go that have outlived their time; the rest of a list or a map stays.

    Returns how many went, and how many fewer entries the maps have beyond the first of each.
    """
    rows = store.expire(now_ms)
    if declared.kind == VALUE or not rows.num_rows:
        return rows.num_rows, 0
    rest = _rest(rows, now_ms)
    if rest.num_rows:
        keys = rows.column_names[: -len(declared.layout.arrow)]
        store.put(rest.select(keys), rest.drop_columns(keys))
    gone = _parts(rows) - _parts(rest)
    if declared.kind != MAP:
        return gone, 0
    return gone, entries_beyond_rows(rows) - entries_beyond_rows(rest)


def _parts(rows: pa.Table) -> int:
    return pc.sum(pc.list_value_length(rows.column(_VALUE))).as_py() or 0


def _rest(rows: pa.Table, now_ms: int) -> pa.Table:
    """Return the rows of which some part still lives, with only these parts and the time the first of them goes."""
    lists = rows.column(_VALUE).combine_chunks()
    parts, owners = pc.list_flatten(lists), np.asarray(pc.list_parent_indices(lists))
    expires = np.asarray(parts.field(EXPIRES))
    lives = expires > now_ms
    sizes = np.bincount(owners[lives], minlength=rows.num_rows)
    kept = np.flatnonzero(sizes)
    ends = np.cumsum(sizes[kept])
    offsets = pa.array(np.concatenate([[0], ends]), pa.int32())
    firsts = np.minimum.reduceat(expires[lives], ends - sizes[kept]) if len(kept) else kept
    left = pa.ListArray.from_arrays(offsets, parts.filter(lives), type=lists.type)
    names = rows.column_names
    return (
        rows.take(pa.array(kept))
        .set_column(names.index(_VALUE), rows.schema.field(_VALUE), left)
        .set_column(names.index(EXPIRES), rows.schema.field(EXPIRES), pa.array(firsts, pa.int64()))
    )
