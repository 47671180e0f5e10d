"""Which aggregate a call is."""

from __future__ import annotations

from workbench.engine.functions.aggregates import (
    bitmaps,
    choices,
    collections,
    counts,
    logic,
    moments,
    quantiles,
    sums,
)
from workbench.engine.functions.aggregates.contract import Aggregate
from workbench.engine.plan import typed

TABLE: dict[str, Aggregate] = {
    **sums.TABLE,
    **counts.TABLE,
    **choices.TABLE,
    **logic.TABLE,
    **collections.TABLE,
    **moments.TABLE,
    **quantiles.TABLE,
    **bitmaps.TABLE,
}


def find(call: typed.AggregateCall) -> Aggregate:
    """Return the aggregate of a call that :func:`catalog.resolve` made."""
    return TABLE[call.function]
