"""From key to slot: an open-addressing table over keys kept by slot."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.state import kernels
from workbench.engine.state.arrays import grown
from workbench.engine.state.columns import SlotColumns
from workbench.engine.state.keys import EncodedKeys, HashFunction, KeyCodec, hash_keys

LIVE = np.uint8(1)
_LOAD = 0.7
_FIRST_BITS = 10
_FIRST_SLOTS = 1024
_ARENA_SLACK = 1 << 20


class KeyIndex:
    """Give each distinct key a slot, and find it again.

    A slot is a small number that stays with the key until the key is removed; freed slots are given out again. The
    hash only says where to look: keys are always compared. Used by one thread at a time.

    Parameters
    ----------
    schema : pyarrow.Schema
        The key columns.
    hash_function : callable, optional
        From ``EncodedKeys`` to ``uint64`` hashes; tests force collisions with it.
    """

    def __init__(self, schema: pa.Schema, hash_function: HashFunction = hash_keys) -> None:
        self.codec = KeyCodec(schema)
        self.hash = hash_function
        self.clear()

    def clear(self) -> None:
        """Forget all keys."""
        self.bits = _FIRST_BITS
        self.table = np.zeros(1 << _FIRST_BITS, np.uint64)
        self.words = np.zeros((_FIRST_SLOTS, self.codec.width), np.uint64)
        self.nulls = np.zeros(0, np.uint64)
        self.flags = np.zeros(_FIRST_SLOTS, np.uint8)
        self.arena = np.zeros(0, np.uint8)
        self.spare = np.zeros(0, np.int64)
        self.spare_count = 0
        self.used = 0
        self.arena_used = 0
        self.arena_garbage = 0
        self.kept = SlotColumns(self.codec.kept)

    def __len__(self) -> int:
        return self.used - self.spare_count

    @property
    def capacity(self) -> int:
        """How many slots the arrays have room for."""
        return len(self.flags)

    def memory_bytes(self) -> int:
        """Return the bytes in use."""
        per_slot = 8 * self.codec.width + 1 + (8 if self.nulls.size else 0)
        fixed = self.table.nbytes + self.arena_used + 8 * self.spare_count
        return fixed + self.used * per_slot + self.kept.memory_bytes(self.used)

    def lookup(self, table: pa.Table | pa.RecordBatch) -> np.ndarray:
        """Return the slot of each key, -1 for unknown ones."""
        keys = self.codec.encode(table)
        out = np.empty(len(keys), np.int64)
        stored = (self.table, self.bits, self.words, self.nulls, self.arena)
        kernels.find(keys.words, keys.nulls, keys.data, self.hash(keys), keys.fixed, *stored, out)
        return out

    def insert(self, table: pa.Table | pa.RecordBatch) -> tuple[np.ndarray, np.ndarray]:
        """Return ``(slots, new)``; unknown keys get a slot, keys may repeat."""
        keys = self.codec.encode(table)
        self._reserve(keys)
        out = np.empty(len(keys), np.int64)
        new = np.empty(len(keys), np.bool_)
        state = np.array([self.spare_count, self.used, self.arena_used], np.int64)
        stored = (self.table, self.bits, self.words, self.nulls, self.arena, self.spare)
        kernels.upsert(
            keys.words, keys.nulls, keys.data, self.hash(keys), keys.fixed, *stored, state, out, new
        )
        self.spare_count, self.used, self.arena_used = (int(number) for number in state)
        self._keep(table, out, new)
        return out, new

    def insert_absent(self, table: pa.Table | pa.RecordBatch) -> np.ndarray | slice:
        """Return the slots of keys that are known to be distinct and absent; compares nothing where it can."""
        plain = self.codec.fixed == self.codec.width > 0
        if self.spare_count or not plain:
            return self.insert(table)[0]
        keys = self.codec.encode(table)
        self._reserve(keys)
        fresh = slice(self.used, self.used + len(keys))
        self.words[fresh] = keys.words
        if keys.nulls.size:
            self.nulls[fresh] = keys.nulls
        kernels.bulk_insert(self.hash(keys), fresh.start, self.table, self.bits)
        self.used = fresh.stop
        self.flags[fresh] = LIVE
        return fresh

    def remove(self, slots: np.ndarray) -> None:
        """Free distinct live slots."""
        keys = self._stored(slots)
        self._erase(keys, slots)
        self.flags[slots] = 0
        self._push_spare(slots)
        for word in range(self.codec.fixed + 1, self.codec.width, 2):
            self.arena_garbage += int(keys.words[:, word].sum())
        if self.arena_garbage > max(_ARENA_SLACK, self.arena_used // 2):
            self._compact_arena()

    def _erase(self, keys: EncodedKeys, slots: np.ndarray) -> None:
        kernels.erase(self.hash(keys), slots, self.table, self.bits)

    def keys_at(self, slots: np.ndarray | slice) -> list[pa.Array]:
        """Return the key columns of live slots, in order; a copy."""
        return self.codec.decode(self._stored(slots), self.kept.arrays_at(slots))

    def live_slots(self) -> np.ndarray:
        """Return all live slots, ascending."""
        if not self.spare_count:
            return np.arange(self.used)
        return np.flatnonzero(self.flags[: self.used] & LIVE)

    def live(self) -> np.ndarray | slice:
        """Return all live slots in the form that is fastest to read."""
        return self.live_slots() if self.spare_count else slice(0, self.used)

    def _stored(self, slots: np.ndarray | slice) -> EncodedKeys:
        nulls = self.nulls[slots] if self.nulls.size else self.nulls
        words = self.words[slots]
        if isinstance(slots, slice):
            words, nulls = words.copy(), nulls.copy()
        return EncodedKeys(words, nulls, self.arena, self.codec.fixed)

    def _keep(self, table: pa.Table | pa.RecordBatch, slots: np.ndarray, new: np.ndarray) -> None:
        fresh = slots[new]
        self.flags[fresh] = LIVE
        if len(self.codec.kept) and len(fresh):
            rows = pa.array(np.flatnonzero(new))
            columns = [column.take(rows) for column in self.codec.kept_columns(table)]
            self.kept.reserve(self.capacity)
            self.kept.put(fresh, columns)

    def _reserve(self, keys: EncodedKeys) -> None:
        count = len(keys)
        self._reserve_slots(self.used + max(0, count - self.spare_count))
        if keys.nulls.size and not self.nulls.size:
            self.nulls = np.zeros(self.capacity, np.uint64)
        if self.nulls.size and self.nulls.size < self.capacity:
            self.nulls = grown(self.nulls, self.capacity)
        self._reserve_table(len(self) + count)
        arena = self.arena_used + sum(
            int(keys.words[:, word].sum()) for word in range(keys.fixed + 1, self.codec.width, 2)
        )
        if arena > len(self.arena):
            self.arena = grown(self.arena, max(arena, 2 * len(self.arena)))

    def _reserve_slots(self, needed: int) -> None:
        if needed > self.capacity:
            capacity = max(needed, 2 * self.capacity)
            self.words = grown(self.words, capacity)
            self.flags = grown(self.flags, capacity)

    def _reserve_table(self, live: int) -> None:
        bits = self.bits
        while live > _LOAD * (1 << bits):
            bits += 1
        if bits > self.bits:
            larger = np.zeros(1 << bits, np.uint64)
            kernels.regrow(self.table, larger, bits)
            self.table, self.bits = larger, bits

    def _push_spare(self, slots: np.ndarray) -> None:
        needed = self.spare_count + len(slots)
        if needed > len(self.spare):
            self.spare = grown(self.spare, max(needed, 2 * len(self.spare)))
        self.spare[self.spare_count : needed] = slots
        self.spare_count = needed

    def _compact_arena(self) -> None:
        live = self.live_slots()
        parts = []
        at = 0
        for word in range(self.codec.fixed, self.codec.width, 2):
            starts = np.ascontiguousarray(self.words[live, word]).view(np.int64)
            lengths = np.ascontiguousarray(self.words[live, word + 1]).view(np.int64)
            body = np.empty(int(lengths.sum()), np.uint8)
            kernels.gather_bytes(starts, lengths, self.arena, body)
            self.words[live, word] = (at + np.cumsum(lengths) - lengths).view(np.uint64)
            parts.append(body)
            at += len(body)
        self.arena = np.concatenate(parts)
        self.arena_used, self.arena_garbage = at, 0
