"""Bitmaps of 32,768 bits in 4,096 bytes, for exact distinct counts by bucket."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.base.errors import ArrayIndexFault
from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.kernels.segments import owners_of, starts_of

BITS, BYTES = 32_768, 4_096


def position(values: pa.Array) -> pa.Array:
    """Return a number's bit in its bucket; buckets begin at 1 and negative numbers count from 0 down."""
    plain = numbers(values)
    made = np.where(plain > 0, (plain - 1) % BITS, np.abs(np.fmod(plain, BITS)))
    return pa.array(made.astype(np.int64), mask=np.asarray(pc.is_null(values)))


def bucket(values: pa.Array) -> pa.Array:
    """Return a number's bucket."""
    plain = numbers(values)
    made = np.where(plain > 0, 1 + (plain - 1) // BITS, np.trunc(plain / BITS))
    return pa.array(made.astype(np.int64), mask=np.asarray(pc.is_null(values)))


def count(bitmaps: pa.Array) -> pa.Array:
    """Return the number of bits set."""
    made = [
        None if one is None else int.from_bytes(one, "big").bit_count()
        for one in bitmaps.to_pylist()
    ]
    return pa.array(made, pa.int64())


def construct(lists: pa.Array) -> pa.Array:
    """Return the bitmap of each list of bit positions.

    Raises
    ------
    ArrayIndexFault
        ``INVALID_BITMAP_POSITION``.
    """
    places = numbers(lists.flatten()).astype(np.int64)
    bad = (places < 0) | (places >= BITS)
    if bad.any():
        raise ArrayIndexFault(
            "INVALID_BITMAP_POSITION",
            bitPosition=places[bad][0],
            bitmapNumBytes=BYTES,
            bitmapNumBits=BITS,
        )
    made = np.zeros((len(lists), BYTES), dtype=np.uint8)
    owners = owners_of(starts_of(lists))
    np.bitwise_or.at(made, (owners, places // 8), (1 << (places % 8)).astype(np.uint8))
    return _as_binary(made)


def folded(combine: Callable[..., np.ndarray], empty: int) -> Callable[[pa.Array], pa.Array]:
    """Return the kernel that combines each list of bitmaps bit by bit."""

    def kernel(lists: pa.Array) -> pa.Array:
        rows = np.full((len(lists), BYTES), empty, dtype=np.uint8)
        parts = [
            np.frombuffer(one.ljust(BYTES, b"\0")[:BYTES], np.uint8)
            for one in lists.flatten().to_pylist()
        ]
        for owner, part in zip(owners_of(starts_of(lists)), parts, strict=True):
            rows[owner] = combine(rows[owner], part)
        return _as_binary(rows)

    return kernel


def _as_binary(rows: np.ndarray) -> pa.Array:
    fixed = pa.FixedSizeBinaryArray.from_buffers(
        pa.binary(BYTES), len(rows), [None, pa.py_buffer(rows.tobytes())]
    )
    return fixed.cast(pa.binary())


UNION = folded(np.bitwise_or, 0)
INTERSECTION = folded(np.bitwise_and, 255)
EMPTY = bytes(BYTES)
