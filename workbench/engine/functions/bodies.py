"""Lambdas as functions over Arrow columns.

A higher-order function lays its elements out flat, gives them and the columns the body reads from outside to
:class:`Body`, and puts the answers back into lists. The body runs once per batch, not once per element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any

import datafusion
import numpy as np
import pyarrow as pa

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed

DEPTH = 64
"""Bodies that may wait for one another at a time: lambdas inside lambdas, in every thread of a query."""

Columns = Mapping[str, pa.Array]
Kernel = Callable[..., pa.Array]


@cache
def _context() -> datafusion.SessionContext:
    return datafusion.SessionContext(datafusion.SessionConfig().with_target_partitions(1))


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(DEPTH, "lambda")


@dataclass(frozen=True, slots=True)
class Body:
    """A lambda's body: ``expression`` over columns named by its parameters and by the ``outer`` attributes it reads."""

    parameters: tuple[typed.Attribute, ...]
    outer: tuple[typed.Attribute, ...]
    expression: datafusion.Expr
    kind: pa.DataType

    def over(self, parameters: tuple[pa.Array, ...], outer: Columns) -> pa.Array:
        """Return the body's value per row.

        ``parameters`` may be more than the lambda names. The query runs in a thread of its own: DataFusion does not
        start one in a thread that runs another.
        """
        rows = len(parameters[0])
        if not rows:
            return pa.array([], self.kind)
        table = self._table(parameters, outer)
        return _threads().submit(self._run, table).result()

    def _table(self, parameters: tuple[pa.Array, ...], outer: Columns) -> pa.Table:
        named = {
            one.column: values for one, values in zip(self.parameters, parameters, strict=False)
        }
        exact = {
            one.column: values
            if values.type == to_arrow(one.type)
            else values.cast(to_arrow(one.type))
            for one, values in ((one, named[one.column]) for one in self.parameters)
        }
        shown = {**{one.column: outer[one.column] for one in self.outer}, **exact}
        return pa.table(shown or {"none": parameters[0]})

    def _run(self, table: pa.Table) -> pa.Array:
        frame = _context().from_arrow(table).select(self.expression.alias("value"))
        made = frame.to_arrow_table().column(0).combine_chunks()
        made = pa.concat_arrays(made.chunks) if isinstance(made, pa.ChunkedArray) else made
        return made if made.type == self.kind else made.cast(self.kind)


def outer_of(expression: typed.Lambda) -> tuple[typed.Attribute, ...]:
    """Return the attributes a lambda reads that no lambda inside binds."""
    bound = {one.id for one in expression.parameters}
    found = {one.id: one for one in _attributes(expression.body) if one.id not in bound}
    return tuple(found.values())


def _attributes(expression: Any) -> list[typed.Attribute]:
    if isinstance(expression, typed.Attribute):
        return [expression]
    if isinstance(expression, typed.Lambda):
        return list(outer_of(expression))
    if isinstance(expression, tuple):
        return [one for part in expression for one in _attributes(part)]
    if not isinstance(expression, typed.Typed):
        return []
    return [
        one
        for name in type(expression).__dataclass_fields__
        for one in _attributes(getattr(expression, name))
    ]


@dataclass(frozen=True, slots=True)
class Outer:
    """The columns of the rows a higher-order function works on, for its lambdas' bodies."""

    columns: Columns

    def take(self, owners: np.ndarray) -> Columns:
        """Return the columns with each row as often as it owns an element."""
        places = pa.array(owners)
        return {name: values.take(places) for name, values in self.columns.items()}


def call_body(
    kernel: Kernel, arguments: list[Any], call: typed.Call, **named: Any
) -> datafusion.Expr:
    """Return the expression of a higher-order function.

    ``kernel`` is called with the plain arguments as arrays, and by keyword with ``bodies``, ``outer`` and ``named``.
    """
    plain = [place for place, one in enumerate(call.arguments) if not isinstance(one, typed.Lambda)]
    bodies = tuple(one for one in arguments if isinstance(one, Body))
    read = tuple({one.id: one for body in bodies for one in body.outer}.values())
    output = to_arrow(call.type)

    def run(*arrays: pa.Array) -> Any:
        values, rest = arrays[: len(plain)], arrays[len(plain) :]
        outer = Outer({one.column: column for one, column in zip(read, rest, strict=True)})
        return kernel(*values, bodies=bodies, outer=outer, to=output, **named)

    run.__name__ = kernel.__name__
    kinds = [to_arrow(call.arguments[place].type) for place in plain]
    function = register(run, [*kinds, *(to_arrow(one.type) for one in read)], output)
    return function(
        *(arguments[place] for place in plain), *(datafusion.col(one.column) for one in read)
    )
