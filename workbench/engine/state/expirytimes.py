"""Where the event time of a slot is found: in a key's word, in a value column, or inside a struct."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.state import arrays
from workbench.engine.state.columns import Column

if TYPE_CHECKING:
    from workbench.engine.state.columnar import ColumnarStore

Times = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray | None]]


def expiry_times(store: ColumnarStore) -> Times:
    """Return the function from slots to event times that a store's ``expiry`` asks for."""
    path = (store.spec.expiry or "").split(".")
    if path[0] in store.spec.keys.names:
        return _key_times(store, path)
    column = store.columns.by_name.get(path[0])
    if isinstance(column, Column):
        return lambda slots: (
            column.values[slots].astype(np.int64, copy=False),
            None if column.known is None else column.known[slots],
        )
    return lambda slots: _nested_times(column.at(slots), path[1:])


def _key_times(store: ColumnarStore, path: list[str]) -> Times:
    place = _leaf(store.spec.keys, path)
    codec = store.index.codec
    if codec.whole or place is None:
        name = store.spec.keys.get_field_index(path[0])
        return lambda slots: _nested_times(store.index.keys_at(slots)[name], path[1:])
    bit, leaf = place
    word = codec.word_of(leaf)
    dtype = arrays.fixed_dtype(codec.leaves[leaf])

    def times(slots: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
        found = store.index.words[slots, word]
        signed = found.astype(f"u{dtype.itemsize}", copy=False).view(dtype)
        nulls = store.index.nulls
        valid = (nulls[slots] >> np.uint64(bit)) & np.uint64(1) == 0 if nulls.size else None
        return signed.astype(np.int64, copy=False), valid

    return times


def _leaf(schema: pa.Schema, path: list[str]) -> tuple[int, int] | None:
    """Return the null bit and the leaf number of a path, counted as the codec lays them out."""
    bit = leaf = 0
    pending = [((field.name,), field.type) for field in reversed(list(schema))]
    while pending:
        name, kind = pending.pop()
        if list(name) == path:
            return None if pa.types.is_struct(kind) else (bit, leaf)
        bit += 1
        if pa.types.is_struct(kind):
            pending.extend(((*name, field.name), field.type) for field in reversed(list(kind)))
        else:
            leaf += 1
    return None


def _nested_times(array: pa.Array, path: list[str]) -> tuple[np.ndarray, np.ndarray | None]:
    for name in path:
        array = pc.struct_field(array, name)
    return arrays.filled(array).astype(np.int64), arrays.validity(array)
