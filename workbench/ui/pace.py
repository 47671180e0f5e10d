"""The pace of a query's trigger, as its batches show it."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

LOOK_BACK = 20
FEWEST = 3
STEADY = 0.25
WAITED = 1.02


class Pace:
    """Guesses the trigger's interval: progress does not carry it.

    A batch that started later than the one before had ended waited for its trigger, or for data. If the newest
    such waits are alike, they are the trigger's interval.
    """

    def __init__(self) -> None:
        self.waits: deque[float] = deque(maxlen=LOOK_BACK)

    def after(self, interval_ms: float, took_ms: float) -> float:
        """Take in one batch; return the interval in ms, NaN while none is steady.

        Parameters
        ----------
        interval_ms, took_ms : float
            From the start of the batch before to the start of this one, and how long the one before took.
        """
        if interval_ms > took_ms * WAITED:
            self.waits.append(interval_ms)
        if len(self.waits) < FEWEST:
            return math.nan
        middle = median(self.waits)
        spread = median(abs(wait - middle) for wait in self.waits)
        return middle if spread <= STEADY * middle else math.nan
