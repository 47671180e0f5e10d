"""Kernels over lists that are one value per list: each list is a segment of one flat array."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.cast_nested import mask_of, offsets_of


def starts_of(lists: pa.Array) -> np.ndarray:
    """Return where each list starts in ``lists.flatten()``, and the end."""
    return offsets_of(lists).to_numpy(zero_copy_only=False).astype(np.int64)


def owners_of(starts: np.ndarray) -> np.ndarray:
    """Return, per flat value, the number of its list."""
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def flatten(lists: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return lists of lists with their inner lists put one after the other; NULL lists vanish."""
    inner = lists.flatten()
    outer_starts, inner_starts = starts_of(lists), starts_of(inner)
    offsets = pa.array(inner_starts[outer_starts].astype(np.int32))
    values = inner.flatten()
    values = values if values.type == kind.value_type else values.cast(kind.value_type)
    return pa.ListArray.from_arrays(offsets, values, kind, mask=mask_of(lists))


def distinct(lists: pa.Array) -> pa.Array:
    """Return lists with the first of each value only."""
    starts, values = starts_of(lists), lists.flatten()
    owners, codes = owners_of(starts), value_codes(values)
    _unique, first = np.unique(owners * (codes.max(initial=0) + 1) + codes, return_index=True)
    kept = np.sort(first)
    lengths = np.bincount(owners[kept], minlength=len(lists))
    offsets = pa.array(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
    return pa.ListArray.from_arrays(
        offsets, values.take(pa.array(kept)), lists.type, mask=mask_of(lists)
    )


def value_codes(values: pa.Array) -> np.ndarray:
    """Return a number per value, equal for equal values (NULL counts as a value)."""
    if pa.types.is_nested(values.type):
        known: dict[str, int] = {}
        texts = [repr(value) for value in values.to_pylist()]
        return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)
    if pa.types.is_floating(values.type):
        values = pc.add(values, pa.scalar(0.0, values.type))
    encoded = pc.dictionary_encode(values, null_encoding="encode")
    return encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def fill_empty(lists: pa.Array, kind: pa.DataType) -> pa.Array:
    """Return the lists with NULL ones empty."""
    if not lists.null_count and lists.type == kind:
        return lists
    return pa.ListArray.from_arrays(offsets_of(lists), lists.flatten(), kind)


def folded(lists: pa.Array, fold: np.ufunc) -> pa.Array:
    """Return each list's values combined by one operation, NULL for an empty list."""
    starts, values = starts_of(lists), lists.flatten().to_numpy(zero_copy_only=False)
    filled = np.diff(starts) > 0
    made = np.zeros(len(lists), dtype=values.dtype)
    if filled.any():
        made[filled] = fold.reduceat(values, starts[:-1][filled])
    return pa.array(made, lists.type.value_type, mask=~filled)


def edge(lists: pa.Array, which: str) -> pa.Array:
    """Return the first or last value of each list, NULL for an empty one."""
    starts = starts_of(lists)
    places = starts[:-1] if which == "first" else starts[1:] - 1
    empty = np.diff(starts) == 0
    return lists.flatten().take(pa.array(np.where(empty, 0, places), mask=empty))


def join_text(lists: pa.Array, delimiter: str, kind: pa.DataType) -> pa.Array:
    """Return each list's texts joined; an empty list gives NULL."""
    if pa.types.is_binary(kind):
        separator: object = pa.scalar(delimiter.encode(), pa.binary())
    else:
        separator = delimiter
    joined = pc.binary_join(lists, separator)
    filled = pc.greater(pc.fill_null(pc.list_value_length(lists), 0), 0)
    return pc.if_else(filled, joined, pa.scalar(None, kind))


def histogram(lists: pa.Array, bins: int, kind: pa.DataType) -> pa.Array:
    """Return at most ``bins`` weighted points per list, nearest neighbours merged one after the other.

    The merging is sequential by definition (Spark: ``NumericHistogram``), so it runs in Python per value.
    """
    point = kind.value_type.field(0).type
    rows = [
        None if values is None or not values else _points(values, bins)
        for values in lists.to_pylist()
    ]
    plain = [None if row is None else [{"x": x, "y": y} for x, y in row] for row in rows]
    wide = pa.array(plain, pa.list_(pa.struct([("x", pa.float64()), ("y", pa.float64())])))
    x = pc.struct_field(wide.flatten(), 0)
    x = (
        x.cast(point, safe=False)
        if pa.types.is_integer(point) or pa.types.is_floating(point)
        else x.cast(point)
    )
    parts = pa.StructArray.from_arrays(
        [x, pc.struct_field(wide.flatten(), 1)],
        fields=[kind.value_type.field(0), kind.value_type.field(1)],
    )
    return pa.ListArray.from_arrays(offsets_of(wide), parts, kind, mask=mask_of(wide))


def _points(values: list, bins: int) -> list[tuple[float, float]]:
    made: list[list[float]] = []
    for value in map(float, values):
        place = int(np.searchsorted([point[0] for point in made], value))
        if place < len(made) and made[place][0] == value:
            made[place][1] += 1
            continue
        made.insert(place, [value, 1.0])
        if len(made) > bins:
            _merge_nearest(made)
    return [(x, y) for x, y in made]


def _merge_nearest(points: list[list[float]]) -> None:
    gaps = np.diff([point[0] for point in points])
    place = int(np.argmin(gaps))
    (x1, y1), (x2, y2) = points[place], points.pop(place + 1)
    points[place] = [(x1 * y1 + x2 * y2) / (y1 + y2), y1 + y2]
