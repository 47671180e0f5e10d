"""Compiled loops over the queue of expiring slots; see :mod:`kernels` for how they are compiled."""

# ruff: noqa: ANN001, ANN201 - the types of a compiled loop are in its signature

from __future__ import annotations

import numba as nb

_I64_IN = nb.types.Array(nb.int64, 1, "C", readonly=True)
_FLAGS_IN = nb.types.Array(nb.boolean, 1, "C", readonly=True)
_I64 = nb.int64[::1]


@nb.njit(nb.int64(_I64_IN, _I64_IN, _FLAGS_IN, _I64, _I64, nb.int64, _I64), cache=True, nogil=True)
def enqueue(slots, times, valid, home, smallest, run, out):
    """Put slots that wait nowhere, or in a run that comes up too late, into a new run.

    Slots may repeat. Writes the run's slots, the one of the smallest time first, and that time; returns how many slots it
    has.
    """
    count = best = 0
    first = nb.int64(0x7FFFFFFFFFFFFFFF)
    for at in range(slots.size):
        slot = slots[at]
        old = home[slot]
        if old == run or (valid.size and not valid[at]):
            continue
        if old == 0 or smallest[old] > times[at]:
            home[slot] = run
            out[count] = slot
            if times[at] < first:
                first, best = times[at], count
            count += 1
    if count:
        out[0], out[best] = out[best], out[0]
    smallest[run] = first
    return count
