"""unpivot, transpose, to(schema), parsing, show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError
from workbench.engine.analysis.relations.basic import project
from workbench.engine.analysis.relations.inputs import attributes
from workbench.engine.analysis.relations.register import understands
from workbench.engine.analysis.scope import Resolved
from workbench.engine.analysis.show import as_html, as_text
from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer


@understands(r.Unpivot)
def _unpivot(analyzer: Analyzer, relation: r.Unpivot) -> Resolved:
    child = analyzer.resolve(relation.child)
    resolver = analyzer.at(child.scope)
    ids = [one for x in relation.ids for one in resolver.named(x)]
    values = _values(child, resolver, relation, ids)
    if not values:
        raise AnalysisError("UNPIVOT_REQUIRES_VALUE_COLUMNS")
    common = catalog.common_type(tuple(v.type for v in values))
    if common is None:
        names = ", ".join(
            f'"{v.type.simpleString().upper()}" (`{v.attribute.name}`)' for v in values
        )
        raise AnalysisError("UNPIVOT_VALUE_DATA_TYPE_MISMATCH", types=names)
    keys = tuple(typed.Attribute(i.attribute.name, i.type, i.nullable) for i in ids)
    output = (
        *keys,
        typed.Attribute(relation.variable_name, t.StringType(), False),
        typed.Attribute(relation.value_name, common, True),
    )
    projections = tuple(
        (
            *(i.child for i in ids),
            typed.Literal(v.attribute.name, t.StringType()),
            catalog.cast_to(v.child, common),
        )
        for v in values
    )
    return analyzer.fresh(o.Expand(child.operator, projections, output))


def _values(
    child: Resolved, resolver: object, relation: r.Unpivot, ids: list[typed.Named]
) -> list[typed.Named]:
    if relation.values is not None:
        return [one for x in relation.values for one in resolver.named(x)]
    gone = {i.child.id for i in ids if isinstance(i.child, typed.Attribute)}
    return [typed.Named(a, a) for a in child.operator.output if a.id not in gone]


@understands(r.Transpose)
def _transpose(analyzer: Analyzer, relation: r.Transpose) -> Resolved:
    child = analyzer.resolve(relation.child)
    if not child.operator.output:
        return child
    index = analyzer.at(child.scope).resolve_all(relation.index)
    key = index[0] if index else child.operator.output[0]
    rest = [a for a in child.operator.output if a != key]
    common = catalog.common_type(tuple(a.type for a in rest)) if rest else t.StringType()
    if common is None:
        raise AnalysisError("TRANSPOSE_NO_LEAST_COMMON_TYPE", dt1="", dt2="")
    shown = typed.Named(
        catalog.cast_to(key, t.StringType()), typed.Attribute("key", t.StringType(), True)
    )
    columns = [
        typed.Named(catalog.cast_to(a, common), typed.Attribute(a.name, common, True)) for a in rest
    ]
    limit = int(analyzer.context.conf("spark.sql.transposeMaxValues"))
    rows = analyzer.context.rows(project(child, [shown, *columns]))
    if rows.num_rows > limit:
        raise AnalysisError(
            "TRANSPOSE_EXCEED_ROW_LIMIT", maxValues=limit, config="spark.sql.transposeMaxValues"
        )
    return analyzer.fresh(_transposed(rows, columns, common))


def _transposed(rows: pa.Table, columns: list[typed.Named], common: t.DataType) -> o.LocalTable:
    ordered = rows.sort_by(rows.column_names[0])
    names = ordered.column(0).to_pylist()
    kept = [i for i, name in enumerate(names) if name is not None]
    kind = ordered.schema.field(1).type if columns else pa.string()
    data = {"key": pa.array([c.attribute.name for c in columns], pa.string())}
    arrays = [
        pa.array([ordered.column(j + 1)[i].as_py() for j in range(len(columns))], kind)
        for i in kept
    ]
    schema = [typed.Attribute("key", t.StringType(), False)]
    schema += [typed.Attribute(names[i], common, True) for i in kept]
    table = pa.Table.from_arrays(
        [data["key"], *arrays], names=[f"x{i}" for i in range(len(kept) + 1)]
    )
    return o.LocalTable(table, tuple(schema))


@understands(r.ToSchema)
def _to_schema(analyzer: Analyzer, relation: r.ToSchema) -> Resolved:
    child = analyzer.resolve(relation.child)
    columns = []
    for field in relation.schema.fields:
        found = [a for a in child.operator.output if child.scope.same(a.name, field.name)]
        columns.append(_fitted(found[0] if found else None, field))
    return project(child, columns)


def _fitted(attribute: typed.Attribute | None, field: t.StructField) -> typed.Named:
    if attribute is None:
        if not field.nullable:
            raise AnalysisError(
                "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", objectName=f"`{field.name}`"
            )
        return typed.Named(
            typed.Literal(None, field.dataType), typed.Attribute(field.name, field.dataType, True)
        )
    if attribute.nullable and not field.nullable:
        raise AnalysisError("NULLABLE_COLUMN_OR_FIELD", name=f"`{field.name}`")
    if catalog.common_type((attribute.type, field.dataType)) is None and not isinstance(
        field.dataType, t.StringType
    ):
        raise AnalysisError("INVALID_COLUMN_OR_FIELD_DATA_TYPE", name=f"`{field.name}`",
                            type=f'"{attribute.type.simpleString().upper()}"',
                            expectedType=f'"{field.dataType.simpleString().upper()}"')  # fmt: skip
    new = typed.Attribute(field.name, field.dataType, field.nullable, metadata=attribute.metadata)
    return typed.Named(catalog.cast_to(attribute, field.dataType), new)


@understands(r.Parse)
def _parse(analyzer: Analyzer, relation: r.Parse) -> Resolved:
    """Rows of text parsed by the format's own parser, through ``from_json`` and ``from_csv``."""
    child = analyzer.resolve(relation.child)
    text = child.operator.output[0]
    if not isinstance(text.type, t.StringType):
        raise AnalysisError(
            "PARSE_INPUT_NOT_STRING_TYPE", dataType=f'"{text.type.simpleString().upper()}"'
        )
    resolver = analyzer.at(child.scope)
    schema = relation.schema or _inferred(analyzer, child, relation)
    options = [typed.Literal(x, t.StringType()) for pair in relation.options.items() for x in pair]
    arguments = [text, typed.Literal(schema.json(), t.StringType())]
    if options:
        arguments.append(resolver.call("map", *options))
    call = resolver.call(f"from_{relation.format}", *arguments)
    fields = [typed.GetField(call, f.name, f.dataType, True) for f in schema.fields]
    columns = [
        typed.Named(x, typed.Attribute(f.name, f.dataType, True))
        for x, f in zip(fields, schema.fields, strict=True)
    ]
    return analyzer.fresh(project(child, columns).operator)


def _inferred(analyzer: Analyzer, child: Resolved, relation: r.Parse) -> t.StructType:
    texts = analyzer.context.rows(child).column(0)
    return analyzer.context.infer(relation.format, texts, relation.options)


@understands(r.ShowText)
def _show(analyzer: Analyzer, relation: r.ShowText) -> Resolved:
    child = analyzer.resolve(relation.child)
    columns = [
        typed.Named(catalog.cast_to(a, t.StringType(), zone=analyzer.context.conf("spark.sql.session.timeZone")),
                    typed.Attribute(a.name, t.StringType(), True))
        for a in child.operator.output
    ]  # fmt: skip
    operator = o.Limit(child.operator, relation.rows + 1)
    made = o.Project(operator, tuple(columns))
    rows = analyzer.context.rows(Resolved(made, child.scope))
    names = [a.name for a in child.operator.output]
    cells = [column.to_pylist() for column in rows.columns] if names else []
    height = rows.num_rows
    render = as_html if relation.html else as_text
    text = render(names, cells, height, relation.rows, relation.truncate, relation.vertical)
    name = "html_string" if relation.html else "show_string"
    table = pa.table({name: [text]})
    return analyzer.fresh(o.LocalTable(table, attributes(spark_schema(table.schema))))
