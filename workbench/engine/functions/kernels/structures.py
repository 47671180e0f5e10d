"""Kernels that make arrays, maps and structs and take them apart."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArrayIndexFault, ExecutionError
from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.kernels.cast_nested import build_map, map_parts, mask_of, offsets_of
from workbench.engine.functions.kernels.segments import owners_of, starts_of, value_codes


def interleave(columns: tuple[pa.Array, ...], kind: pa.DataType) -> pa.Array:
    """Return the columns' values row by row: all of the first row, all of the second and so on."""
    exact = [column if column.type == kind else column.cast(kind) for column in columns]
    width, rows = len(exact), len(exact[0])
    order = (np.arange(width)[None, :] * rows + np.arange(rows)[:, None]).reshape(-1)
    return pa.concat_arrays(exact).take(pa.array(order))


def make_array(*columns: pa.Array, to: pa.DataType) -> pa.Array:
    """Return one array per row of the columns' values."""
    offsets = np.arange(len(columns[0]) + 1, dtype=np.int32) * len(columns)
    return pa.ListArray.from_arrays(pa.array(offsets), interleave(columns, to.value_type), to)


def make_struct(*columns: pa.Array, to: pa.DataType) -> pa.Array:
    """Return one struct per row; names between the values are passed over, the type has them."""
    if len(columns) == 2 * to.num_fields:
        columns = columns[1::2]
    fields = [to.field(i) for i in range(to.num_fields)]
    exact = [
        column if column.type == field.type else column.cast(field.type)
        for column, field in zip(columns, fields, strict=True)
    ]
    return pa.StructArray.from_arrays(exact, fields=fields)


def make_map(*columns: pa.Array, to: pa.DataType, last_wins: bool) -> pa.Array:
    """Return one map per row of alternating keys and values."""
    keys = interleave(columns[::2], to.key_type)
    values = interleave(columns[1::2], to.item_type)
    offsets = pa.array(np.arange(len(columns[0]) + 1, dtype=np.int32) * (len(columns) // 2))
    if not keys.null_count and not _any_equal(columns[::2]):
        return build_map(offsets, keys, values, to, None)
    return checked_map(offsets, keys, values, to, None, last_wins=last_wins)


def _any_equal(columns: tuple[pa.Array, ...]) -> bool:
    """Return whether two columns have an equal value in some row."""
    pairs = itertools.combinations(columns, 2)
    return any(pc.any(pc.fill_null(equal(*pair), True)).as_py() for pair in pairs)


def checked_map(
    offsets: pa.Array,
    keys: pa.Array,
    values: pa.Array,
    kind: pa.DataType,
    mask: pa.Array | None,
    *,
    last_wins: bool,
) -> pa.Array:
    """Return maps whose keys are neither NULL nor doubled.

    Raises
    ------
    ExecutionError
        ``NULL_MAP_KEY``, or ``DUPLICATED_MAP_KEY`` unless ``last_wins`` keeps the last.
    """
    if keys.null_count:
        raise ExecutionError("NULL_MAP_KEY")
    starts = offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    owners = owners_of(starts)
    codes = value_codes(keys)
    pairs = owners * (codes.max(initial=0) + 1) + codes
    if len(np.unique(pairs)) == len(pairs):
        return build_map(offsets, keys, values, kind, mask)
    if not last_wins:
        _unique, counts = np.unique(pairs, return_counts=True)
        doubled = _unique[counts > 1][0]
        raise ExecutionError(
            "DUPLICATED_MAP_KEY",
            key=keys[int(np.nonzero(pairs == doubled)[0][0])].as_py(),
            mapKeyDedupPolicy='"spark.sql.mapKeyDedupPolicy"',
        )
    return _last_of_each(pairs, owners, len(offsets) - 1, keys, values, kind, mask)


def _last_of_each(
    pairs: np.ndarray,
    owners: np.ndarray,
    rows: int,
    keys: pa.Array,
    values: pa.Array,
    kind: pa.DataType,
    mask: pa.Array | None,
) -> pa.Array:
    _kept, first = np.unique(pairs, return_index=True)
    _kept, from_end = np.unique(pairs[::-1], return_index=True)
    last = len(pairs) - 1 - from_end
    order = np.argsort(first, kind="stable")
    lengths = np.bincount(owners[first], minlength=rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return build_map(
        offsets, keys.take(pa.array(first[order])), values.take(pa.array(last[order])), kind, mask
    )


def item(lists: pa.Array, index: pa.Array, *, checked: bool) -> pa.Array:
    """Return elements by position from 0; outside gives NULL, or an error when ``checked``."""
    starts, places = starts_of(lists), numbers(index).astype(np.int64)
    lengths = np.diff(starts)
    known = np.asarray(pc.and_(pc.is_valid(lists), pc.is_valid(index)))
    inside = known & (places >= 0) & (places < lengths)
    if checked and (known & ~inside).any():
        bad = int(np.nonzero(known & ~inside)[0][0])
        raise ArrayIndexFault("INVALID_ARRAY_INDEX", indexValue=places[bad], arraySize=lengths[bad])
    flat = np.where(inside, starts[:-1] + places, 0)
    return lists.flatten().take(pa.array(flat, mask=~inside))


def element_at(lists: pa.Array, index: pa.Array, *, checked: bool) -> pa.Array:
    """Return elements by position from 1, from the end when negative; 0 is an error."""
    starts, places = starts_of(lists), numbers(index).astype(np.int64)
    lengths = np.diff(starts)
    known = np.asarray(pc.and_(pc.is_valid(lists), pc.is_valid(index)))
    if (known & (places == 0)).any():
        raise ExecutionError("INVALID_INDEX_OF_ZERO")
    inside = known & (np.abs(places) <= lengths)
    if checked and (known & ~inside).any():
        bad = int(np.nonzero(known & ~inside)[0][0])
        raise ArrayIndexFault(
            "INVALID_ARRAY_INDEX_IN_ELEMENT_AT", indexValue=places[bad], arraySize=lengths[bad]
        )
    zero_based = np.where(places > 0, places - 1, lengths + places)
    flat = np.where(inside, starts[:-1] + zero_based, 0)
    return lists.flatten().take(pa.array(flat, mask=~inside))


def map_value(maps: pa.Array, key: pa.Array) -> pa.Array:
    """Return the values under keys, NULL where there is no such key."""
    found = map_places(maps, key)
    _offsets, _keys, values = map_parts(maps)
    return values.take(pa.array(np.maximum(found, 0), mask=found < 0))


def has_key(maps: pa.Array, key: pa.Array) -> pa.Array:
    """Return whether maps have keys; NULL where the map or the key is."""
    known = np.asarray(pc.and_(pc.is_valid(maps), pc.is_valid(key)))
    return pa.array(map_places(maps, key) >= 0, mask=~known)


def map_places(maps: pa.Array, key: pa.Array) -> np.ndarray:
    """Return the place of each key among all the maps' entries, -1 where it is missing."""
    offsets, keys, _values = map_parts(maps)
    starts = offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    owners = owners_of(starts)
    wanted = key.cast(keys.type).take(pa.array(owners))
    same = np.asarray(pc.fill_null(equal(keys, wanted), False))
    places = np.full(len(maps), -1, dtype=np.int64)
    hits = np.nonzero(same)[0]
    places[owners[hits]] = hits
    return places


def equal(left: pa.Array, right: pa.Array) -> Any:
    """Return where values are equal, NaN equal to NaN, nested values compared whole."""
    if pa.types.is_nested(left.type):
        pairs = zip(left.to_pylist(), right.to_pylist(), strict=True)
        return pa.array(
            [None if None in pair else pair[0] == pair[1] for pair in pairs], pa.bool_()
        )
    same = pc.equal(left, right)
    if pa.types.is_floating(left.type):
        return pc.or_(same, pc.and_(pc.is_nan(left), pc.is_nan(right)))
    return same


def array_field(lists: pa.Array, name: pa.Scalar, to: pa.DataType) -> pa.Array:
    """Return, per array of structs, the array of one field."""
    structs = lists.flatten()
    values = pc.struct_field(structs, name.as_py()).cast(to.value_type)
    return pa.ListArray.from_arrays(offsets_of(lists), values, to, mask=mask_of(lists))


def exploded(lists: pa.Array, *, to: pa.DataType, position: bool, outer: bool) -> pa.Array:
    """Return arrays as arrays of one-column (with ``position`` two-column) structs, a row each."""
    return _rows(offsets_of(lists), (lists.flatten(),), to, position=position, outer=outer)


def exploded_map(maps: pa.Array, *, to: pa.DataType, position: bool, outer: bool) -> pa.Array:
    """Return maps as arrays of key and value structs, a row each."""
    offsets, keys, values = map_parts(maps)
    return _rows(offsets, (keys, values), to, position=position, outer=outer)


def inlined(lists: pa.Array, *, to: pa.DataType, outer: bool) -> pa.Array:
    """Return arrays of structs as rows."""
    structs = lists.flatten()
    columns = tuple(pc.struct_field(structs, i) for i in range(structs.type.num_fields))
    return _rows(offsets_of(lists), columns, to, position=False, outer=outer)


def _rows(
    offsets: pa.Array,
    columns: tuple[pa.Array, ...],
    to: pa.DataType,
    *,
    position: bool,
    outer: bool,
) -> pa.Array:
    starts = offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    lengths = np.diff(starts)
    places = pa.array((np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)).astype(np.int32))
    if position:
        columns = (places, *columns)
    if outer and (lengths == 0).any():
        take, starts = _with_empty(starts, lengths)
        columns = tuple(column.take(take) for column in columns)
    element = to.value_type
    structs = make_struct(*columns, to=element)
    return pa.ListArray.from_arrays(pa.array(starts.astype(np.int32)), structs, to)


def _with_empty(starts: np.ndarray, lengths: np.ndarray) -> tuple[pa.Array, np.ndarray]:
    """Return which flat values to take so that an empty list has one NULL row, and the new starts."""
    padded = np.maximum(lengths, 1)
    ends = np.concatenate([[0], np.cumsum(padded)])
    owners = np.repeat(np.arange(len(lengths)), padded)
    inside = np.arange(ends[-1]) - ends[owners]
    missing = lengths[owners] == 0
    return pa.array(np.where(missing, 0, starts[owners] + inside), mask=missing), ends


def stacked(count: pa.Scalar, *columns: pa.Array, to: pa.DataType) -> pa.Array:
    """Return ``count`` rows per row, filled from the columns one row after the other."""
    rows = count.as_py()
    width = to.value_type.num_fields
    length = len(columns[0])
    parts = []
    for place in range(width):
        kind = to.value_type.field(place).type
        chosen = [
            columns[i] if i < len(columns) else pa.nulls(length, kind)
            for i in range(place, rows * width, width)
        ]
        parts.append(interleave(tuple(chosen), kind))
    offsets = pa.array(np.arange(length + 1, dtype=np.int32) * rows)
    return pa.ListArray.from_arrays(offsets, make_struct(*parts, to=to.value_type), to)
