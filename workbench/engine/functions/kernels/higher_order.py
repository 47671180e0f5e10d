"""Kernels of higher-order functions: elements laid flat, the lambda's body over all at once, lists put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ExecutionError
from workbench.engine.functions.kernels.cast_nested import build_map, map_parts, mask_of, offsets_of
from workbench.engine.functions.kernels.collections import zipped
from workbench.engine.functions.kernels.orders import common_codes
from workbench.engine.functions.kernels.rebuild import kept, lists_of, missing, places_in
from workbench.engine.functions.kernels.segments import owners_of, starts_of
from workbench.engine.functions.kernels.structures import checked_map

if TYPE_CHECKING:
    from workbench.engine.functions.bodies import Body, Outer

Bodies = "tuple[Body, ...]"


def _over_elements(lists: pa.Array, body: Body, outer: Outer) -> pa.Array:
    starts = starts_of(lists)
    places = pa.array(places_in(starts).astype(np.int32))
    return body.over((lists.flatten(), places), outer.take(owners_of(starts)))


def transform(lists: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return arrays of the body's value per element."""
    values = _over_elements(lists, bodies[0], outer)
    values = values if values.type == to.value_type else values.cast(to.value_type)
    return pa.ListArray.from_arrays(offsets_of(lists), values, to, mask=mask_of(lists))


def filtered(lists: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return arrays of the elements the body is true for."""
    return kept(lists, _true(_over_elements(lists, bodies[0], outer)), to)


def _true(values: pa.Array) -> np.ndarray:
    return np.asarray(values.fill_null(False))


def exists(lists: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return whether the body is true for an element; NULL where it is not, but is NULL for one."""
    return _any(lists, _over_elements(lists, bodies[0], outer))


def forall(lists: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return whether the body is true for every element; NULL where it is false for none, but is NULL for one."""
    return pc.invert(_any(lists, pc.invert(_over_elements(lists, bodies[0], outer))))


def _any(lists: pa.Array, answers: pa.Array) -> pa.Array:
    owners, rows = owners_of(starts_of(lists)), len(lists)
    found = np.bincount(owners[_true(answers)], minlength=rows) > 0
    unsure = np.bincount(owners[np.asarray(pc.is_null(answers))], minlength=rows) > 0
    return pa.array(found, mask=missing(lists) | (unsure & ~found))


def aggregate(
    lists: pa.Array, zero: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType
) -> pa.Array:
    """Return arrays folded from the left: one step per place, for all the arrays that reach so far."""
    merge, starts, state = bodies[0], starts_of(lists), zero
    lengths, flat = np.diff(starts), lists.flatten()
    for place in range(int(lengths.max(initial=0))):
        rows = np.nonzero(lengths > place)[0]
        elements = flat.take(pa.array(starts[rows] + place))
        made = merge.over((state.take(pa.array(rows)), elements), outer.take(rows))
        state = made if len(rows) == len(state) else _replaced(state, rows, made)
    if len(bodies) > 1:
        state = bodies[1].over((state,), outer.columns)
    return (
        pc.if_else(pa.array(missing(lists)), pa.scalar(None, state.type), state)
        if lists.null_count
        else state
    )


def _replaced(values: pa.Array, rows: np.ndarray, others: pa.Array) -> pa.Array:
    order = np.arange(len(values))
    order[rows] = len(values) + np.arange(len(rows))
    return pa.concat_arrays([values, others.cast(values.type)]).take(pa.array(order))


def zip_with(
    left: pa.Array, right: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType
) -> pa.Array:
    """Return arrays of the body's value over elements side by side, the shorter array filled up with NULL."""
    pair = pa.struct([("left", left.type.value_type), ("right", right.type.value_type)])
    both = zipped(left, right, to=pa.list_(pair))
    starts, pairs = starts_of(both), both.flatten()
    sides = (pc.struct_field(pairs, 0), pc.struct_field(pairs, 1))
    values = bodies[0].over(sides, outer.take(owners_of(starts)))
    return lists_of(np.diff(starts), values, to, missing(both))


def _over_entries(
    maps: pa.Array, body: Body, outer: Outer
) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    offsets, keys, values = map_parts(maps)
    starts = offsets.to_numpy(zero_copy_only=False).astype(np.int64)
    return offsets, keys, values, body.over((keys, values), outer.take(owners_of(starts)))


def map_filter(maps: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return maps of the entries the body is true for."""
    offsets, keys, values, answers = _over_entries(maps, bodies[0], outer)
    keep = _true(answers)
    before = np.concatenate([[0], np.cumsum(keep)])
    starts = before[offsets.to_numpy(zero_copy_only=False)].astype(np.int32)
    mask = pa.array(keep)
    return build_map(pa.array(starts), keys.filter(mask), values.filter(mask), to, mask_of(maps))


def transform_values(maps: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return maps with the body's value in place of each value."""
    offsets, keys, _values, made = _over_entries(maps, bodies[0], outer)
    return build_map(offsets, keys.cast(to.key_type), made.cast(to.item_type), to, mask_of(maps))


def transform_keys(
    maps: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType, last_wins: bool
) -> pa.Array:
    """Return maps with the body's value in place of each key."""
    offsets, _keys, values, made = _over_entries(maps, bodies[0], outer)
    keys = made.cast(to.key_type)
    return checked_map(
        offsets, keys, values.cast(to.item_type), to, mask_of(maps), last_wins=last_wins
    )


def map_zip_with(
    left: pa.Array, right: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType
) -> pa.Array:
    """Return maps over the keys of both, the body's value over both values (NULL where a map has no such key)."""
    nulls = missing(left, right)
    sides = [_entries(one, nulls) for one in (left, right)]
    (owner, key, value), (owner2, key2, value2) = sides
    one, other = common_codes(key, key2)
    width = max(one.max(initial=0), other.max(initial=0)) + 1
    pairs = np.concatenate([owner * width + one, owner2 * width + other])
    _unique, first, inverse = np.unique(pairs, return_index=True, return_inverse=True)
    slots = [np.full(len(first), -1), np.full(len(first), -1)]
    slots[0][inverse[: len(owner)]] = np.arange(len(owner))
    slots[1][inverse[len(owner) :]] = np.arange(len(owner2))
    owners = np.concatenate([owner, owner2])[first]
    order = np.lexsort((first, owners))
    keys = pa.concat_arrays([key, key2.cast(key.type)]).take(pa.array(first[order]))
    found = [_taken(v, s[order]) for v, s in zip((value, value2), slots, strict=True)]
    made = bodies[0].over((keys, *found), outer.take(owners[order]))
    lengths = np.bincount(owners, minlength=len(left))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    mask = pa.array(nulls) if nulls.any() else None
    return build_map(offsets, keys.cast(to.key_type), made.cast(to.item_type), to, mask)


def _taken(values: pa.Array, places: np.ndarray) -> pa.Array:
    return values.take(pa.array(np.maximum(places, 0), mask=places < 0))


def _entries(maps: pa.Array, nulls: np.ndarray) -> tuple[np.ndarray, pa.Array, pa.Array]:
    """Return the owners, keys and values of maps; those of rows in ``nulls`` are left out."""
    offsets, keys, values = map_parts(maps)
    owners = owners_of(offsets.to_numpy(zero_copy_only=False).astype(np.int64))
    if not nulls.any():
        return owners, keys, values
    keep = ~nulls[owners]
    return owners[keep], keys.filter(pa.array(keep)), values.filter(pa.array(keep))


def sorted_by(lists: pa.Array, *, bodies: Bodies, outer: Outer, to: pa.DataType) -> pa.Array:
    """Return arrays sorted by a comparator: runs are merged two by two, every run of every array at once.

    Raises
    ------
    ExecutionError
        ``COMPARATOR_RETURNS_NULL``.
    """
    starts, flat = starts_of(lists), lists.flatten()
    owners, order = owners_of(starts), np.arange(starts[-1])
    width, longest = 1, int(np.diff(starts).max(initial=0))

    def comes_first(left: np.ndarray, right: np.ndarray) -> np.ndarray:
        return _before(flat, owners, left, right, bodies[0], outer)

    while width < longest:
        order = _merged(order, starts, owners, width, comes_first)
        width *= 2
    return lists_of(np.diff(starts), flat.take(pa.array(order)), to, missing(lists))


def _before(
    flat: pa.Array,
    owners: np.ndarray,
    left: np.ndarray,
    right: np.ndarray,
    body: Body,
    outer: Outer,
) -> np.ndarray:
    """Return where the left element is strictly smaller than the right one."""
    sides = (flat.take(pa.array(left)), flat.take(pa.array(right)))
    answers = body.over(sides, outer.take(owners[left]))
    if answers.null_count:
        place = pc.index(pc.is_null(answers), True).as_py()
        first, second = (side[place].as_py() for side in sides)
        raise ExecutionError("COMPARATOR_RETURNS_NULL", firstValue=first, secondValue=second)
    return answers.to_numpy(zero_copy_only=False) < 0


def _merged(
    order: np.ndarray, starts: np.ndarray, owners: np.ndarray, width: int, comes_first: object
) -> np.ndarray:
    """Merge each run of ``width`` sorted elements with its neighbour.

    An element's new place is its place in its own run plus the number of the neighbour's elements before it, which a
    binary search finds; equal elements keep their order.
    """
    begin, end = starts[:-1][owners], starts[1:][owners]
    inside = np.arange(len(order)) - begin
    pair = begin + inside // (2 * width) * 2 * width
    is_left = inside // width % 2 == 0
    low = np.where(is_left, np.minimum(pair + width, end), pair)
    high = np.where(is_left, np.minimum(pair + 2 * width, end), np.minimum(pair + width, end))
    base = low.copy()
    while (active := np.nonzero(low < high)[0]).size:
        middle = (low[active] + high[active]) // 2
        own, other = order[active], order[middle]
        left = is_left[active]
        smaller = comes_first(np.where(left, other, own), np.where(left, own, other))
        counts = np.where(left, smaller, ~smaller)
        low[active] = np.where(counts, middle + 1, low[active])
        high[active] = np.where(counts, high[active], middle)
    run = pair + np.where(is_left, 0, width)
    place = pair + (np.arange(len(order)) - run) + (low - base)
    made = np.empty_like(order)
    made[place] = order
    return made
