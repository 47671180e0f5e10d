"""Arrow arrays as NumPy arrays and back, without copying where the layout allows it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow as pa

_BY_WIDTH = {
    8: np.dtype("u1"),
    16: np.dtype("u2"),
    32: np.dtype("u4"),
    64: np.dtype("u8"),
    128: np.dtype("V16"),
}
_SIGNED = {8: np.dtype("i1"), 16: np.dtype("i2"), 32: np.dtype("i4"), 64: np.dtype("i8")}
_MANY, _SPARSE = 4096, 16
_OPAQUE = (pa.types.is_decimal, pa.types.is_interval)


@cache
def fixed_dtype(kind: pa.DataType) -> np.dtype | None:
    """Return the NumPy type that holds one value of a fixed-width Arrow type, or None for any other type."""
    if pa.types.is_boolean(kind):
        return np.dtype("?")
    if not pa.types.is_primitive(kind) and not any(test(kind) for test in _OPAQUE):
        return None
    if pa.types.is_floating(kind):
        return np.dtype(kind.to_pandas_dtype())
    if pa.types.is_unsigned_integer(kind) or kind.bit_width == 128:
        return _BY_WIDTH[kind.bit_width]
    return _SIGNED.get(kind.bit_width)


def as_array(column: pa.Array | pa.ChunkedArray, kind: pa.DataType) -> pa.Array:
    """Return a column as one array of exactly the type ``kind``."""
    if isinstance(column, pa.ChunkedArray):
        column = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return column if column.type == kind else column.cast(kind)


def bits(buffer: pa.Buffer, offset: int, length: int) -> np.ndarray:
    """Return a bitmap as bools."""
    first = offset // 8
    packed = np.frombuffer(buffer, np.uint8)[first : (offset + length + 7) // 8]
    return np.unpackbits(packed, bitorder="little")[offset - 8 * first :][:length].view(np.bool_)


def packed(flags: np.ndarray) -> pa.Buffer:
    """Return bools as a bitmap."""
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def validity(array: pa.Array) -> np.ndarray | None:
    """Return which values are not null; None when all are."""
    if array.null_count == 0:
        return None
    if pa.types.is_null(array.type):
        return np.zeros(len(array), np.bool_)
    buffer = array.buffers()[0]
    return bits(buffer, array.offset, len(array))


def values(array: pa.Array) -> np.ndarray:
    """Return the values of a fixed-width array; what stands where a null is, is undefined."""
    dtype = fixed_dtype(array.type)
    buffer = array.buffers()[1]
    if buffer is None or not len(array):
        return np.zeros(len(array), dtype)
    if dtype == np.bool_:
        return bits(buffer, array.offset, len(array))
    return np.frombuffer(buffer, dtype)[array.offset : array.offset + len(array)]


def filled(array: pa.Array) -> np.ndarray:
    """Return the values of a fixed-width array with zeros where a null is."""
    found = values(array)
    valid = validity(array)
    if valid is None:
        return found
    found = found.copy()
    found[~valid] = np.zeros(1, found.dtype)[0]
    return found


def fixed_array(kind: pa.DataType, data: np.ndarray, valid: np.ndarray | None = None) -> pa.Array:
    """Return a fixed-width Arrow array over NumPy values."""
    body = packed(data) if data.dtype == np.bool_ else pa.py_buffer(np.ascontiguousarray(data))
    mask = None if valid is None or valid.all() else packed(valid)
    return pa.Array.from_buffers(kind, len(data), [mask, body])


def spans(array: pa.Array) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ``(starts, lengths, bytes)`` of a string or binary array; nulls have length 0."""
    large = pa.types.is_large_string(array.type) or pa.types.is_large_binary(array.type)
    _, offsets, data = array.buffers()
    body = np.zeros(0, np.uint8) if data is None else np.frombuffer(data, np.uint8)
    if not len(array) or offsets is None:
        return np.zeros(len(array), np.int64), np.zeros(len(array), np.int64), body
    edges = np.frombuffer(offsets, np.int64 if large else np.int32)
    edges = edges[array.offset : array.offset + len(array) + 1].astype(np.int64)
    lengths = np.diff(edges)
    valid = validity(array)
    if valid is not None:
        lengths[~valid] = 0
    return edges[:-1], lengths, body


def binary_array(
    kind: pa.DataType, lengths: np.ndarray, data: np.ndarray, valid: np.ndarray | None = None
) -> pa.Array:
    """Return a string or binary array over bytes that lie one behind the other."""
    large = pa.types.is_large_string(kind) or pa.types.is_large_binary(kind)
    edges = np.zeros(len(lengths) + 1, np.int64 if large else np.int32)
    np.cumsum(lengths, out=edges[1:])
    mask = None if valid is None or valid.all() else packed(valid)
    return pa.Array.from_buffers(
        kind, len(lengths), [mask, pa.py_buffer(edges), pa.py_buffer(data)]
    )


def is_bytes(kind: pa.DataType) -> bool:
    """Tell whether a type is variable-length text or bytes with offsets."""
    return (
        pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
    )


def distinct(values: np.ndarray) -> np.ndarray:
    """Return whole numbers in order, each once; sorting them is many times faster than NumPy's own ``unique``."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def in_order(slots: np.ndarray, used: int) -> np.ndarray:
    """Return distinct slots below ``used``, ascending where they are many: neighbours are then read and written together."""
    if not is_dense(len(slots), used):
        return slots
    marks = np.zeros(used, np.bool_)
    marks[slots] = True
    return np.flatnonzero(marks)


def is_dense(count: int, used: int) -> bool:
    """Whether so many of the slots in use are wanted that looking at all of them in order is the faster way."""
    return count > max(_MANY, used // _SPARSE)


def grown(array: np.ndarray, capacity: int) -> np.ndarray:
    """Return a zero-extended copy; pages that are not yet used cost no memory."""
    larger = np.zeros((capacity, *array.shape[1:]), array.dtype)
    larger[: len(array)] = array
    return larger
