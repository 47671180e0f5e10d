"""Compiled loops over keys: hashing, the open-addressing index, bytes in an arena.

Every kernel has an explicit signature and is cached on disk, so only the first import on a machine compiles. All
release the GIL: partitions run in threads. Import this module only where it is needed; it loads Numba.

The table of the index: one ``uint64`` an entry, the upper 32 bits of the hash above slot + 1; 0 is an empty entry. The
home of an entry is the leading bits of its hash, so a table is grown by one pass in order, without the keys.
"""

# ruff: noqa: ANN001, ANN201, ANN202 - the types of a compiled loop are in its signature

from __future__ import annotations

import numba as nb
import numpy as np
from llvmlite import ir
from numba.core import cgutils
from numba.extending import intrinsic

_U64_IN = nb.types.Array(nb.uint64, 1, "C", readonly=True)
_I64_IN = nb.types.Array(nb.int64, 1, "C", readonly=True)
_U8_IN = nb.types.Array(nb.uint8, 1, "C", readonly=True)
_WORDS_IN = nb.types.Array(nb.uint64, 2, "C", readonly=True)
_U64 = nb.uint64[::1]
_I64 = nb.int64[::1]
_U8 = nb.uint8[::1]
_WORDS = nb.uint64[:, ::1]

_SEED = np.uint64(0x9E3779B97F4A7C15)
_MIX_A = np.uint64(0xBF58476D1CE4E5B9)
_MIX_B = np.uint64(0x94D049BB133111EB)
_32 = np.uint64(32)
_ONE = np.uint64(1)
_LOW = np.uint64(0xFFFFFFFF)
_BLOCK = 64
_AHEAD = 16


@intrinsic
def prefetch(typing_context, array, index):
    """Ask the processor to load the cache line of ``array[index]`` (of the first column, in two dimensions)."""

    def generate(context, builder, signature, arguments):
        kind = signature.args[0]
        view = context.make_array(kind)(context, builder, arguments[0])
        zero = context.get_constant(nb.types.intp, 0)
        place = [arguments[1], zero][: kind.ndim]
        pointer = cgutils.get_item_pointer(context, builder, kind, view, place, wraparound=False)
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        shape = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, shape, "llvm.prefetch.p0")
        builder.call(function, [builder.bitcast(pointer, byte), word(0), word(3), word(1)])
        return context.get_dummy_value()

    return nb.types.void(array, index), generate


@nb.njit(nb.uint64(nb.uint64), cache=True, no_cpython_wrapper=True, inline="always")
def _mix(value):
    value ^= value >> np.uint64(30)
    value *= _MIX_A
    value ^= value >> np.uint64(27)
    value *= _MIX_B
    return value ^ (value >> np.uint64(31))


@nb.njit(nb.uint64(_U8_IN, nb.int64, nb.int64), cache=True, no_cpython_wrapper=True)
def _hash_bytes(data, start, length):
    state = _SEED ^ np.uint64(length)
    at = start
    end = start + length
    while at < end:
        word = np.uint64(0)
        stop = min(at + 8, end)
        shift = np.uint64(0)
        while at < stop:
            word |= np.uint64(data[at]) << shift
            shift += np.uint64(8)
            at += 1
        state = _mix(state ^ word) + _SEED
    return state


@nb.njit(nb.void(_WORDS_IN, _U64_IN, _U8_IN, nb.int64, _U64), cache=True, nogil=True)
def hash_words(words, nulls, data, fixed, out):
    """Hash keys: ``fixed`` plain words a row, then (offset, length) pairs into ``data``. Part of the file format."""
    width = words.shape[1]
    for row in range(words.shape[0]):
        state = _SEED
        for word in range(fixed):
            state = _mix(state ^ words[row, word]) + _SEED
        for word in range(fixed, width, 2):
            state = _mix(
                state
                ^ _hash_bytes(data, np.int64(words[row, word]), np.int64(words[row, word + 1]))
            )
        if nulls.size and nulls[row]:
            state = _mix(state ^ nulls[row])
        out[row] = _mix(state)


@nb.njit(
    nb.boolean(
        _WORDS_IN, _U64_IN, _U8_IN, nb.int64, _WORDS_IN, _U64_IN, _U8_IN, nb.int64, nb.int64
    ),
    cache=True,
    no_cpython_wrapper=True,
)
def _equal(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed):
    for word in range(fixed):
        if words[row, word] != stored[slot, word]:
            return False
    mine = nulls[row] if nulls.size else np.uint64(0)
    theirs = stored_nulls[slot] if stored_nulls.size else np.uint64(0)
    if mine != theirs:
        return False
    for word in range(fixed, words.shape[1], 2):
        length = words[row, word + 1]
        if length != stored[slot, word + 1]:
            return False
        at = words[row, word]
        there = stored[slot, word]
        for step in range(length):
            if data[at + step] != arena[there + step]:
                return False
    return True


@nb.njit(
    nb.void(
        _WORDS_IN,
        _U64_IN,
        _U8_IN,
        nb.int64,
        _WORDS,
        _U64,
        _U8,
        nb.int64,
        nb.int64,
        _I64,
    ),
    cache=True,
    no_cpython_wrapper=True,
)
def _store_key(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed, state):
    for word in range(fixed):
        stored[slot, word] = words[row, word]
    for word in range(fixed, words.shape[1], 2):
        start = np.int64(words[row, word])
        length = np.int64(words[row, word + 1])
        for step in range(length):
            arena[state[2] + step] = data[start + step]
        stored[slot, word] = np.uint64(state[2])
        stored[slot, word + 1] = np.uint64(length)
        state[2] += length
    if stored_nulls.size:
        stored_nulls[slot] = nulls[row] if nulls.size else np.uint64(0)


@nb.njit(
    nb.void(_U64_IN, nb.int64, nb.int64, _U64_IN, nb.uint64, nb.uint64, _WORDS_IN, _I64),
    cache=True,
    no_cpython_wrapper=True,
)
def _candidates(hashes, start, stop, table, shift, mask, stored, out):
    """Write the first slot whose hash bits agree, or -1, for a block of keys.

    Table and keys are far larger than the caches: all loads of a block are asked for before the first is used, so
    that their misses overlap instead of queueing behind each other.
    """
    for row in range(start, stop):
        prefetch(table, np.int64(hashes[row] >> shift))
    for row in range(start, stop):
        tag = hashes[row] >> _32
        at = hashes[row] >> shift
        entry = table[at]
        while entry != 0 and entry >> _32 != tag:
            at = (at + _ONE) & mask
            entry = table[at]
        slot = np.int64(entry & _LOW) - 1
        out[row - start] = slot
        if slot >= 0:
            prefetch(stored, slot)


_KEYS = (_WORDS_IN, _U64_IN, _U8_IN, _U64_IN, nb.int64)
_FIND = (*_KEYS, _U64_IN, nb.int64, _WORDS_IN, _U64_IN, _U8_IN)
_UPSERT = (*_KEYS, _U64, nb.int64, _WORDS, _U64, _U8)


@nb.njit(nb.types.UniTuple(nb.int64, 2)(*_FIND, nb.int64), cache=True, no_cpython_wrapper=True)
def _walk(words, nulls, data, hashes, fixed, table, bits, stored, stored_nulls, arena, row):
    """Return the slot of one key, or -1, and the entry where the search ended."""
    mask = np.uint64(table.size - 1)
    tag = hashes[row] >> _32
    at = hashes[row] >> np.uint64(64 - bits)
    while table[at] != 0:
        if table[at] >> _32 == tag:
            slot = np.int64(table[at] & _LOW) - 1
            if _equal(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed):
                return slot, np.int64(at)
        at = (at + _ONE) & mask
    return -1, np.int64(at)


@nb.njit(nb.void(*_FIND, _I64), cache=True, nogil=True)
def find(words, nulls, data, hashes, fixed, table, bits, stored, stored_nulls, arena, out):
    """Write the slot of each key, or -1."""
    mask = np.uint64(table.size - 1)
    shift = np.uint64(64 - bits)
    single = words.shape[1] == 1 and nulls.size == 0 and stored_nulls.size == 0
    guesses = np.empty(_BLOCK, np.int64)
    for start in range(0, words.shape[0], _BLOCK):
        stop = min(start + _BLOCK, words.shape[0])
        _candidates(hashes, start, stop, table, shift, mask, stored, guesses)
        for row in range(start, stop):
            slot = guesses[row - start]
            out[row] = slot
            if slot < 0 or (single and words[row, 0] == stored[slot, 0]):
                continue
            if _equal(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed):
                continue
            out[row], _ = _walk(
                words, nulls, data, hashes, fixed, table, bits, stored, stored_nulls, arena, row
            )


@nb.njit(nb.void(*_UPSERT, _I64_IN, _I64, _I64, nb.boolean[::1]), cache=True, nogil=True)
def upsert(
    words,
    nulls,
    data,
    hashes,
    fixed,
    table,
    bits,
    stored,
    stored_nulls,
    arena,
    spare,
    state,
    out,
    new,
):
    """Write the slot of each key, giving unknown keys one.

    ``spare`` is the stack of free slots; ``state`` is ``[free slots left, next fresh slot, bytes used in the arena]``
    and is updated. The caller has made room for every key being unknown.
    """
    mask = np.uint64(table.size - 1)
    shift = np.uint64(64 - bits)
    single = words.shape[1] == 1 and nulls.size == 0 and stored_nulls.size == 0
    guesses = np.empty(_BLOCK, np.int64)
    for start in range(0, words.shape[0], _BLOCK):
        stop = min(start + _BLOCK, words.shape[0])
        _candidates(hashes, start, stop, table, shift, mask, stored, guesses)
        for row in range(start, stop):
            slot = guesses[row - start]
            new[row] = False
            out[row] = slot
            if slot >= 0:
                if single and words[row, 0] == stored[slot, 0]:
                    continue
                if _equal(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed):
                    continue
            slot, at = _walk(
                words, nulls, data, hashes, fixed, table, bits, stored, stored_nulls, arena, row
            )
            if slot >= 0:
                out[row] = slot
                continue
            if state[0]:
                state[0] -= 1
                slot = spare[state[0]]
            else:
                slot = state[1]
                state[1] += 1
            _store_key(words, nulls, data, row, stored, stored_nulls, arena, slot, fixed, state)
            table[at] = (hashes[row] & ~_LOW) | np.uint64(slot + 1)
            out[row] = slot
            new[row] = True


@nb.njit(nb.void(_U64_IN, nb.int64, _U64, nb.int64), cache=True, nogil=True)
def bulk_insert(hashes, first, table, bits):
    """Enter keys that are known to be distinct and absent, in slots from ``first`` on: no key is compared."""
    mask = np.uint64(table.size - 1)
    shift = np.uint64(64 - bits)
    for row in range(hashes.size):
        if row + _BLOCK < hashes.size:
            prefetch(table, np.int64(hashes[row + _BLOCK] >> shift))
        at = hashes[row] >> shift
        while table[at] != 0:
            at = (at + _ONE) & mask
        table[at] = ((hashes[row] >> _32) << _32) | np.uint64(first + row + 1)


@nb.njit(nb.void(_U64_IN, _U64, nb.int64), cache=True, nogil=True)
def regrow(old, table, bits):
    """Enter all entries of a smaller table into a larger one."""
    mask = np.uint64(table.size - 1)
    shift = np.uint64(64 - bits)
    for place in range(old.size):
        entry = old[place]
        if entry != 0:
            at = (entry & ~_LOW) >> shift
            while table[at] != 0:
                at = (at + _ONE) & mask
            table[at] = entry


@nb.njit(nb.void(_U64_IN, _I64_IN, _U64, nb.int64), cache=True, nogil=True)
def erase(hashes, slots, table, bits):
    """Take slots out of the table and move the entries behind them back, so no tombstone is left."""
    mask = np.uint64(table.size - 1)
    shift = np.uint64(64 - bits)
    for row in range(hashes.size):
        if row + _AHEAD < hashes.size:
            prefetch(table, np.int64(hashes[row + _AHEAD] >> shift))
        wanted = np.uint64(slots[row] + 1)
        hole = hashes[row] >> shift
        while table[hole] & _LOW != wanted:
            hole = (hole + _ONE) & mask
        at = hole
        while True:
            at = (at + _ONE) & mask
            entry = table[at]
            if entry == 0:
                break
            home = (entry & ~_LOW) >> shift
            if (at - home) & mask >= (at - hole) & mask:
                table[hole] = entry
                hole = at
        table[hole] = 0


@nb.njit(nb.void(_I64_IN, _I64_IN, _U8_IN, _U8), cache=True, nogil=True)
def gather_bytes(starts, lengths, data, out):
    """Copy byte ranges one behind the other."""
    at = 0
    for row in range(starts.size):
        start = starts[row]
        for step in range(lengths[row]):
            out[at + step] = data[start + step]
        at += lengths[row]


@nb.njit(nb.int64(_I64_IN, _U8, nb.uint8, _I64), cache=True, nogil=True)
def set_flag(slots, flags, flag, out):
    """Set a flag on slots; write those that did not have it to ``out`` and return how many they are."""
    count = 0
    for row in range(slots.size):
        if row + _BLOCK < slots.size and slots[row + _BLOCK] >= 0:
            prefetch(flags, slots[row + _BLOCK])
        slot = slots[row]
        if slot >= 0 and not flags[slot] & flag:
            flags[slot] |= flag
            out[count] = slot
            count += 1
    return count
