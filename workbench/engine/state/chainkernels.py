"""Compiled loops over chains of rows; see :mod:`kernels` for how they are compiled."""

# ruff: noqa: ANN001, ANN201 - the types of a compiled loop are in its signature

from __future__ import annotations

import numba as nb

from workbench.engine.state.kernels import prefetch

_I64_IN = nb.types.Array(nb.int64, 1, "C", readonly=True)
_I64 = nb.int64[::1]
_FLAGS = nb.boolean[::1]
_AHEAD = 16


@nb.njit(nb.void(_I64_IN, _I64_IN, _I64, _I64, _I64, _I64), cache=True, nogil=True)
def link(owners, rows, head, tail, after, before):
    """Append rows to the chains of their owners. -1 ends a chain."""
    for at in range(rows.size):
        if at + _AHEAD < rows.size:
            prefetch(tail, owners[at + _AHEAD])
            prefetch(head, owners[at + _AHEAD])
        owner = owners[at]
        row = rows[at]
        last = tail[owner]
        before[row] = last
        after[row] = -1
        if last < 0:
            head[owner] = row
        else:
            after[last] = row
        tail[owner] = row


@nb.njit(nb.int64(_I64_IN, _I64_IN, _I64, _I64, _I64, _I64, _I64), cache=True, nogil=True)
def unlink(owners, rows, head, tail, after, before, emptied):
    """Take rows out of the chains of their owners; write the owners left without one and return how many they are."""
    count = 0
    for at in range(rows.size):
        if at + _AHEAD < rows.size:
            prefetch(tail, owners[at + _AHEAD])
            prefetch(head, owners[at + _AHEAD])
        row = rows[at]
        owner = owners[at]
        previous = before[row]
        following = after[row]
        if previous < 0:
            head[owner] = following
        else:
            after[previous] = following
        if following < 0:
            tail[owner] = previous
        else:
            before[following] = previous
        if previous < 0 and following < 0:
            emptied[count] = owner
            count += 1
    return count


@nb.njit(nb.int64(_I64_IN, _I64_IN, _I64_IN, _I64), cache=True, nogil=True)
def chain_lengths(owners, head, after, out):
    """Write the length of each owner's chain (0 for owner -1); return the sum."""
    total = 0
    for at in range(owners.size):
        if at + _AHEAD < owners.size and owners[at + _AHEAD] >= 0:
            prefetch(head, owners[at + _AHEAD])
        count = 0
        if owners[at] >= 0:
            row = head[owners[at]]
            while row >= 0:
                count += 1
                row = after[row]
        out[at] = count
        total += count
    return total


@nb.njit(nb.void(_I64_IN, _I64_IN, _I64_IN, _I64), cache=True, nogil=True)
def chain_rows(owners, head, after, out):
    """Write the rows of each owner's chain, one chain behind the other."""
    place = 0
    for at in range(owners.size):
        if at + _AHEAD < owners.size and owners[at + _AHEAD] >= 0:
            prefetch(head, owners[at + _AHEAD])
        if owners[at] >= 0:
            row = head[owners[at]]
            while row >= 0:
                out[place] = row
                place += 1
                row = after[row]


@nb.njit(nb.int64(_I64_IN, _FLAGS, _I64), cache=True, nogil=True)
def distinct(owners, seen, out):
    """Write each owner once, in the order they first come; ``seen`` is all False, before and after."""
    count = 0
    for at in range(owners.size):
        owner = owners[at]
        if not seen[owner]:
            seen[owner] = True
            out[count] = owner
            count += 1
    for at in range(count):
        seen[out[at]] = False
    return count
