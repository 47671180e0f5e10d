"""Percentiles and modes of lists."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.hash_maps import map_places
from workbench.engine.functions.kernels.orders import codes
from workbench.engine.functions.kernels.segments import owners_of, starts_of, value_codes


def _order(owners: np.ndarray, values: pa.Array) -> np.ndarray:
    """Return the places of values sorted within their lists."""
    table = pa.table({"owner": owners, "value": values})
    return pc.sort_indices(
        table, sort_keys=[("owner", "ascending"), ("value", "ascending")]
    ).to_numpy()


def _floats(values: pa.Array) -> np.ndarray:
    if pa.types.is_duration(values.type):
        values = values.cast(pa.int64())
    return values.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)


def _as_lists(columns: list[np.ndarray], missing: np.ndarray, to: pa.DataType) -> pa.Array:
    """Return one value per group, or one list of values when ``to`` is a list."""
    if not pa.types.is_list(to):
        return _typed(pa.array(columns[0], mask=missing), to)
    flat = np.stack(columns, axis=1)[~missing].reshape(-1)
    lengths = np.where(missing, 0, len(columns))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    values = _typed(pa.array(flat), to.value_type)
    return pa.ListArray.from_arrays(offsets, values, to, mask=pa.array(missing))


def _typed(values: pa.Array, to: pa.DataType) -> pa.Array:
    if pa.types.is_duration(to):
        return values.cast(pa.int64(), safe=False).cast(to)
    return values.cast(to, safe=False)


def percentile(lists: pa.Array, *, fractions: Any, to: pa.DataType) -> pa.Array:
    """Return exact percentiles with linear interpolation between neighbours."""
    starts = starts_of(lists)
    values = lists.flatten()
    ordered = _floats(values)[_order(owners_of(starts), values)] if len(values) else np.zeros(1)
    counts = np.diff(starts)
    wanted = fractions if isinstance(fractions, (list, tuple)) else [fractions]
    columns = [_interpolated(ordered, starts[:-1], counts, float(one)) for one in wanted]
    return _as_lists(columns, counts == 0, to)


def _interpolated(
    ordered: np.ndarray, starts: np.ndarray, counts: np.ndarray, fraction: float
) -> np.ndarray:
    place = np.maximum(counts - 1, 0) * fraction
    low, high = np.floor(place), np.ceil(place)
    last = len(ordered) - 1
    below = ordered[np.minimum(starts + low.astype(np.int64), last)]
    above = ordered[np.minimum(starts + high.astype(np.int64), last)]
    return np.where(below == above, below, (high - place) * below + (place - low) * above)


def percentile_discrete(lists: pa.Array, *, fractions: Any, to: pa.DataType) -> pa.Array:
    """Return the smallest values whose rank reaches the fractions."""
    starts = starts_of(lists)
    values = lists.flatten()
    order = _order(owners_of(starts), values)
    counts = np.diff(starts)
    wanted = fractions if isinstance(fractions, (list, tuple)) else [fractions]
    missing = counts == 0
    picks = []
    for one in wanted:
        rank = np.maximum(np.ceil(float(one) * counts).astype(np.int64) - 1, 0)
        picks.append(starts[:-1] + np.minimum(rank, np.maximum(counts - 1, 0)))
    element = to.value_type if pa.types.is_list(to) else to
    flat = np.stack(picks, axis=1)[~missing].reshape(-1)
    chosen = values.take(pa.array(order[flat] if len(order) else flat[:0])).cast(element)
    lengths = np.where(missing, 0, len(picks))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    if pa.types.is_list(to):
        return pa.ListArray.from_arrays(offsets, chosen, to, mask=pa.array(missing))
    places = pa.array(np.cumsum(~missing) - 1, mask=missing)
    return chosen.take(places)


def weighted_percentile(lists: pa.Array, *, fractions: Any, to: pa.DataType) -> pa.Array:
    """Return exact percentiles of values that stand for several each."""
    pairs = lists.flatten()
    times = pc.fill_null(pc.struct_field(pairs, 1), 0).to_numpy(zero_copy_only=False)
    times = np.maximum(times, 0)
    values = pc.struct_field(pairs, 0).take(pa.array(np.repeat(np.arange(len(pairs)), times)))
    total = np.concatenate([[0], np.cumsum(times)])
    starts = total[starts_of(lists)].astype(np.int32)
    spread = pa.ListArray.from_arrays(pa.array(starts), values)
    return percentile(spread, fractions=fractions, to=to)


def mode(lists: pa.Array, *, is_chosen: bool, is_greatest: bool, to: pa.DataType) -> pa.Array:
    """Return the most frequent value of each list; of several the least or the greatest when ``is_chosen``, else Spark's choice."""
    starts = starts_of(lists)
    values, owners = lists.flatten(), owners_of(starts)
    same = value_codes(values)
    keys = owners * (same.max(initial=0) + 1) + same
    _unique, first, times = np.unique(keys, return_index=True, return_counts=True)
    rank = codes(values)[first] if is_chosen else map_places(values.take(first), owners[first])
    rank = -rank if is_greatest else rank
    order = np.lexsort((first, rank, -times, owners[first]))
    _groups, leaders = np.unique(owners[first][order], return_index=True)
    chosen = first[order][leaders]
    empty = np.diff(starts) == 0
    places = np.zeros(len(lists), dtype=np.int64)
    places[~empty] = chosen
    made = values.take(pa.array(places, mask=empty))
    return made if made.type == to else made.cast(to)


def at_extreme(values: pa.Array, keys: pa.Array, *, ascending: bool) -> pa.Array:
    """Return, per pair of lists, the value beside the least (or greatest) key."""
    starts = starts_of(keys)
    owners = owners_of(starts)
    flat = keys.flatten()
    ranked = pa.array(codes(flat)) if pa.types.is_nested(flat.type) else flat
    table = pa.table({"owner": owners, "key": ranked})
    direction = "ascending" if ascending else "descending"
    order = pc.sort_indices(
        table, sort_keys=[("owner", "ascending"), ("key", direction)]
    ).to_numpy()
    empty = np.diff(starts) == 0
    firsts = np.where(empty, 0, starts[:-1])
    places = order[firsts] if len(order) else firsts
    return values.flatten().take(pa.array(places, mask=empty))
