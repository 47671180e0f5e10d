"""A mergeable sketch of latencies: how many fell into each of a fixed row of buckets.

The idea is DDSketch's (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error
guarantees", VLDB 2019): buckets grow with the value, so every quantile is right to a share of itself, and two sketches
are merged by adding their counts. The bucket of a value is read off the bits of its float, which costs no logarithm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from workbench.base.errors import IllegalArgument

VERSION = "v1"
SHIFT = 18
"""Bits of a 4-byte float left away: 5 of the mantissa stay, 32 buckets each time the value doubles."""
RELATIVE_ERROR = 1 / 64
LEAST_MS, MOST_MS = 0.01, 1e11
"""Shorter and longer ones count as these; a clock that went back gives 0.01 ms, never a negative time."""


@dataclass(frozen=True, slots=True, eq=False)
class LatencySketch:
    """The latencies of some rows, in milliseconds.

    Written as one line of text: ``v1``, the number of the first bucket, then the counts of it and those after it;
    ``~n`` stands for ``n`` empty ones.

    Attributes
    ----------
    first : int
        The number of the first bucket.
    counts : numpy.ndarray
        How many rows fell into it and each after it.
    """

    first: int = 0
    counts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))

    @classmethod
    def of(cls, values_ms: np.ndarray, weight: int = 1) -> LatencySketch:
        """Return the sketch of some latencies, each standing for ``weight`` rows."""
        if not len(values_ms):
            return cls()
        buckets = np.clip(values_ms, LEAST_MS, MOST_MS).astype(np.float32).view(np.int32) >> SHIFT
        first = int(buckets.min())
        return cls(first, np.bincount(buckets - first) * weight)

    @classmethod
    def parse(cls, text: str) -> LatencySketch:
        """Return the sketch a text stands for, or raise ``WORKBENCH_LATENCY_SKETCH``."""
        try:
            first, *tokens = text.removeprefix(VERSION).split() if text.startswith(VERSION) else []
            counts = [n for token in tokens for n in counts_of(token)]
            return cls(int(first), np.asarray(counts, np.int64))
        except ValueError as error:
            raise IllegalArgument("WORKBENCH_LATENCY_SKETCH", text=text[:60]) from error

    @property
    def rows(self) -> int:
        """How many rows it speaks of."""
        return int(self.counts.sum())

    def quantile(self, share: float) -> float:
        """Return the latency that this share of the rows did not exceed, right to 1/64 of itself; NaN for no rows."""
        if not self.rows:
            return float("nan")
        rank = max(0, math.ceil(share * self.rows) - 1)
        bucket = self.first + int(np.searchsorted(np.cumsum(self.counts), rank, side="right"))
        low, high = (np.array([bucket, bucket + 1], np.int32) << SHIFT).view(np.float32)
        return (float(low) + float(high)) / 2

    def __add__(self, other: LatencySketch) -> LatencySketch:
        """Return the sketch of the rows of both."""
        if not len(self.counts) or not len(other.counts):
            return self if len(self.counts) else other
        first = min(self.first, other.first)
        counts = np.zeros(max(map(end_of, (self, other))) - first, np.int64)
        for one in (self, other):
            counts[one.first - first : end_of(one) - first] += one.counts
        return LatencySketch(first, counts)

    def __str__(self) -> str:
        return " ".join([VERSION, str(self.first), *tokens_of(self.counts)])


def end_of(sketch: LatencySketch) -> int:
    """Return the number behind the last bucket."""
    return sketch.first + len(sketch.counts)


def counts_of(token: str) -> list[int]:
    """Return the counts one word of the text stands for."""
    return [0] * int(token[1:]) if token.startswith("~") else [int(token)]


def tokens_of(counts: np.ndarray) -> list[str]:
    """Return the words of the text: counts, and how many empty buckets lie between them."""
    filled = np.flatnonzero(counts)
    gaps = np.diff(filled, prepend=-1) - 1
    words = (
        [f"~{gap}"] * bool(gap) + [str(counts[at])] for at, gap in zip(filled, gaps, strict=True)
    )
    return [word for pair in words for word in pair]
