"""When a query runs its batches."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.base.durations import parse_trigger_ms
from workbench.base.errors import Unsupported

DEFAULT, PROCESSING_TIME, AVAILABLE_NOW, ONCE = "default", "processingTime", "availableNow", "once"
_UNSUPPORTED = ("continuous", "realTime")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A trigger. ``interval_ms`` counts for processing time only; 0 is "as soon as there is data"."""

    kind: str = DEFAULT
    interval_ms: int = 0

    @property
    def is_finite(self) -> bool:
        """Whether the query ends by itself."""
        return self.kind in (AVAILABLE_NOW, ONCE)

    def next_start_ms(self, now_ms: int) -> int:
        """Return when the next batch may start: the next multiple of the interval, none made up for missed ones."""
        if not self.interval_ms:
            return now_ms
        return now_ms // self.interval_ms * self.interval_ms + self.interval_ms


def parse_trigger(kind: str, value: str) -> Trigger:
    """Return the trigger a user asked for.

    Raises
    ------
    IllegalArgument
        For an interval that is none, or is negative.
    Unsupported
        ``UNSUPPORTED_FEATURE.TRIGGER`` for continuous and real-time triggers.
    """
    if kind in _UNSUPPORTED:
        raise Unsupported("UNSUPPORTED_FEATURE.TRIGGER", trigger=kind)
    if kind == PROCESSING_TIME:
        return Trigger(PROCESSING_TIME, parse_trigger_ms(value))
    return Trigger(kind or DEFAULT)
