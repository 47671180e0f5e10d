"""summary, describe, crosstab, cov, corr, approxQuantile, freqItems, sampleBy.

These answer small tables computed at once: each runs one aggregate and arranges its row.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, IllegalArgument
from workbench.engine.analysis.relations.aggregate import global_aggregate
from workbench.engine.analysis.relations.inputs import local
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from collections.abc import Callable

    from workbench.engine.analysis.analyzer import Analyzer

_DESCRIBE = ("count", "mean", "stddev", "min", "max")
_SUMMARY = ("count", "mean", "stddev", "min", "25%", "50%", "75%", "max")
_NUMBERS_ONLY = ("mean", "stddev")


@understands(r.Statistic)
def _statistic(analyzer: Analyzer, relation: r.Statistic) -> Resolved:
    child = analyzer.resolve(relation.child)
    return analyzer.fresh(_KINDS[relation.kind](analyzer, child, relation.parameters))


def _one_row(analyzer: Analyzer, child: Resolved, values: list[typed.Typed]) -> list[Any]:
    columns = [typed.Named(v, typed.Attribute(f"s{i}", v.type, True)) for i, v in enumerate(values)]
    made = global_aggregate(child, columns)
    table = analyzer.context.rows(made)
    return [column[0].as_py() for column in table.columns]


def _describe(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    names = parameters.get("cols") or ()
    return _table_of(analyzer, child, names, _DESCRIBE)


def _summary(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    return _table_of(analyzer, child, (), tuple(parameters.get("statistics") or _SUMMARY))


def _table_of(
    analyzer: Analyzer, child: Resolved, names: tuple[str, ...], statistics: tuple[str, ...]
) -> o.Operator:
    chosen = [child.scope.require((name,)) for name in names] or [
        a for a in child.operator.output if isinstance(a.type, (t.NumericType, t.StringType))
    ]
    chosen = [a for a in chosen if isinstance(a.type, (t.NumericType, t.StringType))]
    values = [_measure(analyzer, child, statistic, a) for a in chosen for statistic in statistics]
    found = iter(_one_row(analyzer, child, values) if values else [])
    columns = {a.name: pa.array([next(found) for _ in statistics], pa.string()) for a in chosen}
    table = pa.Table.from_arrays(
        [pa.array(statistics, pa.string()), *columns.values()], names=["summary", *columns]
    )
    return local(table)


def _measure(
    analyzer: Analyzer, child: Resolved, statistic: str, column: typed.Attribute
) -> typed.Typed:
    resolver = analyzer.at(child.scope)
    is_text = isinstance(column.type, t.StringType)
    number = typed.Cast(column, t.DoubleType(), "try") if is_text else column
    made: typed.Typed
    if statistic in ("count", "min", "max"):
        made = resolver.call(statistic, column)
    elif statistic == "count_distinct":
        made = catalog.resolve("count", (column,), distinct=True, conf=analyzer.context.conf)
    elif statistic == "approx_count_distinct":
        made = resolver.call(statistic, column)
    elif statistic in _NUMBERS_ONLY:
        made = resolver.call("avg" if statistic == "mean" else statistic, number)
    else:
        made = resolver.call("percentile_approx", number, _fraction(statistic))
    return catalog.cast_to(made, t.StringType())


def _fraction(statistic: str) -> typed.Literal:
    try:
        value = float(statistic.rstrip("%")) / 100
    except ValueError:
        raise IllegalArgument("UNRECOGNIZED_STATISTIC", stats=f"'{statistic}'") from None
    if not statistic.endswith("%") or not 0 <= value <= 1:
        raise IllegalArgument("UNRECOGNIZED_STATISTIC", stats=f"'{statistic}'")
    return typed.Literal(value, t.DoubleType())


def _pair(child: Resolved, parameters: Any) -> tuple[typed.Attribute, typed.Attribute]:
    first, second = (child.scope.require((parameters[key],)) for key in ("col1", "col2"))
    for column in (first, second):
        if not isinstance(column.type, t.NumericType):
            raise IllegalArgument(
                "INVALID_STATISTIC_COLUMN", name=column.name, type=column.type.simpleString()
            )
    return first, second


def _cov(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    value = _one_row(
        analyzer, child, [analyzer.at(child.scope).call("covar_samp", *_pair(child, parameters))]
    )
    return local(pa.table({"cov": pa.array([value[0] or 0.0], pa.float64())}))


def _corr(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    method = parameters.get("method") or "pearson"
    if method != "pearson":
        raise IllegalArgument("UNSUPPORTED_CORRELATION", method=method)
    value = _one_row(
        analyzer, child, [analyzer.at(child.scope).call("corr", *_pair(child, parameters))]
    )
    found = float("nan") if value[0] is None else value[0]
    return local(pa.table({"corr": pa.array([found], pa.float64())}))


def _quantile(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    resolver = analyzer.at(child.scope)
    probabilities = [float(p) for p in parameters["probabilities"]]
    error = parameters.get("relative_error") or 0.0
    if error < 0:
        raise IllegalArgument("INVALID_RELATIVE_ERROR", value=error)
    accuracy = typed.Literal(10_000 if error == 0 else max(1, int(1 / error)), t.IntegerType())
    wanted = [
        resolver.call("percentile_approx", catalog.cast_to(child.scope.require((name,)), t.DoubleType()),
                      typed.Literal(p, t.DoubleType()), accuracy)
        for name in parameters["cols"] for p in probabilities
    ]  # fmt: skip
    flat = iter(_one_row(analyzer, child, wanted))
    values = [
        [x for _ in probabilities if (x := next(flat)) is not None] for _ in parameters["cols"]
    ]
    return local(
        pa.table({"approx_quantile": pa.array([values], pa.list_(pa.list_(pa.float64())))})
    )


def _crosstab(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    names = parameters["col1"], parameters["col2"]
    keys = [
        typed.Named(
            catalog.cast_to(child.scope.require((name,)), t.StringType()),
            typed.Attribute(name, t.StringType(), True),
        )
        for name in names
    ]
    one = typed.Literal(1, t.IntegerType())
    count = typed.Named(
        typed.AggregateCall("count", (one,), t.LongType(), False),
        typed.Attribute("n", t.LongType(), False),
    )
    grouped = o.Aggregate(child.operator, tuple(keys), (count,))
    frame = (
        analyzer.context.rows(Resolved(grouped, child.scope))
        .rename_columns(["a", "b", "n"])
        .to_pandas()
    )
    frame = frame.fillna({"a": "null", "b": "null"})
    wide = frame.pivot_table(
        index="a", columns="b", values="n", aggfunc="sum", fill_value=0
    ).sort_index(axis=1)
    first = pa.array(wide.index.astype(str), pa.string())
    columns = [pa.array(wide[name].astype("int64"), pa.int64()) for name in wide.columns]
    return local(
        pa.Table.from_arrays([first, *columns], names=["_".join(names), *map(str, wide.columns)])
    )


def _freq_items(analyzer: Analyzer, child: Resolved, parameters: Any) -> o.Operator:
    support = parameters.get("support") or 0.01
    one = typed.Literal(1, t.IntegerType())
    arrays, names = [], []
    for name in parameters["cols"]:
        column = child.scope.require((name,))
        count = typed.Named(
            typed.AggregateCall("count", (one,), t.LongType(), False),
            typed.Attribute("n", t.LongType(), False),
        )
        key = typed.Named(column, typed.Attribute(name, column.type, True))
        rows = analyzer.context.rows(
            Resolved(o.Aggregate(child.operator, (key,), (count,)), child.scope)
        )
        counts = rows.column(1).to_numpy()
        often = rows.column(0).filter(pa.array(counts >= support * counts.sum()))
        arrays.append(pa.array([often.to_pylist()], pa.list_(rows.column(0).type)))
        names.append(f"{name}_freqItems")
    return local(pa.Table.from_arrays(arrays, names=names))


@understands(r.SampleBy)
def _sample_by(analyzer: Analyzer, relation: r.SampleBy) -> Resolved:
    """A row stays when its stratum's fraction is above its own random number."""
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    column = resolver.resolve(relation.column)
    seed = relation.seed if relation.seed is not None else secrets.randbits(62)
    draw = resolver.call("rand", typed.Literal(seed, t.LongType()))
    branches = tuple(
        (resolver.call("<=>", column, catalog.cast_to(typed.Literal(v.value, v.type), column.type)),
         typed.Literal(float(fraction), t.DoubleType()))
        for v, fraction in relation.fractions
    )  # fmt: skip
    if not branches:
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            functionName="`sampleBy`",
            expectedNum="1",
            actualNum=0,
            docroot="",
        )
    fraction = typed.Case(branches, typed.Literal(0.0, t.DoubleType()), t.DoubleType())
    return Resolved(o.Filter(child.operator, resolver.call("<", draw, fraction)), child.scope)


_KINDS: dict[str, Callable[[Analyzer, Resolved, Any], o.Operator]] = {
    "describe": _describe,
    "summary": _summary,
    "cov": _cov,
    "corr": _corr,
    "approx_quantile": _quantile,
    "crosstab": _crosstab,
    "freq_items": _freq_items,
}
