"""Spark's hash functions over Arrow arrays: Murmur3 (``hash``) and XXH64 (``xxhash64``), a column at a time.

Every value is folded into its row's hash so far, which starts as the seed; NULL leaves it (Spark: ``HashExpression``).
Both algorithms read words in little-endian order. Murmur3's last bytes are mixed one by one as signed numbers, as
``Murmur3_x86_32.hashUnsafeBytes`` does, not as the paper has it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.kernels.cast_nested import map_parts
from workbench.engine.functions.kernels.segments import starts_of

SEED = 42
SHORT_DECIMAL = 18
Words = np.ndarray


@dataclass(frozen=True, slots=True)
class Texts:
    """Byte strings inside one buffer."""

    data: np.ndarray
    starts: np.ndarray
    ends: np.ndarray

    def word(self, rows: np.ndarray, at: np.ndarray, size: int, kind: type) -> Words:
        """Return the little-endian word of ``size`` bytes at a place of some rows."""
        made = np.zeros(len(rows), dtype=kind)
        for place in range(size):
            made |= self.data[self.starts[rows] + at + place].astype(kind) << kind(8 * place)
        return made


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One hash: how it folds 4-byte numbers, 8-byte numbers and byte strings into the hash so far."""

    ints: Callable[[Words, Words], Words]
    longs: Callable[[Words, Words], Words]
    texts: Callable[[Texts, Words], Words]
    word: type
    result: Any


def _turn(values: Words, by: int) -> Words:
    kind = values.dtype.type
    return (values << kind(by)) | (values >> kind(values.dtype.itemsize * 8 - by))


# Murmur3

_U32 = np.uint32


def _mix(state: Words, word: Words) -> Words:
    word = _turn(word * _U32(0xCC9E2D51), 15) * _U32(0x1B873593)
    return _turn(state ^ word, 13) * _U32(5) + _U32(0xE6546B64)


def _finish32(state: Words, length: Any) -> Words:
    state = state ^ length
    state = (state ^ (state >> _U32(16))) * _U32(0x85EBCA6B)
    state = (state ^ (state >> _U32(13))) * _U32(0xC2B2AE35)
    return state ^ (state >> _U32(16))


def _murmur_ints(values: Words, state: Words) -> Words:
    return _finish32(_mix(state, values.astype(np.int32).view(_U32)), _U32(4))


def _murmur_longs(values: Words, state: Words) -> Words:
    whole = values.astype(np.int64).view(np.uint64)
    low, high = whole.astype(_U32), (whole >> np.uint64(32)).astype(_U32)
    return _finish32(_mix(_mix(state, low), high), _U32(8))


def _murmur_texts(texts: Texts, state: Words) -> Words:
    lengths = texts.ends - texts.starts
    state, whole = state.copy(), lengths // 4
    for block in range(int(whole.max(initial=0))):
        rows = np.nonzero(whole > block)[0]
        state[rows] = _mix(state[rows], texts.word(rows, block * 4, 4, _U32))
    for place in range(3):
        rows = np.nonzero(lengths - whole * 4 > place)[0]
        last = texts.data[texts.starts[rows] + whole[rows] * 4 + place].view(np.int8)
        state[rows] = _mix(state[rows], last.astype(np.int32).view(_U32))
    return _finish32(state, lengths.astype(_U32))


MURMUR = Algorithm(_murmur_ints, _murmur_longs, _murmur_texts, _U32, pa.int32())

# XXH64

_U64 = np.uint64
_P1, _P2, _P3, _P4, _P5 = (
    _U64(0x9E3779B185EBCA87),
    _U64(0xC2B2AE3D27D4EB4F),
    _U64(0x165667B19E3779F9),
    _U64(0x85EBCA77C2B2AE63),
    _U64(0x27D4EB2F165667C5),
)


def _finish64(state: Words) -> Words:
    state = (state ^ (state >> _U64(33))) * _P2
    state = (state ^ (state >> _U64(29))) * _P3
    return state ^ (state >> _U64(32))


def _with_int(state: Words, word: Words) -> Words:
    return _turn(state ^ (word * _P1), 23) * _P2 + _P3


def _with_long(state: Words, word: Words) -> Words:
    return _turn(state ^ (_turn(word * _P2, 31) * _P1), 27) * _P1 + _P4


def _xx_ints(values: Words, state: Words) -> Words:
    word = values.astype(np.int32).view(np.uint32).astype(_U64)
    return _finish64(_with_int(state + _P5 + _U64(4), word))


def _xx_longs(values: Words, state: Words) -> Words:
    return _finish64(_with_long(state + _P5 + _U64(8), values.astype(np.int64).view(_U64)))


def _stripes(texts: Texts, lengths: np.ndarray, seed: Words) -> Words:
    """Return the state after all whole blocks of 32 bytes, four lanes side by side."""
    lanes = [seed + _P1 + _P2, seed + _P2, seed.copy(), seed - _P1]
    blocks = lengths // 32
    for block in range(int(blocks.max(initial=0))):
        rows = np.nonzero(blocks > block)[0]
        for place, lane in enumerate(lanes):
            word = texts.word(rows, block * 32 + place * 8, 8, _U64)
            lane[rows] = _turn(lane[rows] + word * _P2, 31) * _P1
    state = sum(
        (_turn(lane, by) for lane, by in zip(lanes, (1, 7, 12, 18), strict=True)),
        np.zeros_like(seed),
    )
    for lane in lanes:
        state = (state ^ (_turn(lane * _P2, 31) * _P1)) * _P1 + _P4
    return np.where(blocks > 0, state, seed + _P5)


def _xx_texts(texts: Texts, seed: Words) -> Words:
    lengths = texts.ends - texts.starts
    state = _stripes(texts, lengths, seed) + lengths.astype(_U64)
    at = lengths // 32 * 32
    for _step in range(3):
        rows = np.nonzero(lengths - at >= 8)[0]
        state[rows] = _with_long(state[rows], texts.word(rows, at[rows], 8, _U64))
        at[rows] += 8
    rows = np.nonzero(lengths - at >= 4)[0]
    state[rows] = _with_int(state[rows], texts.word(rows, at[rows], 4, _U64))
    at[rows] += 4
    for _step in range(3):
        rows = np.nonzero(lengths > at)[0]
        state[rows] = _turn(state[rows] ^ (texts.word(rows, at[rows], 1, _U64) * _P5), 11) * _P1
        at[rows] += 1
    return _finish64(state)


XX = Algorithm(_xx_ints, _xx_longs, _xx_texts, _U64, pa.int64())


def hashed(*columns: pa.Array, algorithm: Algorithm) -> pa.Array:
    """Return one hash per row over all columns."""
    state = np.full(len(columns[0]), SEED, dtype=algorithm.word)
    with np.errstate(over="ignore"):
        for column in columns:
            state = fold(column, state, algorithm)
    signed = np.int32 if algorithm.word is _U32 else np.int64
    return pa.array(state.view(signed), algorithm.result)


def fold(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    """Return each row's hash with the row's value folded in."""
    if pa.types.is_null(values.type) or not len(values):
        return state
    made = _folded(values, state, algorithm)
    return np.where(np.asarray(pc.is_null(values)), state, made) if values.null_count else made


def _folded(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    for is_kind, step in _STEPS:
        if is_kind(values.type):
            return step(values, state, algorithm)
    return _fold_numbers(values, state, algorithm)


def _fold_struct(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    for place in range(values.type.num_fields):
        state = fold(pc.struct_field(values, place), state, algorithm)
    return state


def _fold_map(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    offsets, keys, items = map_parts(values)
    return _fold_lists(offsets.to_numpy(zero_copy_only=False), (keys, items), state, algorithm)


def _fold_list(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    return _fold_lists(starts_of(values), (values.flatten(),), state, algorithm)


def _fold_text(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    return algorithm.texts(_texts(values), state)


def _fold_lists(
    starts: np.ndarray, parts: tuple[pa.Array, ...], state: Words, algorithm: Algorithm
) -> Words:
    """Fold lists in place by place, every list that reaches so far at once."""
    state, lengths = state.copy(), np.diff(starts)
    for place in range(int(lengths.max(initial=0))):
        rows = np.nonzero(lengths > place)[0]
        for part in parts:
            state[rows] = fold(part.take(pa.array(starts[rows] + place)), state[rows], algorithm)
    return state


def _fold_numbers(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    kind = values.type
    if pa.types.is_floating(kind):
        plain = numbers(values) + kind.to_pandas_dtype()(0)
        plain = np.where(np.isnan(plain), np.array(np.nan, plain.dtype), plain)
        bits = np.ascontiguousarray(plain).view(np.int32 if kind.bit_width == 32 else np.int64)
    elif pa.types.is_boolean(kind):
        bits = numbers(values.cast(pa.int8()))
    elif pa.types.is_date(kind):
        bits = numbers(values.cast(pa.int32()))
    else:
        bits = numbers(values if pa.types.is_integer(kind) else values.cast(pa.int64()))
    return (algorithm.longs if bits.dtype.itemsize == 8 else algorithm.ints)(bits, state)


def _fold_calendar(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    parts = np.array([one or (0, 0, 0) for one in values.to_pylist()], dtype=np.int64).reshape(
        -1, 3
    )
    state = algorithm.longs(parts[:, 2] // 1000, state)
    return algorithm.ints(parts[:, 0], algorithm.ints(parts[:, 1], state))


def _texts(values: pa.Array) -> Texts:
    _valid, offsets, data = values.buffers()
    places = np.frombuffer(offsets, np.int32)[
        values.offset : values.offset + len(values) + 1
    ].astype(np.int64)
    whole = (
        np.frombuffer(data, np.uint8) if data is not None and data.size else np.zeros(1, np.uint8)
    )
    return Texts(whole, places[:-1], places[1:])


def _fold_decimals(values: pa.Array, state: Words, algorithm: Algorithm) -> Words:
    raw = np.frombuffer(values.buffers()[1], np.uint8).reshape(-1, 16)[
        values.offset : values.offset + len(values)
    ]
    if values.type.precision <= SHORT_DECIMAL:
        return algorithm.longs(np.ascontiguousarray(raw[:, :8]).view(np.int64)[:, 0], state)
    return algorithm.texts(_shortest(np.ascontiguousarray(raw[:, ::-1])), state)


def _shortest(big_endian: np.ndarray) -> Texts:
    """Return the shortest two's complement of each number (Java: ``BigInteger.toByteArray``)."""
    sign = np.where(big_endian[:, :1] >= 128, 255, 0)
    same_sign = (big_endian[:, 1:] >= 128) == (sign == 255)
    spare = np.cumprod((big_endian[:, :-1] == sign) & same_sign, axis=1).sum(axis=1)
    begin = np.arange(len(big_endian)) * 16
    return Texts(big_endian.reshape(-1), begin + spare, begin + 16)


_STEPS: tuple[tuple[Callable[[pa.DataType], bool], Callable[..., Words]], ...] = (
    (pa.types.is_struct, _fold_struct),
    (pa.types.is_map, _fold_map),
    (pa.types.is_list, _fold_list),
    (pa.types.is_interval, _fold_calendar),
    (pa.types.is_string, _fold_text),
    (pa.types.is_binary, _fold_text),
    (pa.types.is_decimal, _fold_decimals),
)
