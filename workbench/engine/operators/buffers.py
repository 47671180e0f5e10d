"""An aggregate's buffers: filled from a batch, merged with state, finished on the way out.

The function catalogue knows the arithmetic (:mod:`workbench.engine.functions.aggregates`); these are the typed expressions
through which plans ask for its three parts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql.types import DecimalType

from workbench.engine.functions import aggregates
from workbench.engine.functions.aggregates import counts
from workbench.engine.kernel.expressions import build, build_all, build_keys
from workbench.engine.plan.typed import AggregateCall, Attribute, Typed

if TYPE_CHECKING:
    from datafusion import Expr
    from pyspark.sql.types import DataType


@dataclass(frozen=True, slots=True)
class Fill(Typed):
    """Buffer ``place`` of an aggregate over raw rows."""

    call: AggregateCall
    place: int
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Kept:
    """A call that was made below: its arguments are no columns here, so nobody who walks the plan may see them."""

    call: AggregateCall


@dataclass(frozen=True, slots=True)
class Merge(Typed):
    """Buffer ``place`` of an aggregate over rows of its buffers."""

    kept: Kept
    columns: tuple[Attribute, ...]
    place: int
    type: DataType
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Finish(Typed):
    """The answer of an aggregate from its buffers."""

    kept: Kept
    columns: tuple[Attribute, ...]
    type: DataType
    nullable: bool = True


@build.register(Fill)
def _fill(expression: Fill) -> Expr:
    call = expression.call
    condition = None if call.filter is None else build(call.filter)
    arguments, order = build_all(call.arguments), build_keys(call.order)
    made = aggregates.find(call).partial(arguments, call, filter=condition, order=order)
    return made[expression.place]


@build.register(Merge)
def _merge(expression: Merge) -> Expr:
    call = expression.kept.call
    return aggregates.find(call).merge(build_all(expression.columns), call)[expression.place]


@build.register(Finish)
def _finish(expression: Finish) -> Expr:
    call = expression.kept.call
    return aggregates.find(call).finish(build_all(expression.columns), call)


@dataclass(frozen=True, slots=True)
class Partial:
    """One column of an aggregation's state.

    Attributes
    ----------
    attribute : Attribute
        The column.
    fill, merge : Typed
        Make it from a batch's rows, and from several partial results.
    scatter : str or None
        The one NumPy operation that merges two values in place: sum, min, max, and, or …; None: there is none.
    shown : str
        What the state reader calls it: its name and the form Spark has it in.
    """

    attribute: Attribute
    fill: Fill
    merge: Merge
    scatter: str | None
    shown: str


@dataclass(frozen=True, slots=True)
class Decomposition:
    """An aggregate as columns of state; ``finish`` makes the answer from them."""

    partials: tuple[Partial, ...]
    finish: Finish

    @property
    def answer(self) -> Typed:
        """The answer: the buffer itself where that is all there is to it."""
        if self.finish.kept.call.function in _BUFFER_IS_ANSWER and len(self.partials) == 1:
            return self.partials[0].attribute
        return self.finish


_BUFFER_IS_ANSWER = {"count", "sum", "min", "max"}

_SHOWN = {
    "set": "valueSet",
    "values": "buf",
    "all": "min",
    "any": "max",
    "key": "extremumOrdering",
    "mean": "avg",
    "mean_x": "xAvg",
    "mean_y": "yAvg",
    "c": "ck",
    "m2_x": "xMk",
    "m2_y": "yMk",
}
_BY_FUNCTION = {
    "min_by": {"value": "valueWithExtremumOrdering"},
    "max_by": {"value": "valueWithExtremumOrdering"},
    **{name: {"value": name} for name in ("min", "max")},
    **{f"bit_{name}": {name: f"bit_{name}"} for name in ("and", "or", "xor")},
}


_STARTS_AT_ZERO = {"mean", "m2", "m3", "m4", "mean_x", "mean_y", "c", "m2_x", "m2_y"}
_SUMMED_AS_LONG, _SUMMED_AS_DOUBLE = 18, 21
"""The digits of a decimal sum below which Spark adds whole numbers or doubles (``DecimalAggregates``)."""


def spark_name(call: AggregateCall, suffix: str, kind: DataType) -> str:
    """Return what Spark calls a buffer in its state, what the state reader shows, with the form it has there."""
    name = _BY_FUNCTION.get(call.function, {}).get(suffix) or _SHOWN.get(suffix, suffix)
    form = _form(call.function, suffix, kind)
    if suffix == "registers":
        words = -(-(1 << counts.precision_of(call)) // 10)
        return f"MS#words#{words}"
    return f"{name}#{form}" if form else name


def _form(function: str, suffix: str, kind: DataType) -> str:
    """Return the form of a buffer (:mod:`workbench.engine.state_source.forms`), "" where it is kept as Spark keeps it."""
    is_sum = suffix == "sum"
    digits = kind.precision if isinstance(kind, DecimalType) else 0
    if is_sum and function == "sum" and digits:
        return "unscaled" if digits <= _SUMMED_AS_LONG else "isEmpty"
    if is_sum and function in ("avg", "try_avg"):
        return "unscaledDouble" if 0 < digits <= _SUMMED_AS_DOUBLE else "zero"
    if function.startswith("covar") and suffix.startswith("m2"):
        return "hidden"
    return "zero" if suffix in _STARTS_AT_ZERO else ""


def decompose(call: AggregateCall) -> Decomposition:
    """Return how an aggregate over a stream is kept."""
    known = aggregates.find(call)
    buffers = known.buffers(call)
    shown = [spark_name(call, suffix, kind) for suffix, kind in buffers]
    columns = tuple(
        Attribute(name.partition("#")[0], kind, True)
        for name, (_, kind) in zip(shown, buffers, strict=True)
    )
    partials = tuple(
        Partial(
            column,
            Fill(call, place, column.type),
            Merge(Kept(call), columns, place, column.type),
            scatter,
            name,
        )
        for place, (column, scatter, name) in enumerate(
            zip(columns, known.scatter(call), shown, strict=True)
        )
    )
    return Decomposition(partials, Finish(Kept(call), columns, call.type))
