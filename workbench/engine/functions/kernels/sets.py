"""Kernels that take two arrays as sets."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from workbench.engine.functions.kernels.collections import first_of_each
from workbench.engine.functions.kernels.lists import concatenated
from workbench.engine.functions.kernels.orders import NULL, codes, common_codes
from workbench.engine.functions.kernels.rebuild import kept, missing
from workbench.engine.functions.kernels.segments import owners_of, starts_of


def union(left: pa.Array, right: pa.Array, to: pa.DataType) -> pa.Array:
    """Return the values of both, each once."""
    both = concatenated(left, right, to=to)
    return kept(both, first_of_each(owners_of(starts_of(both)), codes(both.flatten())), to)


def _members(
    left: pa.Array, right: pa.Array
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the left values' owners and numbers, and where they are in the right array; then the right numbers."""
    one, other = common_codes(left.flatten(), right.flatten())
    width = max(one.max(initial=0), other.max(initial=0)) + 1
    owners = owners_of(starts_of(left))
    keys = owners_of(starts_of(right)) * width + other
    return owners, one, np.isin(owners * width + one, keys), other


def intersection(left: pa.Array, right: pa.Array, to: pa.DataType) -> pa.Array:
    """Return the values both have, each once."""
    owners, values, inside, _other = _members(left, right)
    return kept(left, inside & first_of_each(owners, values), to, missing(left, right))


def difference(left: pa.Array, right: pa.Array, to: pa.DataType) -> pa.Array:
    """Return the values only the left one has, each once."""
    owners, values, inside, _other = _members(left, right)
    return kept(left, ~inside & first_of_each(owners, values), to, missing(left, right))


def overlap(left: pa.Array, right: pa.Array) -> pa.Array:
    """Return whether arrays share a value; NULL where they do not but a NULL leaves it open."""
    owners, values, inside, other = _members(left, right)
    count = len(left)
    found = np.bincount(owners[inside & (values != NULL)], minlength=count) > 0
    others = owners_of(starts_of(right))
    holes = np.bincount(owners[values == NULL], minlength=count) + np.bincount(
        others[other == NULL], minlength=count
    )
    filled = (np.diff(starts_of(left)) > 0) & (np.diff(starts_of(right)) > 0)
    return pa.array(found, mask=missing(left, right) | (~found & filled & (holes > 0)))
