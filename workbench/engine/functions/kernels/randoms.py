"""Random numbers, repeatable for a seed: the generator of Spark (``XORShiftRandom``), so the first partition's numbers are Spark's."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import numba
import numpy as np

MASK = (1 << 64) - 1
_NUMBER = itertools.count(1)


def fresh_name(name: str) -> str:
    """Return a name no other function has; DataFusion takes functions of one name for one function."""
    return f"{name}_{next(_NUMBER)}"


def stream(kind: str, seed: int | None) -> Callable[[int], np.ndarray]:
    """Return the function that gives the next numbers of a stream of ``rand`` or ``randn``."""
    if seed is None:
        fresh = np.random.default_rng()
        return fresh.standard_normal if kind == "randn" else fresh.random
    state = np.array([hash_seed(seed)], dtype=np.uint64)
    if kind == "rand":
        return lambda count: uniforms(state, count)
    spare = np.array([np.nan])
    return lambda count: gaussians(state, spare, count)


@numba.njit(cache=True)
def _bits(state: np.ndarray, count: int) -> int:
    """Return the next ``count`` bits of a 64-bit xorshift generator; each number follows from the last."""
    made = state[0]
    made ^= made << np.uint64(21)
    made ^= made >> np.uint64(35)
    made ^= made << np.uint64(4)
    state[0] = made
    return np.int64(made & ((np.uint64(1) << np.uint64(count)) - np.uint64(1)))


@numba.njit(cache=True)
def _double(state: np.ndarray) -> float:
    high = _bits(state, 26)
    return ((high << 27) + _bits(state, 27)) * 2.0**-53


@numba.njit(cache=True)
def uniforms(state: np.ndarray, count: int) -> np.ndarray:
    """Return the next numbers of [0, 1)."""
    made = np.empty(count)
    for place in range(count):
        made[place] = _double(state)
    return made


@numba.njit(cache=True)
def gaussians(state: np.ndarray, spare: np.ndarray, count: int) -> np.ndarray:
    """Return the next numbers of the standard normal distribution (the polar method, two at a time)."""
    made = np.empty(count)
    for place in range(count):
        if not np.isnan(spare[0]):
            made[place] = spare[0]
            spare[0] = np.nan
            continue
        size = 2.0
        x = y = 0.0
        while size >= 1.0 or size == 0.0:
            x = 2 * _double(state) - 1
            y = 2 * _double(state) - 1
            size = x * x + y * y
        factor = math.sqrt(-2 * math.log(size) / size)
        made[place] = x * factor
        spare[0] = y * factor
    return made


def hash_seed(seed: int) -> int:
    """Return a seed's bits spread out (MurmurHash3 of its eight bytes, twice)."""
    data = (seed & MASK).to_bytes(8, "big")
    low = murmur(data, ARRAY_SEED)
    high = murmur(data, low)
    return (high << 32) | low


ARRAY_SEED = 0x3C074A61


def murmur(data: bytes, seed: int) -> int:
    """Return the 32-bit MurmurHash3 of bytes."""
    value = seed
    for start in range(0, len(data), 4):
        block = int.from_bytes(data[start : start + 4], "little")
        block = (block * 0xCC9E2D51) & 0xFFFFFFFF
        block = ((block << 15) | (block >> 17)) & 0xFFFFFFFF
        value ^= (block * 0x1B873593) & 0xFFFFFFFF
        value = ((value << 13) | (value >> 19)) & 0xFFFFFFFF
        value = (value * 5 + 0xE6546B64) & 0xFFFFFFFF
    value ^= len(data)
    for multiplier, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        value ^= value >> shift
        value = (value * multiplier) & 0xFFFFFFFF
    return value ^ (value >> 16)
