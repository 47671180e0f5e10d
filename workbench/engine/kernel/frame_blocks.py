"""Frames cut from one and put together again by their blocks: for thousands of small ones, pandas' own ways cost too much.

A frame of pandas 2 is a manager of blocks, each a two-dimensional array of the columns of one type. Cutting rows is cutting each
block; frames with the same blocks are put together by putting these together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def rows_of(whole: pd.DataFrame, start: int, end: int) -> pd.DataFrame:
    """Return rows as a frame of its own that counts from 0; it shares the memory of the whole, which nobody else reads."""
    manager = whole._mgr.get_slice(slice(start, end), axis=1)  # noqa: SLF001 - a tenth of iloc and reset_index
    manager.axes[1] = pd.RangeIndex(end - start)
    return pd.DataFrame._from_mgr(manager, manager.axes)  # noqa: SLF001


def stacked(frames: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return frames one below the other, counted from 0; as ``pandas.concat`` with ``ignore_index``."""
    first = frames[0]
    if len(frames) == 1:
        return first
    layout = _layout(first)
    if layout is None or any(_layout(frame) != layout for frame in frames):
        return pd.concat(frames, ignore_index=True)
    columns: dict[int, np.ndarray] = {}
    for number, block in enumerate(first._mgr.blocks):  # noqa: SLF001
        values = np.concatenate([frame._mgr.blocks[number].values for frame in frames], axis=1)  # noqa: SLF001
        columns |= dict(zip(block.mgr_locs, values, strict=True))
    made = pd.DataFrame({place: columns[place] for place in range(first.shape[1])}, copy=False)
    made.columns = first.columns
    return made


class Stack:
    """Frames as they are made, put together a few hundred at a time: many small objects alive at once are costly to keep."""

    _MANY = 512

    def __init__(self) -> None:
        self._whole: list[pd.DataFrame] = []
        self._small: list[pd.DataFrame] = []

    def add(self, frame: pd.DataFrame) -> None:
        """Put a frame below the others; one without rows may have any columns."""
        if len(frame):
            self._small.append(frame)
            if len(self._small) == self._MANY:
                self._gather()

    def frame(self) -> pd.DataFrame | None:
        """Return all rows, or None when there are none."""
        self._gather()
        return stacked(self._whole) if self._whole else None

    def _gather(self) -> None:
        if self._small:
            self._whole.append(stacked(self._small))
            self._small = []


def _layout(frame: pd.DataFrame) -> tuple[Any, ...] | None:
    """Return what two frames must share to be put together block by block; None: they are not to be."""
    manager = frame._mgr  # noqa: SLF001
    kinds = [
        block.values.dtype if type(block.values) is np.ndarray else None for block in manager.blocks
    ]
    if None in kinds:
        return None
    return (tuple(frame.columns), kinds, manager.blknos.tobytes(), manager.blklocs.tobytes())
