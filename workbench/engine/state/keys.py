"""Key columns as words that a compiled loop can hash and compare.

One key is a row of 64-bit words, laid out from the key's schema::

    ┌ fixed-width leaves ──────────┬ variable-length leaves ──────────────┐
    │ 1 word each (16-byte types 2)│ offset, length │ offset, length │ …  │   + one bit a leaf or struct: is it null
    └──────────────────────────────┴────────────────┴────────────────┴────┘
                                     into a buffer of bytes

Structs are flattened into their leaves. A list or map is identified by its canonical bytes and kept beside the words in
its own form; so is a whole key with more than 64 leaves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from workbench.engine.state import arrays, canonical

HashFunction = Callable[["EncodedKeys"], np.ndarray]

_NO_NULLS = np.zeros(0, np.uint64)
_MAX_BITS = 64


@dataclass(frozen=True, slots=True)
class EncodedKeys:
    """A batch of keys as words; ``nulls`` is empty when no key has a null."""

    words: np.ndarray
    nulls: np.ndarray
    data: np.ndarray
    fixed: int

    def __len__(self) -> int:
        return len(self.words)

    def take(self, rows: np.ndarray) -> EncodedKeys:
        """Return the keys of some rows, over the same bytes."""
        nulls = self.nulls[rows] if self.nulls.size else self.nulls
        return EncodedKeys(np.ascontiguousarray(self.words[rows]), nulls, self.data, self.fixed)


def hash_keys(keys: EncodedKeys) -> np.ndarray:
    """Return the 64-bit hash of each key. Which partition a key lives in depends on it: never change it."""
    from workbench.engine.state import kernels

    out = np.empty(len(keys), np.uint64)
    kernels.hash_words(keys.words, keys.nulls, keys.data, keys.fixed, out)
    return out


class KeyCodec:
    """Turn key columns of one schema into words and back.

    Parameters
    ----------
    schema : pyarrow.Schema
        The key columns.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self.schema = schema
        self.whole = _bit_count(schema) > _MAX_BITS
        self.leaves = (
            [] if self.whole else [kind for field in schema for kind in _leaves(field.type)]
        )
        self.fixed_widths = [_word_count(kind) for kind in self.leaves if _is_fixed(kind)]
        self.fixed = sum(self.fixed_widths)
        varying = sum(not _is_fixed(kind) for kind in self.leaves) + self.whole
        self.width = self.fixed + 2 * varying
        self.kept = schema if self.whole else pa.schema(_kept_fields(self.leaves))

    def encode(self, table: pa.Table | pa.RecordBatch) -> EncodedKeys:
        """Return the words of a batch of keys."""
        rows = table.num_rows
        columns = [
            arrays.as_array(table.column(i), field.type) for i, field in enumerate(self.schema)
        ]
        if self.whole:
            return self._pack(rows, [], [arrays.spans(canonical.encode_rows(columns))], _NO_NULLS)
        leaves, nulls = _flatten(columns, rows)
        fixed = [_fixed_words(leaf) for leaf in leaves if _is_fixed(leaf.type)]
        varying = [arrays.spans(_as_bytes(leaf)) for leaf in leaves if not _is_fixed(leaf.type)]
        return self._pack(rows, fixed, varying, nulls)

    def word_of(self, leaf: int) -> int:
        """Return the first word of a fixed-width leaf."""
        return sum(_word_count(kind) for kind in self.leaves[:leaf] if _is_fixed(kind))

    def kept_columns(self, table: pa.Table | pa.RecordBatch) -> list[pa.Array]:
        """Return the columns that words cannot give back: those of ``self.kept``."""
        columns = [
            arrays.as_array(table.column(i), field.type) for i, field in enumerate(self.schema)
        ]
        if self.whole or not len(self.kept):
            return columns if self.whole else []
        leaves, _ = _flatten(columns, table.num_rows)
        return [leaf for leaf in leaves if _is_nested(leaf.type)]

    def decode(self, keys: EncodedKeys, kept: list[pa.Array]) -> list[pa.Array]:
        """Return the key columns of words; ``kept`` are the same rows of :meth:`kept_columns`."""
        if self.whole:
            return kept
        reader = _Reader(keys, iter(kept))
        return [reader.read(field.type) for field in self.schema]

    def _pack(self, rows: int, fixed: list, varying: list, nulls: np.ndarray) -> EncodedKeys:
        if self.width == 1 and fixed:
            return EncodedKeys(fixed[0].reshape(rows, 1), nulls, _no_bytes(), 1)
        words = np.empty((rows, self.width), np.uint64)
        at = 0
        for part, width in zip(fixed, self.fixed_widths, strict=True):
            words[:, at : at + width] = part.reshape(rows, width)
            at += width
        base = 0
        for starts, lengths, data in varying:
            words[:, at] = starts + base
            words[:, at + 1] = lengths
            base += len(data)
            at += 2
        return EncodedKeys(words, nulls, _join_bytes([data for _, _, data in varying]), self.fixed)


class _Reader:
    """Take leaves off the words in the order the codec laid them out."""

    def __init__(self, keys: EncodedKeys, kept: object) -> None:
        self.keys = keys
        self.kept = kept
        self.fixed_at = 0
        self.varying_at = keys.fixed
        self.bit = 0

    def read(self, kind: pa.DataType) -> pa.Array:
        valid = self._valid()
        if pa.types.is_struct(kind):
            children = [self.read(field.type) for field in kind]
            mask = None if valid is None else pa.array(~valid)
            return pa.StructArray.from_arrays(children, fields=list(kind), mask=mask)
        if _is_nested(kind):
            self.varying_at += 2
            return next(self.kept)
        return (
            self._read_bytes(kind, valid)
            if arrays.is_bytes(kind)
            else self._read_fixed(kind, valid)
        )

    def _valid(self) -> np.ndarray | None:
        bit = np.uint64(self.bit)
        self.bit += 1
        if not self.keys.nulls.size:
            return None
        return ((self.keys.nulls >> bit) & np.uint64(1)) == 0

    def _read_fixed(self, kind: pa.DataType, valid: np.ndarray | None) -> pa.Array:
        width = _word_count(kind)
        words = np.ascontiguousarray(self.keys.words[:, self.fixed_at : self.fixed_at + width])
        self.fixed_at += width
        if pa.types.is_null(kind):
            return pa.nulls(len(words))
        return arrays.fixed_array(kind, _from_words(words, arrays.fixed_dtype(kind)), valid)

    def _read_bytes(self, kind: pa.DataType, valid: np.ndarray | None) -> pa.Array:
        from workbench.engine.state import kernels

        starts = np.ascontiguousarray(self.keys.words[:, self.varying_at]).view(np.int64)
        lengths = np.ascontiguousarray(self.keys.words[:, self.varying_at + 1]).view(np.int64)
        self.varying_at += 2
        out = np.empty(int(lengths.sum()), np.uint8)
        kernels.gather_bytes(starts, lengths, self.keys.data, out)
        return arrays.binary_array(kind, lengths, out, valid)


def _leaves(kind: pa.DataType) -> list[pa.DataType]:
    if pa.types.is_struct(kind):
        return [leaf for field in kind for leaf in _leaves(field.type)]
    return [kind]


def _bit_count(schema: pa.Schema) -> int:
    def bits(kind: pa.DataType) -> int:
        return 1 + (sum(bits(field.type) for field in kind) if pa.types.is_struct(kind) else 0)

    return sum(bits(field.type) for field in schema)


def _is_fixed(kind: pa.DataType) -> bool:
    return pa.types.is_null(kind) or arrays.fixed_dtype(kind) is not None


def _is_nested(kind: pa.DataType) -> bool:
    return not _is_fixed(kind) and not arrays.is_bytes(kind)


def _word_count(kind: pa.DataType) -> int:
    return 1 if pa.types.is_null(kind) else (arrays.fixed_dtype(kind).itemsize + 7) // 8


def _kept_fields(leaves: list[pa.DataType]) -> list[pa.Field]:
    nested = [kind for kind in leaves if _is_nested(kind)]
    return [pa.field(f"kept{at}", kind) for at, kind in enumerate(nested)]


def _flatten(columns: list[pa.Array], rows: int) -> tuple[list[pa.Array], np.ndarray]:
    """Return the leaves in schema order and the null bits; bits are numbered depth first, parents before children."""
    leaves: list[pa.Array] = []
    nulls = _NO_NULLS
    bit = 0
    pending = list(reversed(columns))
    while pending:
        array = pending.pop()
        if array.null_count:
            nulls = nulls if nulls.size else np.zeros(rows, np.uint64)
            nulls |= (~arrays.validity(array)).astype(np.uint64) << np.uint64(bit)
        bit += 1
        if pa.types.is_struct(array.type):
            pending.extend(reversed(array.flatten()))
        else:
            leaves.append(array)
    return leaves, nulls


def _fixed_words(leaf: pa.Array) -> np.ndarray:
    if pa.types.is_null(leaf.type):
        return np.zeros(len(leaf), np.uint64)
    found = arrays.filled(leaf)
    if found.dtype.kind == "f":
        found = canonical.canonical_floats(found)
    if found.dtype.itemsize >= 8:
        return np.ascontiguousarray(found).view(np.uint64)
    return found.view(f"u{found.dtype.itemsize}").astype(np.uint64)


def _from_words(words: np.ndarray, dtype: np.dtype) -> np.ndarray:
    if dtype.itemsize >= 8:
        return words.reshape(-1).view(dtype)
    return words.reshape(-1).astype(f"u{dtype.itemsize}").view(dtype)


def _as_bytes(leaf: pa.Array) -> pa.Array:
    return canonical.encode(leaf) if _is_nested(leaf.type) else leaf


def _no_bytes() -> np.ndarray:
    return np.zeros(0, np.uint8)


def _join_bytes(parts: list[np.ndarray]) -> np.ndarray:
    if not parts:
        return _no_bytes()
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
