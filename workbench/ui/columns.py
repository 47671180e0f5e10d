"""A bounded table of numbers, kept by column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

FIRST_SIZE = 256


class Frame(Mapping[str, np.ndarray]):
    """Consecutive rows as columns; a column nobody ever wrote reads as NaN.

    Parameters
    ----------
    first : int
        The number of the first row, counted from the query's first one.
    columns : dict of str to numpy.ndarray
        Arrays of one length.
    length : int
        How many rows.
    """

    __slots__ = ("columns", "first", "length")

    def __init__(self, first: int, columns: dict[str, np.ndarray], length: int) -> None:
        self.first = first
        self.columns = columns
        self.length = length

    def __getitem__(self, name: str) -> np.ndarray:
        found = self.columns.get(name)
        return np.full(self.length, np.nan) if found is None else found

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return self.length

    def last(self, name: str) -> float:
        """Return the newest value of a column that is a number, else NaN."""
        values = self[name]
        known = values[~np.isnan(values)]
        return float(known[-1]) if len(known) else float("nan")


class ColumnRing:
    """The newest `capacity` rows; memory grows with use and stops at the capacity.

    Not thread-safe: `History` holds the lock. Rows are numbered from 0 and never renumbered.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.total = 0
        self.size = min(FIRST_SIZE, capacity)
        self.arrays: dict[str, np.ndarray] = {}

    def append(self, row: Mapping[str, float]) -> None:
        """Add one row; a new column starts as NaN for the rows before it."""
        if self.total == self.size < self.capacity:
            self.grow()
        slot = self.total % self.size
        for name in row.keys() - self.arrays.keys():
            self.arrays[name] = np.full(self.size, np.nan)
        for name, values in self.arrays.items():
            values[slot] = row.get(name, np.nan)
        self.total += 1

    def grow(self) -> None:
        """Double the arrays, never beyond the capacity."""
        bigger = min(self.size * 2, self.capacity)
        pad = np.full(bigger - self.size, np.nan)
        self.arrays = {name: np.concatenate([values, pad]) for name, values in self.arrays.items()}
        self.size = bigger

    @property
    def first(self) -> int:
        """The number of the oldest row still kept."""
        return max(0, self.total - self.size)

    def since(self, row: int) -> Frame:
        """Return the kept rows from number `row` on, as copies."""
        start = min(max(row, self.first), self.total)
        count = self.total - start
        left = start % self.size
        right = left + count
        if right <= self.size:
            columns = {name: values[left:right].copy() for name, values in self.arrays.items()}
        else:
            columns = {
                name: np.concatenate([values[left:], values[: right - self.size]])
                for name, values in self.arrays.items()
            }
        return Frame(start, columns, count)
