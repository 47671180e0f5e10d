"""Window functions as DataFusion expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import datafusion
from datafusion import functions as f
from datafusion.common import NullTreatment
from datafusion.expr import Window, WindowFrame
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import aggregates, literals
from workbench.engine.functions.aggregates.contract import Rows
from workbench.engine.functions.kernels import structures
from workbench.engine.functions.vectors import call_vector
from workbench.engine.plan import typed

Expr = datafusion.Expr
RESPECT, IGNORE = NullTreatment.RESPECT_NULLS, NullTreatment.IGNORE_NULLS
WHOLE = ("rows", None, None)
GROWING = ("range", None, 0)


@dataclass(frozen=True, slots=True)
class Over:
    """The window of a call: its partition and ordering, built, and its frame."""

    partition: Sequence[Expr]
    order: Sequence[Any]
    frame: WindowFrame | None

    def apply(self, function: Expr) -> Expr:
        """Return a function over this window, in its frame."""
        window = Window(
            partition_by=list(self.partition), order_by=list(self.order), window_frame=self.frame
        )
        return function.over(window)

    def unframed(self, function: Expr) -> Expr:
        """Return a function that looks at the whole partition by itself."""
        return function.over(Window(partition_by=list(self.partition), order_by=list(self.order)))


def build(
    call: typed.WindowCall,
    arguments: Sequence[Expr],
    partition: Sequence[Expr],
    order: Sequence[Any],
    filter: Expr | None = None,  # noqa: A002 - the SQL word
) -> Expr:
    """Return the expression of a window function.

    Parameters
    ----------
    call : typed.WindowCall
        The call; ``call.function`` is an aggregate or one of the functions of :data:`RANKING`.
    arguments : sequence of datafusion.Expr
        The inner function's arguments, built.
    partition : sequence of datafusion.Expr
        The partition's expressions, built.
    order : sequence of datafusion.SortExpr
        The ordering, built.
    filter : datafusion.Expr, optional
        The inner function's filter, built.
    """
    over = Over(partition, order, frame_of(call))
    ranking = RANKING.get(call.function.function)
    if ranking is not None:
        made = ranking(call, list(arguments), over)
    elif call.function.function in VALUES:
        made = _element(
            call, over.apply(VALUES[call.function.function](call, list(arguments), filter))
        )
    else:
        made = _aggregate(call, list(arguments), over, filter)
    return made.cast(to_arrow(call.type))


def frame_of(call: typed.WindowCall) -> WindowFrame:
    """Return the frame; by default the whole partition, or up to the current row's peers when there is an ordering."""
    unit, lower, upper = call.frame or (GROWING if call.order else WHOLE)
    key = call.order[0].type if call.order else t.IntegerType()
    lower_text, upper_text = (_bound(unit, size, key) for size in (lower, upper))
    return parsed_frame(
        f"{unit} between {lower_text or 'unbounded preceding'} and {upper_text or 'unbounded following'}"
    )


@lru_cache(maxsize=256)
def parsed_frame(text: str) -> WindowFrame:
    """Return the frame SQL text describes.

    ``WindowFrame`` itself can say neither CURRENT ROW nor two bounds on one side of it; a frame DataFusion has parsed can.
    """
    query = f"select sum(a) over (order by a {text}) from (values (1)) t(a)"  # noqa: S608 - bounds are numbers
    plan = datafusion.SessionContext().sql(query).logical_plan().inputs()[0].to_variant()
    made = WindowFrame.__new__(WindowFrame)
    made.window_frame = plan.get_frame(plan.get_window_expr()[0])
    return made


def _bound(unit: str, size: Any, key: t.DataType) -> str | None:
    """Return a bound as SQL; a range is measured in the unit of its ordering key."""
    if size is None:
        return None
    if size == 0:
        return "current row"
    side = "preceding" if size < 0 else "following"
    if unit == "range" and isinstance(key, (t.TimestampType, t.TimestampNTZType)):
        return f"interval '{abs(size)} microseconds' {side}"
    if unit == "range" and isinstance(key, t.DateType):
        return f"interval '{abs(size)} days' {side}"
    return f"{abs(size)} {side}"


def _aggregate(
    call: typed.WindowCall, arguments: list[Expr], over: Over, condition: Expr | None
) -> Expr:
    inner = call.function
    return aggregates.find(inner).over(Rows(arguments, inner, condition, window=over.apply))


def _number(function: Callable[[], Expr]) -> Callable[..., Expr]:
    return lambda _call, _arguments, over: over.unframed(function())


def _ntile(call: typed.WindowCall, _arguments: list[Expr], over: Over) -> Expr:
    buckets = call.function.arguments[0].value if call.function.arguments else 1
    return over.unframed(f.ntile(buckets))


def _shifted(function: Callable[..., Expr]) -> Callable[..., Expr]:
    """Return ``lag`` or ``lead``; the default is given only where there is no row."""

    def make(call: typed.WindowCall, arguments: list[Expr], over: Over) -> Expr:
        inner = call.function
        offset = inner.arguments[1].value if len(inner.arguments) > 1 else 1
        treatment = IGNORE if getattr(inner, "ignore_nulls", False) else RESPECT
        value = over.unframed(function(arguments[0], offset, null_treatment=treatment))
        if len(arguments) < 3:
            return value
        exists = over.unframed(function(datafusion.literal(True), offset))
        return f.when(exists.is_null(), arguments[2]).otherwise(value)

    return make


def _nth(call: typed.WindowCall, arguments: list[Expr], condition: Expr | None) -> Expr:
    """Return the list of the frame's values, which ``build`` takes the element from."""
    inner = call.function
    present = arguments[0].is_not_null() if inner.ignore_nulls else condition
    return f.array_agg(arguments[0], filter=present)


def _element(call: typed.WindowCall, listed: Expr) -> Expr:
    place, kind = call.function.arguments[1].value, to_arrow(call.type)
    index = typed.Literal(place - 1, t.IntegerType())
    column = typed.Attribute("values", t.ArrayType(call.type), nullable=True)
    return call_vector(
        structures.item,
        [listed.cast(to_arrow(column.type)), literals.build(index)],
        [column, index],
        kind,
        checked=False,
    )


RANKING: dict[str, Callable[..., Expr]] = {
    "row_number": _number(f.row_number),
    "rank": _number(f.rank),
    "dense_rank": _number(f.dense_rank),
    "percent_rank": _number(f.percent_rank),
    "cume_dist": _number(f.cume_dist),
    "ntile": _ntile,
    "lag": _shifted(f.lag),
    "lead": _shifted(f.lead),
}
VALUES: dict[str, Callable[..., Expr]] = {"nth_value": _nth}
