"""Generators as DataFusion expressions: a list of rows (structs) per row, which the kernel unnests."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.kernels import json_paths, structures
from workbench.engine.functions.vectors import call_vector
from workbench.engine.plan import typed

Expr = datafusion.Expr


def _rows_type(call: typed.GeneratorCall) -> pa.DataType:
    return pa.list_(pa.field("item", to_arrow(call.type), nullable=False))


def _explode(position: bool) -> Callable[[typed.GeneratorCall, Sequence[Expr]], Expr]:
    def build(call: typed.GeneratorCall, arguments: Sequence[Expr]) -> Expr:
        is_map = isinstance(call.arguments[0].type, t.MapType)
        kernel = structures.exploded_map if is_map else structures.exploded
        return _run(kernel, call, arguments, position=position, outer=call.outer)

    return build


def _inline(call: typed.GeneratorCall, arguments: Sequence[Expr]) -> Expr:
    return _run(structures.inlined, call, arguments, outer=call.outer)


def _stack(call: typed.GeneratorCall, arguments: Sequence[Expr]) -> Expr:
    return _run(structures.stacked, call, arguments, constants=(0,))


def _json_tuple(call: typed.GeneratorCall, arguments: Sequence[Expr]) -> Expr:
    return _run(json_paths.json_tuple, call, arguments)


def _run(
    kernel: Callable[..., pa.Array],
    call: typed.GeneratorCall,
    arguments: Sequence[Expr],
    constants: tuple[int, ...] = (),
    **named: object,
) -> Expr:
    kind = _rows_type(call)
    return call_vector(kernel, arguments, call.arguments, kind, constants, to=kind, **named)


TABLE: dict[str, Callable[[typed.GeneratorCall, Sequence[Expr]], Expr]] = {
    "explode": _explode(position=False),
    "explode_outer": _explode(position=False),
    "posexplode": _explode(position=True),
    "posexplode_outer": _explode(position=True),
    "inline": _inline,
    "inline_outer": _inline,
    "stack": _stack,
    "json_tuple": _json_tuple,
}


def build(call: typed.GeneratorCall, arguments: Sequence[Expr]) -> Expr:
    """Return a list of structs per row: the rows a generator makes of it.

    An outer generator gives one row of NULL where there would be none.
    """
    return TABLE[call.function](call, arguments)
