"""Bitmap aggregates and the product."""

from __future__ import annotations

from collections.abc import Callable

import datafusion
import numpy as np
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.engine.functions.aggregates.contract import (
    Aggregate,
    Buffer,
    Expr,
    Rows,
    as_double,
    single,
)
from workbench.engine.functions.kernels import bitmaps
from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.kernels.segments import starts_of
from workbench.engine.functions.vectors import register

LISTS, BYTES = pa.list_(pa.binary()), pa.binary()
_CONSTRUCT = register(bitmaps.construct, [pa.list_(pa.int64())], BYTES)


def _folded(fold: Callable[[pa.Array], pa.Array], construct: bool = False) -> Aggregate:
    run = register(fold, [LISTS], BYTES)

    def fill(rows: Rows) -> Expr:
        if construct:
            return _CONSTRUCT(
                rows.over(f.array_agg(rows.value.cast(pa.int64()), filter=rows.present))
            )
        return run(rows.over(f.array_agg(rows.value, filter=rows.present)))

    return single(
        Buffer("bitmap", t.BinaryType(), fill, lambda columns, _call: run(f.array_agg(columns[0])))
    )


def multiplied(lists: pa.Array) -> pa.Array:
    """Return the product of each list, NULL for an empty one."""
    starts, values = starts_of(lists), numbers(lists.flatten())
    lengths = np.diff(starts)
    made = np.ones(len(lists))
    filled = lengths > 0
    if filled.any():
        made[filled] = np.multiply.reduceat(values, starts[:-1][filled])
    return pa.array(made, mask=~filled)


_MULTIPLIED = register(multiplied, [pa.list_(pa.float64())], pa.float64())


def _product(rows: Rows) -> Expr:
    value = as_double(rows.value, rows.call.arguments[0])
    return _MULTIPLIED(
        rows.over(f.array_agg(value, distinct=rows.call.distinct, filter=rows.present))
    )


def _merged_product(columns: list[Expr], _call: object) -> Expr:
    present = columns[0].is_not_null()
    return _MULTIPLIED(f.array_agg(columns[0] + datafusion.literal(0.0), filter=present))


TABLE = {
    "bitmap_construct_agg": _folded(bitmaps.UNION, construct=True),
    "bitmap_or_agg": _folded(bitmaps.UNION),
    "bitmap_and_agg": _folded(bitmaps.INTERSECTION),
    "product": single(Buffer("product", t.DoubleType(), _product, _merged_product)),
}
