"""``spark.range``: numbers at hand while they are few, made as they are asked for when they are many."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import pyarrow as pa
from datafusion import col

if TYPE_CHECKING:
    from datafusion import DataFrame

    from workbench.engine.kernel.operators import Compilation
    from workbench.engine.plan.typed import Attribute

FEW = 1 << 20
"""Up to this many numbers are one table, which costs least to plan."""


def numbers(wanted: range, output: tuple[Attribute, ...], run: Compilation) -> DataFrame:
    """Return a frame of a range's numbers, in order; a part of it per partition."""
    if len(wanted) <= FEW:
        return run.frame(pa.table([_at_hand(wanted)], names=["id"]), output)
    size = -(-len(wanted) // run.partitions)
    parts = [_made(wanted[i * size : (i + 1) * size], output, run) for i in range(run.partitions)]
    return reduce(lambda left, right: left.union(right), parts)


def _at_hand(wanted: range) -> pa.Array:
    # Arrow counts past the end of a long where the last step would leave it.
    if max(abs(wanted.start), abs(wanted.stop)) + abs(wanted.step) < 1 << 63:
        return pa.arange(wanted.start, wanted.stop, wanted.step)
    return pa.array(wanted, pa.int64())


def _made(part: range, output: tuple[Attribute, ...], run: Compilation) -> DataFrame:
    (attribute,) = output
    rows = run.context.sql(f"SELECT value FROM range({part.start}, {part.stop}, {part.step})")  # noqa: S608 - three numbers
    return rows.select(col("value").alias(attribute.column))
