"""What an aggregate is: buffers that partial results are kept in, and how they are filled, merged and finished.

A batch query computes ``finish(partial)`` in one step (``direct``); a streaming query keeps the buffers in its state.
DataFusion takes any scalar expression over aggregate functions for an aggregate, so every buffer is such an expression
and no aggregate needs a Python accumulator.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.plan import typed

Expr = datafusion.Expr


@dataclass(frozen=True, slots=True)
class Rows:
    """The raw rows of a group as an aggregate sees them.

    ``arguments`` are built expressions; ``filter`` and ``order`` are the call's own, built. Every DataFusion aggregate
    a buffer is made of goes through ``over``, so the same buffers serve groups and windows.
    """

    arguments: list[Expr]
    call: typed.AggregateCall
    filter: Expr | None = None
    order: tuple[Any, ...] = ()
    window: Callable[[Expr], Expr] | None = None

    def over(self, made: Expr) -> Expr:
        """Return an aggregate function of DataFusion over the window, where the rows are a window's."""
        return made if self.window is None else self.window(made)

    @property
    def value(self) -> Expr:
        """The first argument."""
        return self.arguments[0]

    def where(self, condition: Expr) -> Expr:
        """Return the call's filter and another condition."""
        return condition if self.filter is None else self.filter & condition

    @property
    def present(self) -> Expr:
        """The call's filter, and the first argument is not NULL."""
        return self.where(self.value.is_not_null())


@dataclass(frozen=True, slots=True)
class Buffer:
    """One partial result.

    Attributes
    ----------
    suffix : str
        Its name after the aggregate's.
    type : DataType or callable
        Its type, or how it follows from the call.
    partial : callable
        ``Rows → Expr``: the aggregate expression that fills it from raw rows.
    merge : callable
        ``(buffer columns, call) → Expr``: the aggregate expression that combines it over several partial results.
    scatter : str, optional
        How two values combine where that is one NumPy operation: sum, min, max, first, last, and, or, xor, concat.
    """

    suffix: str
    type: Any
    partial: Callable[[Rows], Expr]
    merge: Callable[[list[Expr], typed.AggregateCall], Expr]
    scatter: str | None = None

    def type_of(self, call: typed.AggregateCall) -> t.DataType:
        """Return the buffer's type for a call."""
        return self.type(call) if callable(self.type) else self.type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate function: its buffers and its last step."""

    parts: Callable[[typed.AggregateCall], Sequence[Buffer]]
    last: Callable[[list[Expr], typed.AggregateCall], Expr]
    whole: Callable[[Rows], Expr] | None = None

    def direct(
        self,
        arguments: list[Expr],
        call: typed.AggregateCall,
        *,
        filter: Expr | None = None,  # noqa: A002 - the SQL word
        order: Sequence[Any] = (),
    ) -> Expr:
        """Return the whole aggregate as one expression over raw rows.

        Parameters
        ----------
        arguments : list of datafusion.Expr
            The call's arguments, built.
        call : typed.AggregateCall
            The call; its ``distinct`` and ``ignore_nulls`` are honoured.
        filter : datafusion.Expr, optional
            ``call.filter``, built.
        order : sequence of datafusion.SortExpr
            ``call.order``, built.
        """
        return self.over(Rows(list(arguments), call, filter, tuple(order)))

    def over(self, rows: Rows) -> Expr:
        """Return the whole aggregate as one expression over rows of a group or a window."""
        if self.whole is not None:
            return self.whole(rows).cast(to_arrow(rows.call.type))
        filled = [
            self._exact(part, part.partial(rows), rows.call) for part in self.parts(rows.call)
        ]
        return self.finish(filled, rows.call)

    def buffers(self, call: typed.AggregateCall) -> list[tuple[str, t.DataType]]:
        """Return the buffers as name suffixes and types."""
        return [(part.suffix, part.type_of(call)) for part in self.parts(call)]

    def scatter(self, call: typed.AggregateCall) -> list[str | None]:
        """Return, per buffer, the one NumPy operation that merges it, or None."""
        return [part.scatter for part in self.parts(call)]

    def partial(
        self,
        arguments: list[Expr],
        call: typed.AggregateCall,
        *,
        filter: Expr | None = None,  # noqa: A002 - the SQL word
        order: Sequence[Any] = (),
    ) -> list[Expr]:
        """Return one aggregate expression per buffer over raw rows."""
        rows = Rows(list(arguments), call, filter, tuple(order))
        return [self._exact(part, part.partial(rows), call) for part in self.parts(call)]

    def merge(self, columns: list[Expr], call: typed.AggregateCall) -> list[Expr]:
        """Return one aggregate expression per buffer that combines partial results."""
        return [self._exact(part, part.merge(columns, call), call) for part in self.parts(call)]

    def finish(self, columns: list[Expr], call: typed.AggregateCall) -> Expr:
        """Return the answer as a scalar expression over the buffers."""
        return self.last(columns, call).cast(to_arrow(call.type))

    @staticmethod
    def _exact(part: Buffer, made: Expr, call: typed.AggregateCall) -> Expr:
        return made.cast(to_arrow(part.type_of(call)))


def as_double(built: Expr, source: typed.Typed) -> Expr:
    """Return a value as double, as an expression whose name differs from the value's own.

    DataFusion names ``sum(CAST(x AS DOUBLE))`` like ``sum(x)`` and takes the two for one.
    """
    if isinstance(source, typed.Attribute) and isinstance(source.type, t.DoubleType):
        return built
    return built.cast(pa.float64()) + datafusion.literal(0.0)


def argument_type(place: int = 0) -> Callable[[typed.AggregateCall], t.DataType]:
    """Return the buffer-type rule "as argument ``place``"."""
    return lambda call: call.arguments[place].type


def result_type(call: typed.AggregateCall) -> t.DataType:
    """Return the call's own type: the buffer-type rule of aggregates whose buffer is the answer."""
    return call.type


def as_is(columns: list[Expr], _call: typed.AggregateCall) -> Expr:
    """Return the only buffer as the answer."""
    return columns[0]


def single(buffer: Buffer) -> Aggregate:
    """Return the aggregate whose one buffer is the answer."""
    return Aggregate(lambda _call: (buffer,), as_is)
