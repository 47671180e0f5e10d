"""How Spark shows a store: which columns its rows have there, made of the rows this engine keeps.

An operator's stores are kept in the form that suits the engine, and read in the form of Spark's own: a join's side is one store
of rows here and two stores there, a session's time is part of the key there, a list variable is a row an element there. One
function an operator makes a :class:`View` of a store's name and schema; :data:`VIEWS` has them by the operator's name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.engine.state.index import KeyIndex
from workbench.engine.state.multi import MATCHED, ROW
from workbench.engine.state.reader import PARTITION
from workbench.engine.state.store import StoreSpec
from workbench.engine.state_source.forms import arrays_of, fields_of

_START, _END = "start", "end"
_NO_KEY = "all"
_COUNTS, _ROWS = "-keyToNumValues", "-keyWithIndexToValue"
NOTHING = pa.field("__dummy__", pa.null())

Rows = Callable[[pa.Table], list[pa.Array]]
"""From a store's rows, with their numbers and marks, to one array a field and the partitions."""
Feed = Callable[[pa.Table], list[pa.Array]]
"""From a store's changes, with what was before them, to versions, kinds, one array a field and the partitions."""


@dataclass(frozen=True, slots=True)
class View:
    """One store as Spark shows it.

    Attributes
    ----------
    store : str
        The store whose rows it is made of.
    fields : tuple of pa.Field
        ``key`` and ``value``, or what a state variable has in their place.
    rows : callable
        Makes them.
    changes : bool
        Whether changes of the store can be told as changes of the view.
    feed : callable, optional
        How, where a change of the store is not one change of the view.
    """

    store: str
    fields: tuple[pa.Field, ...]
    rows: Rows
    changes: bool = True
    feed: Feed | None = None


def of_rows(spec: StoreSpec, empty: tuple[pa.Field, ...] = ()) -> View:
    """Return the view of a store that Spark keeps in the same form; ``empty``: the fields of a value without columns."""
    shown = dict(zip(_columns(spec), spec.names or _columns(spec), strict=True))
    keys = [] if spec.keys.names == [_NO_KEY] else spec.keys.names
    values = spec.values.names

    def rows(table: pa.Table) -> list[pa.Array]:
        made = struct_of(table, values, shown) if values else _struct([], empty, table.num_rows)
        return [struct_of(table, keys, shown), made, _plain(table, PARTITION)]

    key = struct_type(spec.keys, keys, shown)
    value = struct_type(spec.values, values, shown) if values else pa.struct(list(empty))
    return View(spec.name, (pa.field("key", key), pa.field("value", value)), rows)


def of_sessions(spec: StoreSpec) -> View:
    """Return the view of session windows: the start is part of the key, and the value has the key's columns again."""
    shown = dict(zip(_columns(spec), spec.names or _columns(spec), strict=True))
    kept = [name for name in spec.values.names if name not in (_START, _END)]
    start = spec.values.field(_START).type
    window = pa.struct([(_START, start), (_END, start)])
    key = [*struct_type(spec.keys, spec.keys.names, shown), pa.field("sessionStartTime", start)]
    value = [pa.field("session_window", window), *struct_type(spec.keys, spec.keys.names, shown)]
    value += [
        one for f in spec.values if f.name in kept for one in fields_of(shown[f.name], f.type)
    ]

    def rows(table: pa.Table) -> list[pa.Array]:
        keys = [_plain(table, name) for name in spec.keys.names]
        spans = [_plain(table, name) for name in (_START, _END)]
        session = pa.StructArray.from_arrays(spans, fields=list(window))
        buffers = (one for n in kept for one in arrays_of(shown[n], _plain(table, n)))
        values = [session, *keys, *buffers]
        return [
            _struct([*keys, spans[0]], key, table.num_rows),
            _struct(values, value, table.num_rows),
            _plain(table, PARTITION),
        ]

    fields = (pa.field("key", pa.struct(key)), pa.field("value", pa.struct(value)))
    return View(spec.name, fields, rows)


def of_side(spec: StoreSpec) -> View:
    """Return the view of one side of a join: ``joinSide``."""
    key, value, shown = _side(spec)

    def rows(table: pa.Table) -> list[pa.Array]:
        keys = [_plain(table, name) for name in _key_names(spec)]
        made = struct_of(table, spec.values.names, shown)
        return [_struct(keys, key, table.num_rows), made, _plain(table, PARTITION)]

    fields = (pa.field("key", pa.struct(key)), pa.field("value", pa.struct(value)))
    return View(spec.name, fields, rows)


def of_side_rows(spec: StoreSpec) -> View:
    """Return the view of Spark's store of a side's rows, numbered within their key."""
    key, value, _ = _side(spec)
    key = [*key, pa.field("index", pa.int64())]
    value = [*value, pa.field("matched", pa.bool_())]

    def rows(table: pa.Table) -> list[pa.Array]:
        table = table.sort_by(ROW)
        keys = [_plain(table, name) for name in _key_names(spec)]
        places = pa.array(_places(_owners(spec, table)))
        made = [_plain(table, name) for name in (*spec.values.names, MATCHED)]
        return [
            _struct([*keys, places], key, table.num_rows),
            _struct(made, value, table.num_rows),
            _plain(table, PARTITION),
        ]

    fields = (pa.field("key", pa.struct(key)), pa.field("value", pa.struct(value)))
    return View(spec.name, fields, rows, changes=False)


def of_side_counts(spec: StoreSpec) -> View:
    """Return the view of Spark's store of how many rows a key has."""
    key, _, _ = _side(spec)
    value = [pa.field("value", pa.int64())]

    def rows(table: pa.Table) -> list[pa.Array]:
        _, firsts, counts = np.unique(_owners(spec, table), return_index=True, return_counts=True)
        table = table.take(pa.array(firsts))
        keys = [_plain(table, name) for name in _key_names(spec)]
        return [
            _struct(keys, key, table.num_rows),
            _struct([pa.array(counts)], value, table.num_rows),
            _plain(table, PARTITION),
        ]

    fields = (pa.field("key", pa.struct(key)), pa.field("value", pa.struct(value)))
    return View(spec.name, fields, rows, changes=False)


def views_of(operator: str, specs: Sequence[StoreSpec]) -> dict[str, View]:
    """Return the stores of an operator as Spark names and shows them."""
    if operator == JOIN:
        return {f"{spec.name}{suffix}": make(spec) for spec in specs for suffix, make in _SIDES}
    return {spec.name: VIEWS.get(operator, of_rows)(spec) for spec in specs}


def _limit(spec: StoreSpec) -> View:
    key = pa.struct([("key", pa.null())])
    value = pa.struct([("value", pa.int64())])

    def rows(table: pa.Table) -> list[pa.Array]:
        keys = _struct([pa.nulls(table.num_rows)], list(key), table.num_rows)
        values = [_plain(table, spec.values.names[0])]
        return [keys, _struct(values, list(value), table.num_rows), _plain(table, PARTITION)]

    return View(spec.name, (pa.field("key", key), pa.field("value", value)), rows)


JOIN = "symmetricHashJoin"
VIEWS: Mapping[str, Callable[[StoreSpec], View]] = {
    "dedupe": lambda spec: of_rows(spec, (NOTHING,)),
    "sessionWindowStateStoreSaveExec": of_sessions,
    "globalLimit": _limit,
    JOIN: of_side,
}
_SIDES = ((_COUNTS, of_side_counts), (_ROWS, of_side_rows))


def _side(spec: StoreSpec) -> tuple[list[pa.Field], list[pa.Field], dict[str, str]]:
    shown = dict(zip(_columns(spec), spec.names or _columns(spec), strict=True))
    key = [pa.field(f"field{i}", spec.keys.field(n).type) for i, n in enumerate(_key_names(spec))]
    return key, list(struct_type(spec.values, spec.values.names, shown)), shown


def _key_names(spec: StoreSpec) -> list[str]:
    return [] if spec.keys.names == [_NO_KEY] else spec.keys.names


def _owners(spec: StoreSpec, table: pa.Table) -> np.ndarray:
    """Number the keys of rows, so that equal keys share a number."""
    return KeyIndex(spec.keys).insert(table.select(spec.keys.names))[0]


def _places(owners: np.ndarray) -> np.ndarray:
    """Count the rows of each owner from 0."""
    order = np.argsort(owners, kind="stable")
    grouped = owners[order]
    starts = np.flatnonzero(np.diff(grouped, prepend=-1))
    counts = np.arange(len(owners)) - np.repeat(starts, np.diff(starts, append=len(owners)))
    places = np.empty(len(owners), np.int64)
    places[order] = counts
    return places


def _columns(spec: StoreSpec) -> list[str]:
    return [*spec.keys.names, *spec.values.names]


def struct_type(schema: pa.Schema, names: Sequence[str], shown: Mapping[str, str]) -> pa.StructType:
    """Return columns as the fields of a struct, under the names that are shown."""
    return pa.struct([f for name in names for f in fields_of(shown[name], schema.field(name).type)])


def struct_of(table: pa.Table, names: Sequence[str], shown: Mapping[str, str]) -> pa.StructArray:
    """Return columns as one struct column."""
    arrays = [one for name in names for one in arrays_of(shown[name], _plain(table, name))]
    return _struct(arrays, struct_type(table.schema, names, shown), table.num_rows)


def _struct(arrays: Sequence[pa.Array], fields: Sequence[pa.Field], rows: int) -> pa.StructArray:
    if not fields:
        return pa.array([{}] * rows, pa.struct([]))
    if not arrays:
        arrays = [pa.nulls(rows, field.type) for field in fields]
    return pa.StructArray.from_arrays(list(arrays), fields=list(fields))


def _plain(table: pa.Table, name: str) -> pa.Array:
    return table.column(name).combine_chunks()


__all__ = ["JOIN", "View", "of_side", "views_of"]
