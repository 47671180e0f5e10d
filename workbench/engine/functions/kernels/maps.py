"""Kernels over maps."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ExecutionError
from workbench.engine.functions.kernels.arithmetic import same_length
from workbench.engine.functions.kernels.cast_nested import map_parts, offsets_of
from workbench.engine.functions.kernels.lists import concatenated
from workbench.engine.functions.kernels.rebuild import lists_of, missing
from workbench.engine.functions.kernels.segments import owners_of, starts_of
from workbench.engine.functions.kernels.structures import checked_map


def _lengths(offsets: pa.Array) -> np.ndarray:
    return np.diff(offsets.to_numpy(zero_copy_only=False).astype(np.int64))


def keys_of(maps: pa.Array, to: pa.DataType) -> pa.Array:
    """Return maps' keys as arrays."""
    offsets, keys, _values = map_parts(maps)
    return lists_of(_lengths(offsets), keys, to, missing(maps))


def values_of(maps: pa.Array, to: pa.DataType) -> pa.Array:
    """Return maps' values as arrays."""
    offsets, _keys, values = map_parts(maps)
    return lists_of(_lengths(offsets), values, to, missing(maps))


def entries_of(maps: pa.Array, to: pa.DataType) -> pa.Array:
    """Return maps as arrays of structs of key and value."""
    offsets, keys, values = map_parts(maps)
    fields = [to.value_type.field(0), to.value_type.field(1)]
    return lists_of(
        _lengths(offsets),
        pa.StructArray.from_arrays([keys, values], fields=fields),
        to,
        missing(maps),
    )


def from_arrays(keys: pa.Array, values: pa.Array, to: pa.DataType, *, last_wins: bool) -> pa.Array:
    """Return maps of keys and values side by side.

    Raises
    ------
    ExecutionError
        ``_LEGACY_ERROR_TEMP_2128`` for arrays of different lengths, ``NULL_MAP_KEY``, ``DUPLICATED_MAP_KEY``.
    """
    nulls = missing(keys, values)
    keys, values = (_without(one, nulls) for one in (keys, values))
    if (np.diff(starts_of(keys)) != np.diff(starts_of(values))).any():
        raise ExecutionError("_LEGACY_ERROR_TEMP_2128")
    return _map(offsets_of(keys), keys.flatten(), values.flatten(), to, nulls, last_wins=last_wins)


def _without(lists: pa.Array, nulls: np.ndarray) -> pa.Array:
    """Return the lists with NULL in the rows marked."""
    return pc.if_else(pa.array(nulls), pa.scalar(None, lists.type), lists) if nulls.any() else lists


def _map(
    offsets: pa.Array,
    keys: pa.Array,
    values: pa.Array,
    kind: pa.DataType,
    nulls: np.ndarray,
    *,
    last_wins: bool,
) -> pa.Array:
    mask = pa.array(nulls) if nulls.any() else None
    return checked_map(
        offsets,
        keys.cast(kind.key_type),
        values.cast(kind.item_type),
        kind,
        mask,
        last_wins=last_wins,
    )


def from_entries(lists: pa.Array, to: pa.DataType, *, last_wins: bool) -> pa.Array:
    """Return maps of arrays of structs of key and value; NULL where an entry is NULL."""
    nulls = missing(lists)
    nulls[owners_of(starts_of(lists))[missing(lists.flatten())]] = True
    lists = _without(lists, nulls)
    entries = lists.flatten()
    parts = [pc.struct_field(entries, place) for place in (0, 1)]
    return _map(offsets_of(lists), *parts, to, nulls, last_wins=last_wins)


def joined(*maps: pa.Array, to: pa.DataType, last_wins: bool) -> pa.Array:
    """Return maps with the entries of all."""
    nulls = missing(*maps)
    parts = [map_parts(one) for one in maps]
    columns = []
    for place, kind in ((1, to.key_type), (2, to.item_type)):
        listed = pa.list_(kind)
        lists = [
            lists_of(_lengths(part[0]), part[place], listed, missing(one))
            for one, part in zip(maps, parts, strict=True)
        ]
        columns.append(concatenated(*lists, to=listed))
    keys, values = columns
    return _map(offsets_of(keys), keys.flatten(), values.flatten(), to, nulls, last_wins=last_wins)


def from_text(
    texts: pa.Array, between: object, inside: object, to: pa.DataType, *, last_wins: bool
) -> pa.Array:
    """Return maps of texts like ``a:1,b:2``; the delimiters are regular expressions only where they hold special signs."""
    columns = same_length(texts, between, inside)
    nulls = missing(*columns)
    if all(isinstance(one, pa.Scalar) for one in (between, inside)):
        entries = (
            pc.split_pattern(texts, between.as_py())
            if _is_plain(between.as_py())
            else pc.split_pattern_regex(texts, between.as_py())
        )
    else:
        entries = _split(columns[0], columns[1])
    entries = _without(entries, nulls)
    flat = entries.flatten()
    owners = pa.array(owners_of(starts_of(entries)))
    keys, values = _cut(flat, inside if isinstance(inside, pa.Scalar) else columns[2].take(owners))
    return _map(offsets_of(entries), keys, values, to, nulls, last_wins=last_wins)


def _is_plain(pattern: str) -> bool:
    return not any(sign in pattern for sign in r"\^$.|?*+()[]{}")


def _split(texts: pa.Array, delimiters: pa.Array) -> pa.Array:
    rows = zip(texts.to_pylist(), delimiters.to_pylist(), strict=True)
    return pa.array(
        [None if None in row else row[0].split(row[1]) for row in rows], pa.list_(pa.string())
    )


def _cut(texts: pa.Array, delimiter: object) -> tuple[pa.Array, pa.Array]:
    """Return what stands before and after the first delimiter; nothing after is NULL."""
    if isinstance(delimiter, pa.Scalar) and _is_plain(delimiter.as_py()):
        parts = pc.split_pattern(texts, delimiter.as_py(), max_splits=1)
    elif isinstance(delimiter, pa.Scalar):
        parts = pc.split_pattern_regex(texts, delimiter.as_py(), max_splits=1)
    else:
        rows = zip(texts.to_pylist(), delimiter.to_pylist(), strict=True)
        parts = pa.array([text.split(by, 1) for text, by in rows], pa.list_(pa.string()))
    starts, flat = starts_of(parts), parts.flatten()
    alone = np.diff(starts) < 2
    return flat.take(pa.array(starts[:-1])), flat.take(
        pa.array(np.where(alone, 0, starts[:-1] + 1), mask=alone)
    )
