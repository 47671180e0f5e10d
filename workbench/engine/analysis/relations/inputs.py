"""Where rows come from: tables, files, local data, ranges, values, SQL text."""

from __future__ import annotations

from functools import reduce

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema, to_arrow
from workbench.base.ddl import parse_ddl
from workbench.base.errors import AnalysisError
from workbench.engine.analysis.analyzer import Analyzer
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved
from workbench.engine.functions import catalog
from workbench.engine.functions.literals import to_scalar
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan.typed import Attribute, Literal, Named


def attributes(schema: t.StructType) -> tuple[Attribute, ...]:
    """Return new attributes for a schema's columns."""
    return tuple(
        Attribute(f.name, f.dataType, f.nullable, metadata=f.metadata or {}) for f in schema.fields
    )


def new_ids(operator: o.Operator) -> o.Project:
    """Return an operator whose columns are new attributes, so that it can stand beside itself in a join."""
    return o.Project(
        operator,
        tuple(
            Named(a, Attribute(a.name, a.type, a.nullable, metadata=a.metadata))
            for a in operator.output
        ),
    )


@understands(r.Tagged)
def _tagged(analyzer: Analyzer, relation: r.Tagged) -> Resolved:
    made = analyzer.resolve(relation.child)
    return Resolved(made.operator, made.scope.tagged(relation.plan_id), made.below)


@understands(r.LocalData)
def _local(analyzer: Analyzer, relation: r.LocalData) -> Resolved:
    return analyzer.fresh(o.LocalTable(relation.table, attributes(relation.schema)))


@understands(r.Range)
def _range(analyzer: Analyzer, relation: r.Range) -> Resolved:
    output = (Attribute("id", t.LongType(), False),)
    return analyzer.fresh(o.Range(relation.start, relation.end, relation.step, output))


@understands(r.OneRow)
def _one_row(analyzer: Analyzer, _relation: r.OneRow) -> Resolved:
    return analyzer.fresh(one_row())


def one_row() -> o.LocalTable:
    """Return the operator of one row without columns."""
    return o.LocalTable(pa.table({"x": pa.nulls(1)}), ())


@understands(r.Values)
def _values(analyzer: Analyzer, relation: r.Values) -> Resolved:
    resolver = analyzer.at(analyzer.scope(()))
    rows = [resolver.resolve_all(row) for row in relation.rows]
    if len({len(row) for row in rows}) != 1:
        raise AnalysisError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", expectedNumCols=len(rows[0]),
                            actualNumCols=next(len(x) for x in rows if len(x) != len(rows[0])), rowIndex=0)  # fmt: skip
    kinds = [
        catalog.common_type(tuple(value.type for value in column))
        for column in zip(*rows, strict=True)
    ]
    if None in kinds:
        raise AnalysisError(
            "INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
            colName=f"`col{kinds.index(None) + 1}`",
        )
    output = tuple(
        Attribute(f"col{i + 1}", kind, any(row[i].nullable for row in rows))
        for i, kind in enumerate(kinds)
    )
    projections = tuple(
        tuple(catalog.cast_to(value, kind) for value, kind in zip(row, kinds, strict=True))
        for row in rows
    )
    if all(isinstance(value, Literal) for row in projections for value in row):
        return analyzer.fresh(_constants(projections, output))
    return analyzer.fresh(o.Expand(one_row(), projections, output))


def _constants(
    rows: tuple[tuple[Literal, ...], ...], output: tuple[Attribute, ...]
) -> o.LocalTable:
    """Rows of constants as a table, so that they keep their order."""
    columns = [
        pa.array([to_scalar(value) for value in column], to_arrow(attribute.type))
        for column, attribute in zip(zip(*rows, strict=True), output, strict=True)
    ]
    return o.LocalTable(pa.Table.from_arrays(columns, names=[a.column for a in output]), output)


@understands(r.SqlQuery)
def _sql(analyzer: Analyzer, relation: r.SqlQuery) -> Resolved:
    parsed = analyzer.context.parse_query(relation.text, relation.named, relation.positional)
    return analyzer.resolve(parsed)


@understands(r.WithNames)
def _with_names(analyzer: Analyzer, relation: r.WithNames) -> Resolved:
    def nest(inner: Analyzer, pair: tuple[str, r.Relation]) -> Analyzer:
        name, plan = pair
        return inner.within({name.lower(): r.WithNames(plan, tuple(inner.names.items()))})

    return reduce(nest, relation.names, analyzer).resolve(relation.child)


@understands(r.Cached)
def _cached(analyzer: Analyzer, relation: r.Cached) -> Resolved:
    return analyzer.fresh(new_ids(analyzer.context.cached(relation.relation_id).operator))


@understands(r.ReadTable)
def _table(analyzer: Analyzer, relation: r.ReadTable) -> Resolved:
    name = relation.parts[0].lower()
    if len(relation.parts) == 1 and name in analyzer.names:
        found: r.Relation | Resolved = analyzer.names[name]
    else:
        found = analyzer.context.table(relation.parts, relation.is_streaming, relation.options)
    if isinstance(found, r.Relation):
        # What a name stands for brings its own names: it does not know itself, nor what surrounds its reader.
        found = Analyzer(analyzer.context).resolve(found)
        return Resolved(found.operator, analyzer.scope(found.operator.output, relation.parts))
    return Resolved(found.operator, analyzer.scope(found.operator.output, relation.parts))


@understands(r.ReadSource)
def _source(analyzer: Analyzer, relation: r.ReadSource) -> Resolved:
    schema = parse_ddl(relation.schema) if relation.schema else None
    found = analyzer.context.source(
        relation.format, schema, relation.options, relation.paths, relation.is_streaming
    )
    return Resolved(found.operator, analyzer.scope(found.operator.output))


@understands(r.CatalogCall)
def _catalog(analyzer: Analyzer, relation: r.CatalogCall) -> Resolved:
    return analyzer.fresh(
        analyzer.context.catalog_call(relation.kind, relation.parameters).operator
    )


def local(table: pa.Table) -> o.LocalTable:
    """Return the operator of an Arrow table, with Spark types from its own."""
    return o.LocalTable(table, attributes(spark_schema(table.schema)))


__all__ = ["attributes", "local", "new_ids", "one_row"]
