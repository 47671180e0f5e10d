"""Aggregates over booleans and bits."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from datafusion import functions as f

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.aggregates.contract import (
    Aggregate,
    Buffer,
    Expr,
    Rows,
    argument_type,
    single,
)
from workbench.engine.functions.kernels import segments
from workbench.engine.functions.vectors import register


def _folded(name: str, pick: Callable[..., Expr], fold: np.ufunc, scatter: str) -> Aggregate:
    def fill(rows: Rows) -> Expr:
        if rows.window is None:
            return pick(rows.value, filter=rows.filter)
        # DataFusion cannot take a value out of these again, which a moving frame needs.
        kind = to_arrow(rows.call.arguments[0].type)
        fold_lists = register(lambda lists: segments.folded(lists, fold), [pa.list_(kind)], kind)
        return fold_lists(rows.over(f.array_agg(rows.value, filter=rows.present)))

    return single(
        Buffer(name, argument_type(), fill, lambda columns, _call: pick(columns[0]), scatter)
    )


TABLE = {
    "bool_and": _folded("all", f.bool_and, np.logical_and, "and"),
    "bool_or": _folded("any", f.bool_or, np.logical_or, "or"),
    "bit_and": _folded("and", f.bit_and, np.bitwise_and, "and"),
    "bit_or": _folded("or", f.bit_or, np.bitwise_or, "or"),
    "bit_xor": _folded("xor", f.bit_xor, np.bitwise_xor, "xor"),
}
