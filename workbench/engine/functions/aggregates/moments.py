"""Variance, skewness, covariance, correlation and regression: counts, means and central moments.

Buffers are those of Spark's ``CentralMomentAgg`` and ``Covariance``; partial results merge by Chan's pairwise formula,
so nothing is lost to cancellation.
"""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.engine.functions.aggregates.contract import Aggregate, Buffer, Expr, Rows, as_double
from workbench.engine.functions.kernels import central
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed

DOUBLE = t.DoubleType()
LISTS = pa.list_(pa.float64())
ONE_NAMES = ("n", "mean", "m2", "m3", "m4")
TWO_NAMES = ("n", "mean_x", "mean_y", "c", "m2_x", "m2_y")


def _listed(value: Expr, condition: Expr | None) -> Expr:
    return f.array_agg(value.cast(pa.float64()), filter=condition)


def _one_partial(name: str) -> Callable[[Rows], Expr]:
    place = ONE_NAMES.index(name)
    kernel = register(lambda lists: central.moments_of(lists)[place], [LISTS], pa.float64())

    def build(rows: Rows) -> Expr:
        value = as_double(rows.value, rows.call.arguments[0])
        if name == "n":
            return rows.over(f.count(value, distinct=rows.call.distinct, filter=rows.filter))
        if name == "mean" and not rows.call.distinct:
            return rows.over(f.avg(value, filter=rows.filter))
        if name == "m2" and not rows.call.distinct:
            count = rows.over(f.count(value, filter=rows.filter))
            return rows.over(f.var_pop(value, filter=rows.filter)) * count
        return kernel(
            rows.over(f.array_agg(value, distinct=rows.call.distinct, filter=rows.present))
        )

    return build


def _one_merge(name: str, count: int) -> Callable[[list[Expr], typed.AggregateCall], Expr]:
    place = ONE_NAMES.index(name)
    kernel = register(
        lambda *lists: central.merge_moments(lists)[place], [LISTS] * count, pa.float64()
    )

    def build(columns: list[Expr], _call: typed.AggregateCall) -> Expr:
        if name == "n":
            return f.sum(columns[0])
        return kernel(*(_listed(column, None) for column in columns))

    return build


def one_variable(order: int, last: Callable[..., pa.Array]) -> Aggregate:
    """Return an aggregate over the central moments up to ``order`` of one variable."""
    names = ONE_NAMES[: order + 1]
    buffers = tuple(
        Buffer(
            name,
            DOUBLE,
            _one_partial(name),
            _one_merge(name, len(names)),
            "sum" if name == "n" else None,
        )
        for name in names
    )
    finish = register(last, [pa.float64()] * len(names), pa.float64())
    return Aggregate(lambda _call: buffers, lambda columns, _call: finish(*columns))


def _two_partial(name: str) -> Callable[[Rows], Expr]:
    place = TWO_NAMES.index(name)
    kernel = register(lambda x, y: central.pairs_of(x, y, place), [LISTS, LISTS], pa.float64())

    def build(rows: Rows) -> Expr:
        x, y = map(as_double, rows.arguments, rows.call.arguments)
        both = rows.where(x.is_not_null() & y.is_not_null())
        if name == "n":
            return rows.over(f.count(x, filter=both))
        return kernel(*(rows.over(f.array_agg(side, filter=both)) for side in (x, y)))

    return build


def _two_merge(name: str) -> Callable[[list[Expr], typed.AggregateCall], Expr]:
    place = TWO_NAMES.index(name)
    kernel = register(
        lambda *lists: central.merge_pairs(lists)[place], [LISTS] * len(TWO_NAMES), pa.float64()
    )

    def build(columns: list[Expr], _call: typed.AggregateCall) -> Expr:
        return f.sum(columns[0]) if name == "n" else kernel(*(_listed(c, None) for c in columns))

    return build


TWO_BUFFERS = tuple(
    Buffer(name, DOUBLE, _two_partial(name), _two_merge(name), "sum" if name == "n" else None)
    for name in TWO_NAMES
)


def two_variables(last: Callable[..., pa.Array]) -> Aggregate:
    """Return an aggregate over the means, variances and covariance of two variables."""
    finish = register(last, [pa.float64()] * len(TWO_NAMES), pa.float64())
    return Aggregate(lambda _call: TWO_BUFFERS, lambda columns, _call: finish(*columns))


TABLE = {
    "stddev_samp": one_variable(2, central.stddev_samp),
    "stddev_pop": one_variable(2, central.stddev_pop),
    "var_samp": one_variable(2, central.var_samp),
    "var_pop": one_variable(2, central.var_pop),
    "skewness": one_variable(3, central.skewness),
    "kurtosis": one_variable(4, central.kurtosis),
    "covar_pop": two_variables(central.covar_pop),
    "covar_samp": two_variables(central.covar_samp),
    "corr": two_variables(central.corr),
    "regr_count": two_variables(central.regr_count),
    "regr_avgx": two_variables(central.regr_avgx),
    "regr_avgy": two_variables(central.regr_avgy),
    "regr_sxx": two_variables(central.regr_sxx),
    "regr_syy": two_variables(central.regr_syy),
    "regr_sxy": two_variables(central.regr_sxy),
    "regr_slope": two_variables(central.regr_slope),
    "regr_intercept": two_variables(central.regr_intercept),
    "regr_r2": two_variables(central.regr_r2),
}
