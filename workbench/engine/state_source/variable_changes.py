"""What batches changed in a list or a map of ``transformWithState``: a row an element or an entry, as Spark's change feed has it.

A store knows what a batch made of a key's whole list. Beside what was before it, that tells what came and went: elements behind those
that stayed were appended, another beginning is an update, and an entry is told by its own key.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from workbench.engine.state.index import KeyIndex

UPDATE, APPEND, DELETE = "update", "append", "delete"


@dataclass(frozen=True, slots=True)
class Lists:
    """A column of lists taken apart.

    Attributes
    ----------
    parts : pa.Array
        All elements.
    sizes, owners, places : np.ndarray
        How many each row has; of each element, its row and its place there.
    """

    parts: pa.Array
    sizes: np.ndarray
    owners: np.ndarray
    places: np.ndarray

    @classmethod
    def of(cls, lists: pa.Array) -> Lists:
        """Take a column apart; a missing list is an empty one."""
        sizes = np.asarray(pc.fill_null(pc.list_value_length(lists), 0)).astype(np.int64)
        owners = np.repeat(np.arange(len(sizes)), sizes)
        places = np.arange(len(owners)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return cls(pc.list_flatten(lists), sizes, owners, places)


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed, in order: of each, the row of the store it belongs to, its kind and its part; deletes have none of their own."""

    owners: np.ndarray
    kinds: np.ndarray
    parts: pa.Array


def of_lists(before: pa.Array, now: pa.Array, gone: np.ndarray) -> Changes:
    """Return the changes of lists; ``gone``: the rows that were removed, one delete each."""
    old, new = Lists.of(before), Lists.of(now)
    begins = _goes_on(old, new)
    shown = ~begins[new.owners] | (new.places >= old.sizes[new.owners])
    kinds = np.where(~begins[new.owners] & (new.places == 0), UPDATE, APPEND)
    deleted = np.flatnonzero(gone)
    return _in_order(
        np.concatenate([deleted, new.owners[shown]]),
        np.concatenate([np.full(len(deleted), DELETE), kinds[shown]]),
        pa.concat_arrays([pa.nulls(len(deleted), new.parts.type), new.parts.filter(shown)]),
    )


def of_maps(before: pa.Array, now: pa.Array, key: str) -> Changes:
    """Return the changes of maps, which are lists of entries told apart by their field ``key``."""
    old, new = Lists.of(before), Lists.of(now)
    old_keys, new_keys = _numbered(old, new, lambda parts: parts.field(key))
    old_entries, new_entries = _numbered(old, new, lambda parts: parts)
    gone, changed = ~np.isin(old_keys, new_keys), ~np.isin(new_entries, old_entries)
    return _in_order(
        np.concatenate([old.owners[gone], new.owners[changed]]),
        np.concatenate([np.full(gone.sum(), DELETE), np.full(changed.sum(), UPDATE)]),
        pa.concat_arrays([old.parts.filter(gone), new.parts.filter(changed)]),
    )


def _goes_on(old: Lists, new: Lists) -> np.ndarray:
    """Tell the rows whose list begins with all of the list before it."""
    if not len(old.owners):
        return np.ones(len(new.sizes), np.bool_)
    numbers, others = _numbered(old, new, lambda parts: parts)
    there = old.places < new.sizes[old.owners]
    starts = np.cumsum(new.sizes) - new.sizes
    at = np.where(there, starts[old.owners] + old.places, 0)
    same = there & (numbers == (others[at] if len(others) else -1))
    return np.bincount(old.owners, ~same, len(new.sizes)) == 0


def _numbered(old: Lists, new: Lists, told) -> tuple[np.ndarray, np.ndarray]:  # noqa: ANN001 - a function of this module
    """Number parts so that equal ones of a row share a number; ``told``: what makes them equal."""
    parts = pa.concat_arrays([told(old.parts), told(new.parts)])
    owners = np.concatenate([old.owners, new.owners])
    table = pa.table({"owner": owners, "part": parts})
    numbers = KeyIndex(table.schema).insert(table)[0]
    return numbers[: len(old.owners)], numbers[len(old.owners) :]


def _in_order(owners: np.ndarray, kinds: np.ndarray, parts: pa.Array) -> Changes:
    order = np.argsort(owners, kind="stable")
    return Changes(owners[order], kinds[order], parts.take(pa.array(order)))
