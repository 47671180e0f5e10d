"""Aggregates over booleans and bits."""

from __future__ import annotations

from collections.abc import Callable

from datafusion import functions as f

from workbench.engine.functions.aggregates.contract import Aggregate, Buffer, Expr, argument_type, single


def _folded(name: str, pick: Callable[..., Expr], scatter: str) -> Aggregate:
    return single(
        Buffer(
            name,
            argument_type(),
            lambda rows: rows.over(pick(rows.value, filter=rows.filter)),
            lambda columns, _call: pick(columns[0]),
            scatter,
        )
    )


TABLE = {
    "bool_and": _folded("all", f.bool_and, "and"),
    "bool_or": _folded("any", f.bool_or, "or"),
    "bit_and": _folded("and", f.bit_and, "and"),
    "bit_or": _folded("or", f.bit_or, "or"),
    "bit_xor": _folded("xor", f.bit_xor, "xor"),
}
