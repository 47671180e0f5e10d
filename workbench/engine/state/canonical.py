"""Any Arrow array as bytes that are equal exactly when Spark groups the values together.

Layout of one value; integers are little-endian::

    nothing         00
    fixed width     01 value                       floats: one NaN, no negative zero
    text, bytes     01 length:u64 bytes
    list, map       01 count:u64 element …         elements laid out the same way
    struct          01 field …

A null begins with 00 instead, followed by what an empty or zero value would have, so that a row of fixed-width columns
always has the same length.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.state import arrays

_NOTHING = pa.scalar(b"", pa.large_binary())


def canonical_floats(found: np.ndarray) -> np.ndarray:
    """Return floats with one NaN and no negative zero."""
    found = found + found.dtype.type(0)
    found[np.isnan(found)] = np.nan
    return found


def encode(array: pa.Array, *, normal: bool = True) -> pa.LargeBinaryArray:
    """Return the bytes of each value; the result has no nulls. Without ``normal``, floats keep their own bits."""
    kind = array.type
    if pa.types.is_null(kind):
        return _matrix(np.zeros((len(array), 1), np.uint8))
    if pa.types.is_map(kind):
        entry = pa.struct([kind.key_field, kind.item_field])
        return encode(
            array.cast(pa.list_(pa.field("entries", entry, nullable=False))), normal=normal
        )
    if pa.types.is_struct(kind):
        return _join(_flags(array), *(encode(child, normal=normal) for child in array.flatten()))
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _encode_lists(array, normal)
    if arrays.is_bytes(kind):
        lengths = arrays.spans(array)[1]
        return _join(_flags(array), _numbers(lengths), array.cast(pa.large_binary()).fill_null(b""))
    return _encode_fixed(array, normal)


def encode_rows(columns: list[pa.Array], *, normal: bool = True) -> pa.LargeBinaryArray:
    """Return the bytes of rows, see :func:`encode`."""
    return _join(*(encode(column, normal=normal) for column in columns))


def _encode_fixed(array: pa.Array, normal: bool) -> pa.LargeBinaryArray:
    if arrays.fixed_dtype(array.type) is None:
        array = array.cast(pa.binary())
        return encode(array, normal=normal)
    found = arrays.filled(array)
    if normal and found.dtype.kind == "f":
        found = canonical_floats(found)
    body = np.ascontiguousarray(found).view(np.uint8).reshape(len(array), found.dtype.itemsize)
    return _join(_flags(array), _matrix(body))


def _encode_lists(array: pa.Array, normal: bool) -> pa.LargeBinaryArray:
    lengths = (
        pc.fill_null(pc.list_value_length(array), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    )
    children = encode(array.flatten(), normal=normal)
    edges = np.concatenate(([0], np.cumsum(lengths)))
    offsets = np.frombuffer(children.buffers()[1], np.int64)[children.offset :][: len(children) + 1]
    body = pa.Array.from_buffers(
        pa.large_binary(),
        len(array),
        [None, pa.py_buffer(np.ascontiguousarray(offsets[edges])), children.buffers()[2]],
    )
    return _join(_flags(array), _numbers(lengths), body)


def _flags(array: pa.Array) -> pa.LargeBinaryArray:
    valid = arrays.validity(array)
    flags = np.ones(len(array), np.uint8) if valid is None else valid.astype(np.uint8)
    return _matrix(flags.reshape(-1, 1))


def _numbers(numbers: np.ndarray) -> pa.LargeBinaryArray:
    return _matrix(np.ascontiguousarray(numbers, np.int64).view(np.uint8).reshape(-1, 8))


def _matrix(rows: np.ndarray) -> pa.LargeBinaryArray:
    edges = np.arange(len(rows) + 1, dtype=np.int64) * rows.shape[1]
    body = pa.py_buffer(np.ascontiguousarray(rows))
    return pa.Array.from_buffers(pa.large_binary(), len(rows), [None, pa.py_buffer(edges), body])


def _join(*parts: pa.LargeBinaryArray) -> pa.LargeBinaryArray:
    return parts[0] if len(parts) == 1 else pc.binary_join_element_wise(*parts, _NOTHING)
