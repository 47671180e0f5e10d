"""Sums and averages."""

from __future__ import annotations

from collections.abc import Callable

import datafusion
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import coercion, faults
from workbench.engine.functions.aggregates.contract import (
    Aggregate,
    Buffer,
    Expr,
    Rows,
    as_double,
    result_type,
)
from workbench.engine.functions.kernels import decimals
from workbench.engine.functions.kernels.arithmetic import numbers
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed

FAR = 1e18


def checked_sum(
    is_try: bool, is_over: Callable[[pa.Array, pa.Array], np.ndarray]
) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the kernel that finds the sums that do not fit, by the same sums in floating point."""

    def check(exact: pa.Array, rough: pa.Array) -> pa.Array:
        over = is_over(exact, rough)
        if not over.any():
            return exact
        if not is_try:
            raise faults.overflow("try_sum")
        return pc.if_else(pa.array(over), pa.scalar(None, exact.type), exact)

    return check


def is_wrapped(exact: pa.Array, rough: pa.Array) -> np.ndarray:
    """Return which sums of longs wrapped around: they are far from the sums in floating point."""
    return np.abs(numbers(rough) - numbers(exact).astype(np.float64)) > FAR


def is_wider_than(kind: pa.DataType) -> Callable[[pa.Array, pa.Array], np.ndarray]:
    """Return what finds decimal sums with more digits than there are."""
    return lambda _exact, rough: np.abs(numbers(rough)) >= 10.0 ** (kind.precision - kind.scale)


CHECKS = {
    is_try: register(checked_sum(is_try, is_wrapped), [pa.int64(), pa.float64()], pa.int64())
    for is_try in (False, True)
}


def fitting(
    is_try: bool, call: typed.AggregateCall, exact: Expr, rough: Callable[[], Expr]
) -> Expr:
    """Return a sum that is checked against the same sum in floating point where it may not fit."""
    kind = to_arrow(call.type)
    if isinstance(call.type, t.LongType):
        return CHECKS[is_try](exact, rough())
    if isinstance(call.type, t.DecimalType) and call.type.precision == coercion.MAX_PRECISION:
        check = register(checked_sum(is_try, is_wider_than(kind)), [kind, pa.float64()], kind)
        return check(exact.cast(kind), rough())
    return exact


def total(rows: Rows, value: Expr) -> Expr:
    """Return DataFusion's sum of a value over the rows."""
    return rows.over(f.sum(value, distinct=rows.call.distinct, filter=rows.filter))


def _sum_partial(rows: Rows) -> Expr:
    return total(rows, rows.value.cast(to_arrow(_sum_input(rows.call))))


def _sum_input(call: typed.AggregateCall) -> t.DataType:
    """Return the type values are summed in; decimals grow inside DataFusion as in Spark."""
    kind = call.arguments[0].type
    return kind if isinstance(kind, t.DecimalType) else call.type


def _checked_sum(is_try: bool) -> Callable[[Rows], Expr]:
    def build(rows: Rows) -> Expr:
        exact, source = _sum_partial(rows), rows.call.arguments[0].type
        # Narrower numbers would need more than two thousand million rows to overflow a long.
        if coercion.is_integral(source) and not isinstance(source, t.LongType):
            return exact
        # DataFusion names an aggregate without its casts, so two sums of one column need two names.
        rough = rows.value.cast(pa.float64()) + datafusion.lit(0.0)
        return fitting(is_try, rows.call, exact, lambda: total(rows, rough))

    return build


def _merged_sum(is_try: bool) -> Callable[[list[Expr], typed.AggregateCall], Expr]:
    def build(columns: list[Expr], call: typed.AggregateCall) -> Expr:
        rough = columns[0].cast(pa.float64()) + datafusion.lit(0.0)
        return fitting(is_try, call, f.sum(columns[0]), lambda: f.sum(rough))

    return build


SUM = Aggregate(
    lambda _call: (Buffer("sum", result_type, _checked_sum(False), _merged_sum(False), "sum"),),
    lambda columns, _call: columns[0],
    _checked_sum(False),
)


def _no_value(rows: Rows) -> Expr:
    return rows.over(f.count(rows.value, filter=rows.filter)) == datafusion.lit(0)


def _try_partial(rows: Rows) -> Expr:
    zero = datafusion.lit(0).cast(to_arrow(rows.call.type))
    return f.when(_no_value(rows), zero).otherwise(_checked_sum(True)(rows))


def _try_merge(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    """A sum that once did not fit stays NULL, whatever comes after it."""
    lost = f.coalesce(f.bool_or(columns[0].is_null()), datafusion.lit(False))
    nothing = datafusion.lit(None).cast(to_arrow(call.type))
    return f.when(lost, nothing).otherwise(_merged_sum(True)(columns, call))


def _try_parts(call: typed.AggregateCall) -> tuple[Buffer, ...]:
    """Return the buffers of ``try_sum``: 0 and true before there is a value, NULL and false after one too many (Spark: Sum)."""
    if not isinstance(call.type, (t.LongType, t.DecimalType)):
        return SUM.parts(call)
    none = Buffer("isEmpty", t.BooleanType(), _no_value, lambda c, _call: f.bool_and(c[1]))
    return (Buffer("sum", result_type, _try_partial, _try_merge), none)


def _try_last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    if len(columns) == 1:
        return columns[0]
    nothing = datafusion.lit(None).cast(to_arrow(call.type))
    return f.when(columns[1], nothing).otherwise(columns[0])


TRY_SUM = Aggregate(_try_parts, _try_last, _checked_sum(True))


def _average_buffer(call: typed.AggregateCall) -> t.DataType:
    kind = call.arguments[0].type
    if isinstance(kind, t.DecimalType):
        return t.DecimalType(min(kind.precision + 10, 38), kind.scale)
    return type(kind)() if coercion.is_interval(kind) else t.DoubleType()


def _average_partial(rows: Rows) -> Expr:
    kind = rows.call.arguments[0].type
    if isinstance(kind, t.DecimalType) or coercion.is_interval(kind):
        # The same expression as that of sum: DataFusion names an aggregate without its casts, so the two would have one name.
        return total(rows, rows.value.cast(to_arrow(kind)))
    return total(rows, as_double(rows.value, rows.call.arguments[0]))


def _count_partial(rows: Rows) -> Expr:
    return rows.over(f.count(rows.value, distinct=rows.call.distinct, filter=rows.filter))


def _average_last(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    summed, count = columns
    source = _average_buffer(call)
    if isinstance(source, t.DoubleType):
        return summed / f.nullif(count.cast(pa.float64()), datafusion.literal(0.0))
    if isinstance(source, t.DecimalType):
        return _decimal_average(source, call.type)(summed, count)
    return _interval_average(source)(summed, count)


def _decimal_average(source: t.DecimalType, target: t.DecimalType) -> Callable[..., Expr]:
    kind = to_arrow(target)

    def average(summed: pa.Array, count: pa.Array) -> pa.Array:
        return decimals.divide(summed, count.cast(pa.decimal128(20, 0)), kind, is_try=True)

    return register(average, [to_arrow(source), pa.int64()], kind)


def _interval_average(source: t.DataType) -> Callable[..., Expr]:
    kind = to_arrow(source)

    def average(summed: pa.Array, count: pa.Array) -> pa.Array:
        many = np.maximum(numbers(count), 1)
        whole = numbers(summed.cast(pa.int64()))
        size = (2 * np.abs(whole) + many) // (2 * many)
        made = pa.array(np.sign(whole) * size, mask=np.asarray(pc.is_null(summed)))
        return made.cast(pa.int32() if pa.types.is_int32(kind) else pa.int64()).cast(kind)

    return register(average, [kind, pa.int64()], kind)


AVERAGE = Aggregate(
    lambda _call: (
        Buffer("sum", _average_buffer, _average_partial, lambda c, _call: f.sum(c[0]), "sum"),
        Buffer("count", t.LongType(), _count_partial, lambda c, _call: f.sum(c[1]), "sum"),
    ),
    _average_last,
)

TABLE = {
    "sum": SUM,
    "try_sum": TRY_SUM,
    "avg": AVERAGE,
    "try_avg": AVERAGE,
}
