"""Rows as bytes, for a provider that keeps bytes: written by :mod:`canonical`, read back here, a column at a time."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import arrays, kernels

_PADDING = 16


def decode_rows(rows: pa.LargeBinaryArray, schema: pa.Schema, skip: int = 0) -> list[pa.Array]:
    """Return the columns of rows that ``canonical.encode_rows`` wrote, behind ``skip`` bytes; a null row gives nulls."""
    starts, _, data = arrays.spans(rows)
    starts = starts + skip
    reader = _RowReader(np.concatenate([data, np.zeros(_PADDING, np.uint8)]))
    present = arrays.validity(rows)
    if present is not None:
        starts = starts[present]
    columns = []
    for field in schema:
        column, starts = reader.read(field.type, starts)
        columns.append(column)
    if present is None:
        return columns
    back = pa.array(np.cumsum(present) - 1, mask=~present)
    return [column.take(back) for column in columns]


class _RowReader:
    """Read one value of every row at its place; returns the places behind it."""

    def __init__(self, data: np.ndarray) -> None:
        self.data = data

    def read(self, kind: pa.DataType, at: np.ndarray) -> tuple[pa.Array, np.ndarray]:
        valid = self.data[at] == 1
        at = at + 1
        if pa.types.is_null(kind):
            return pa.nulls(len(at)), at
        if pa.types.is_map(kind):
            entry = pa.struct([kind.key_field, kind.item_field])
            return self._read_list(kind, entry, valid, at)
        if pa.types.is_struct(kind):
            return self._read_struct(kind, valid, at)
        if pa.types.is_list(kind) or pa.types.is_large_list(kind):
            return self._read_list(kind, kind.value_type, valid, at)
        return (
            self._read_bytes(kind, valid, at)
            if arrays.is_bytes(kind)
            else self._read_fixed(kind, valid, at)
        )

    def _fixed(self, width: int, at: np.ndarray) -> np.ndarray:
        return self.data[at[:, None] + np.arange(width)]

    def _number(self, at: np.ndarray) -> np.ndarray:
        return self._fixed(8, at).view(np.int64).reshape(-1)

    def _read_fixed(
        self, kind: pa.DataType, valid: np.ndarray, at: np.ndarray
    ) -> tuple[pa.Array, np.ndarray]:
        dtype = arrays.fixed_dtype(kind)
        found = self._fixed(dtype.itemsize, at).view(dtype).reshape(-1)
        return arrays.fixed_array(kind, found, valid), at + dtype.itemsize

    def _read_bytes(
        self, kind: pa.DataType, valid: np.ndarray, at: np.ndarray
    ) -> tuple[pa.Array, np.ndarray]:
        lengths = self._number(at)
        out = np.empty(int(lengths.sum()), np.uint8)
        kernels.gather_bytes(at + 8, lengths, self.data, out)
        return arrays.binary_array(kind, lengths, out, valid), at + 8 + lengths

    def _read_struct(
        self, kind: pa.DataType, valid: np.ndarray, at: np.ndarray
    ) -> tuple[pa.Array, np.ndarray]:
        children = []
        for field in kind:
            child, at = self.read(field.type, at)
            children.append(child)
        mask = None if valid.all() else pa.array(~valid)
        return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask), at

    def _read_list(
        self, kind: pa.DataType, element: pa.DataType, valid: np.ndarray, at: np.ndarray
    ) -> tuple[pa.Array, np.ndarray]:
        """Read the first element of every list, then the second of those that have one, and so on."""
        counts = self._number(at)
        at = at + 8
        parts, owners = [pa.nulls(0, element)], [np.zeros(0, np.int64)]
        for place in range(int(counts.max(initial=0))):
            longer = np.flatnonzero(counts > place)
            part, after = self.read(element, at[longer])
            at[longer] = after
            parts.append(part)
            owners.append(longer)
        order = np.argsort(np.concatenate(owners), kind="stable")
        children = pa.concat_arrays(parts).take(pa.array(order))
        edges = np.concatenate(([0], np.cumsum(counts)))
        large = pa.types.is_large_list(kind)
        offsets = pa.py_buffer(edges.astype(np.int64 if large else np.int32))
        mask = None if valid.all() else arrays.packed(valid)
        return pa.Array.from_buffers(kind, len(counts), [mask, offsets], children=[children]), at
