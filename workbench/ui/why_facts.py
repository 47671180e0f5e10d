"""What the rules of `why` look at."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.ui.columns import Frame
from workbench.ui.progress import Shape

LOOK_BACK = 20


@dataclass(frozen=True, slots=True)
class Facts:
    """The newest batches of one query and how it stands.

    `output_mode` is "", `trigger_ms` is 0 and `nodes` is empty where the server tells no such thing. `tail` gives more
    batches.
    """

    state: str
    error: str | None
    frame: Frame
    shape: Shape
    now_ms: float
    output_mode: str
    trigger_ms: float
    nodes: tuple[dict[str, Any], ...]
    tail: Callable[[int], Frame]

    @property
    def mark(self) -> float:
        """The watermark, NaN while there is none."""
        return self.frame.last("watermark")

    @property
    def has_watermark(self) -> bool:
        """Whether there is a watermark."""
        return not math.isnan(self.mark)

    def last(self, name: str) -> float:
        """Return a column's newest value."""
        values = self.frame[name]
        return float(values[-1]) if len(values) else math.nan

    def sum(self, name: str) -> float:
        """Return a column's sum over the batches looked at."""
        return float(np.nansum(self.frame[name]))
