"""Counts, exact and approximate."""

from __future__ import annotations

from functools import reduce

import datafusion
import pyarrow as pa
from datafusion import functions as f
from datafusion.functions import spark
from pyspark.sql import types as t

from workbench.engine.functions.aggregates.contract import Aggregate, Buffer, Expr, Rows, single
from workbench.engine.functions.kernels import hyperloglog
from workbench.engine.functions.vectors import register
from workbench.engine.plan import typed


def _all_present(rows: Rows) -> Expr | None:
    """Return the condition that every argument that can be NULL is not, or None when none can."""
    pairs = zip(rows.arguments, rows.call.arguments, strict=True)
    checks = [built.is_not_null() for built, source in pairs if source.nullable]
    return reduce(lambda left, right: left & right, checks) if checks else None


def _count(rows: Rows) -> Expr:
    if rows.call.distinct:
        return _count_distinct(rows)
    if len(rows.arguments) == 1 and not isinstance(rows.call.arguments[0], typed.Literal):
        return rows.over(f.count(rows.value, filter=rows.filter))
    present = _all_present(rows)
    condition = rows.filter if present is None else rows.where(present)
    return rows.over(f.count(datafusion.literal(1), filter=condition))


def _count_distinct(rows: Rows) -> Expr:
    if len(rows.arguments) == 1:
        return rows.over(f.count(rows.value, distinct=True, filter=rows.filter))
    named = f.named_struct([(f"c{i}", part) for i, part in enumerate(rows.arguments)])
    present = _all_present(rows)
    condition = rows.filter if present is None else rows.where(present)
    return rows.over(f.count(named, distinct=True, filter=condition))


def _count_if(rows: Rows) -> Expr:
    return rows.over(f.count(datafusion.literal(1), filter=rows.where(rows.value)))


def _summed(columns: list[Expr], _call: typed.AggregateCall) -> Expr:
    return f.coalesce(f.sum(columns[0]), datafusion.literal(0))


COUNT = single(Buffer("count", t.LongType(), _count, _summed, "sum"))
COUNT_IF = single(Buffer("count", t.LongType(), _count_if, _summed, "sum"))


def precision_of(call: typed.AggregateCall) -> int:
    """Return how many bits of a hash choose the register, by the deviation the call asks for."""
    deviation = call.arguments[1].value if len(call.arguments) > 1 else hyperloglog.DEVIATION
    return hyperloglog.precision_for(float(deviation))


def _registers(rows: Rows) -> Expr:
    precision = precision_of(rows.call)
    hashed = spark.xxhash64(rows.value).cast(pa.int64())
    listed = rows.over(f.array_agg(hashed, filter=rows.present))
    fill = register(
        lambda lists: hyperloglog.fill(lists, precision), [pa.list_(pa.int64())], pa.binary()
    )
    return fill(listed)


_MERGED = register(hyperloglog.merge, [pa.list_(pa.binary())], pa.binary())


def _estimate(columns: list[Expr], call: typed.AggregateCall) -> Expr:
    precision = precision_of(call)
    count = register(
        lambda lists: hyperloglog.estimate(lists, precision), [pa.binary()], pa.int64()
    )
    return count(columns[0])


APPROXIMATE = Aggregate(
    lambda _call: (
        Buffer(
            "registers",
            t.BinaryType(),
            _registers,
            lambda c, _call: _MERGED(f.array_agg(c[0])),
        ),
    ),
    _estimate,
)

TABLE = {"count": COUNT, "count_if": COUNT_IF, "approx_count_distinct": APPROXIMATE}
