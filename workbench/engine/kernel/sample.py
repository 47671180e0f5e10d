"""A random part of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from workbench.engine.plan.operators import Sample


def sample(table: pa.Table, operator: Sample) -> pa.Table:
    """Return the sampled rows; the same seed and input give the same rows (not the rows Spark would pick)."""
    random = np.random.default_rng(operator.seed & (2**64 - 1))
    if operator.with_replacement:
        copies = random.poisson(operator.upper - operator.lower, table.num_rows)
        return table.take(pa.array(np.repeat(np.arange(table.num_rows), copies)))
    draws = random.random(table.num_rows)
    return table.filter(pa.array((draws >= operator.lower) & (draws < operator.upper)))
