"""Window functions as DataFusion expressions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import datafusion
import pyarrow as pa
from datafusion import functions as f
from datafusion.common import NullTreatment
from datafusion.expr import Window, WindowFrame
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import Unsupported
from workbench.engine.functions import aggregates
from workbench.engine.functions.aggregates.contract import Rows
from workbench.engine.plan import typed

Expr = datafusion.Expr
RESPECT, IGNORE = NullTreatment.RESPECT_NULLS, NullTreatment.IGNORE_NULLS
WHOLE = ("rows", None, None)
GROWING = ("range", None, 0)
MICROSECOND_NS = 1000


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
        made = over.apply(VALUES[call.function.function](call, list(arguments), filter))
    else:
        made = _aggregate(call, list(arguments), over, filter)
    return made.cast(to_arrow(call.type))


def frame_of(call: typed.WindowCall) -> WindowFrame | None:
    """Return the frame; by default the whole partition, or up to the current row's peers when there is an ordering."""
    frame = call.frame or (GROWING if call.order else WHOLE)
    if frame == GROWING:
        return None
    unit, lower, upper = frame
    before = None if lower is None else -lower
    if (before is not None and before < 0) or (upper is not None and upper < 0):
        raise Unsupported(
            "UNSUPPORTED_FEATURE.WINDOW_FRAME", frame=f"{unit} between {lower} and {upper}"
        )
    if unit == "rows":
        return WindowFrame(unit, before, upper)
    key = call.order[0].type if call.order else t.IntegerType()
    return WindowFrame(unit, _distance(before, key), _distance(upper, key))


def _distance(size: Any, key: t.DataType) -> pa.Scalar | None:
    """Return a range bound in the type its ordering key is moved by."""
    if size is None:
        return None
    if isinstance(key, (t.TimestampType, t.TimestampNTZType)):
        moved = pa.array([(0, 0, size * MICROSECOND_NS)], pa.month_day_nano_interval())
        return moved[0]
    if isinstance(key, t.DateType):
        return pa.array([(0, size, 0)], pa.month_day_nano_interval())[0]
    if isinstance(key, t.NumericType):
        return pa.scalar(size).cast(to_arrow(key))
    return pa.scalar(size)


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
        if len(arguments) < 3:  # noqa: PLR2004 - no default
            return value
        exists = over.unframed(function(datafusion.literal(True), offset))
        return f.when(exists.is_null(), arguments[2]).otherwise(value)

    return make


def _nth(call: typed.WindowCall, arguments: list[Expr], condition: Expr | None) -> Expr:
    inner = call.function
    flag = inner.arguments[2].value if len(inner.arguments) > 2 else False  # noqa: PLR2004
    treatment = IGNORE if getattr(inner, "ignore_nulls", False) or flag else RESPECT
    return f.nth_value(arguments[0], inner.arguments[1].value, condition, null_treatment=treatment)


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
