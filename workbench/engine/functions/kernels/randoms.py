"""Random numbers, repeatable for a seed: the generator of Spark (``XORShiftRandom``), so the first partition's numbers are Spark's."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable

import numpy as np

MASK = (1 << 64) - 1
_NUMBER = itertools.count(1)


def fresh_name(name: str) -> str:
    """Return a name no other function has; DataFusion takes functions of one name for one function."""
    return f"{name}_{next(_NUMBER)}"


def stream(kind: str, seed: int | None) -> Callable[[int], np.ndarray]:
    """Return the function that gives the next numbers of a stream of ``rand`` or ``randn``."""
    state = Generator(random.getrandbits(63) if seed is None else seed)
    draw = state.gaussian if kind == "randn" else state.double
    if seed is None and kind == "rand":
        fast = np.random.default_rng()
        return fast.random
    return lambda count: np.fromiter((draw() for _ in range(count)), float, count)


class Generator:
    """A 64-bit xorshift generator. Each number follows from the last, so numbers are drawn one by one."""

    def __init__(self, seed: int) -> None:
        self.state = hash_seed(seed)
        self.spare: float | None = None

    def bits(self, count: int) -> int:
        """Return the next ``count`` bits."""
        state = self.state
        state ^= (state << 21) & MASK
        state ^= state >> 35
        state ^= (state << 4) & MASK
        self.state = state
        return state & ((1 << count) - 1)

    def double(self) -> float:
        """Return the next number of [0, 1)."""
        return ((self.bits(26) << 27) + self.bits(27)) * 2.0**-53

    def gaussian(self) -> float:
        """Return the next number of the standard normal distribution (the polar method, two at a time)."""
        if self.spare is not None:
            made, self.spare = self.spare, None
            return made
        while True:
            x, y = 2 * self.double() - 1, 2 * self.double() - 1
            size = x * x + y * y
            if 0 < size < 1:
                factor = math.sqrt(-2 * math.log(size) / size)
                self.spare = y * factor
                return x * factor


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
