"""Python table functions: beside single values, or over a table.

Over a table, before::

    f(TABLE(t) PARTITION BY k ORDER BY x, 5)

After: ``PythonTableOver(f, [row, 5]) ← Sort(k, x) ← Project(struct(*) AS row, 5, k, x) ← t``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.analysis.naming import name_of
from workbench.engine.analysis.python_calls import here, without_names
from workbench.engine.analysis.relations.basic import project
from workbench.engine.analysis.relations.inputs import attributes, one_row
from workbench.engine.analysis.relations.register import understands
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import relations as r
from workbench.engine.plan import typed
from workbench.engine.plan.walk import attributes_of, has

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pyspark.sql.udtf import AnalyzeResult, OrderingColumn, SelectedColumn

    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.analysis.expressions import Resolver
    from workbench.engine.analysis.scope import Resolved
    from workbench.engine.plan.expressions import Expression


@understands(r.PythonTableFunction)
def _table_function(analyzer: Analyzer, relation: r.PythonTableFunction) -> Resolved:
    function = here(relation.function, analyzer.context)
    relation = replace(relation, function=function)
    arguments, keywords = without_names(function.name, relation.arguments)
    tables = [at for at, one in enumerate(arguments) if isinstance(one, e.TableArgument)]
    if len(tables) > 1:
        raise AnalysisError("TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS", num=len(tables))
    if tables:
        return _over_table(analyzer, relation, arguments, keywords, tables[0])
    child = analyzer.fresh(one_row())
    given = analyzer.at(child.scope).resolve_all(arguments)
    columns, analysis = _columns(analyzer, relation, given, keywords)[:2]
    return analyzer.fresh(
        o.PythonTable(child.operator, function, given, columns, keywords, analysis)
    )


def _columns(
    analyzer: Analyzer,
    relation: r.PythonTableFunction,
    told: tuple[typed.Typed | t.StructType, ...],
    keywords: tuple[str, ...],
) -> tuple[tuple[typed.Attribute, ...], bytes, AnalyzeResult | None]:
    """Return a function's columns: the declared ones, or those its ``analyze`` answers, with that answer."""
    kind = relation.return_type or relation.function.return_type
    if isinstance(kind, t.StructType):
        return attributes(kind), b"", None
    answer, pickled = analyzer.context.analyze(relation.function, told, keywords)
    return attributes(answer.schema), pickled, answer


def _over_table(
    enclosing: Analyzer,
    relation: r.PythonTableFunction,
    arguments: tuple[Expression, ...],
    keywords: tuple[str, ...],
    place: int,
) -> Resolved:
    # A table is understood by itself: of a call only PARTITION BY reads an enclosing query.
    analyzer = replace(enclosing, outer=None, outer_used={})
    table, argument = analyzer.resolve(arguments[place].plan), arguments[place]
    beside = analyzer.at(analyzer.scope(()))
    values = [None if at == place else beside.resolve(a) for at, a in enumerate(arguments)]
    told = tuple(_row_type(table) if value is None else value for value in values)
    columns, analysis, answer = _columns(analyzer, relation, told, keywords)
    wanted: tuple[typed.Named, ...] = ()
    if answer is not None:
        argument = _as_asked(relation.function.name, argument, answer, analyzer)
        wanted = tuple(_selected(analyzer, table, one) for one in answer.select)
    row = _row(analyzer.at(table.scope), wanted or _all(table))
    given = tuple(_named(row if value is None else value) for value in values)
    rows, partition = _divided(enclosing, table, given, argument)
    return analyzer.fresh(
        o.PythonTableOver(
            rows, relation.function, tuple(g.attribute for g in given), columns, place,
            keywords, analysis, partition, argument.is_single,
        )
    )  # fmt: skip


def _all(table: Resolved) -> tuple[typed.Named, ...]:
    return tuple(typed.Named(a, a) for a in table.operator.output)


def _row_type(table: Resolved) -> t.StructType:
    return t.StructType([t.StructField(a.name, a.type, a.nullable) for a in table.operator.output])


def _row(resolver: Resolver, columns: tuple[typed.Named, ...]) -> typed.Typed:
    names = [one.attribute.name for one in columns]
    if len(set(names)) < len(names):
        raise Unsupported(
            "DUPLICATED_FIELD_NAME_IN_ARROW_STRUCT", fieldNames=f"[{', '.join(names)}]"
        )
    parts = [
        part
        for name, one in zip(names, columns, strict=True)
        for part in (typed.Literal(name, t.StringType()), one.child)
    ]
    return resolver.call("named_struct", *parts)


def _named(expression: typed.Typed) -> typed.Named:
    return typed.Named(expression, typed.Attribute("", expression.type, expression.nullable))


def _divided(
    analyzer: Analyzer,
    table: Resolved,
    given: tuple[typed.Named, ...],
    argument: e.TableArgument,
) -> tuple[o.Operator, tuple[typed.Attribute, ...]]:
    """Return a table's arguments, partition by partition and each in the order asked for, and what tells partitions apart."""
    resolver = analyzer.at(replace(table.scope, outer=analyzer.outer))
    keys = [analyzer.sort_key(resolver, one) for one in (*argument.partition, *argument.order)]
    if any(has(key, typed.AggregateCall) for key in keys):
        raise AnalysisError("MISSING_GROUP_BY")
    _check_order(keys[len(argument.partition) :], argument.order, table)
    ranked = [_named(key.child) for key in keys]
    made = project(table, [*given, *ranked]).operator
    order = tuple(replace(k, child=n.attribute) for k, n in zip(keys, ranked, strict=True))
    partition = tuple(n.attribute for n in ranked[: len(argument.partition)])
    return (o.Sort(made, order) if order else made), partition


def _check_order(
    keys: Sequence[typed.SortKey], written: Sequence[Expression], table: Resolved
) -> None:
    """Refuse an order that reads the enclosing query."""
    own = {a.id for a in table.operator.output}
    for key, one in zip(keys, written, strict=True):
        if not attributes_of(key) <= own:
            raise AnalysisError(
                "UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE",
                sqlExprs=f'"{name_of(one.child if isinstance(one, e.SortOrder) else one)}"',
            )


# ------------------------------------------------------------------ what an answer of analyze asks for


def _as_asked(
    name: str, argument: e.TableArgument, answer: AnalyzeResult, analyzer: Analyzer
) -> e.TableArgument:
    """Return a table argument divided as ``analyze`` asks, which the call may then not do itself."""
    asks = answer.withSinglePartition or answer.partitionBy
    if answer.withSinglePartition and answer.partitionBy:
        raise _invalid(name, "it asks for one partition and for partitionBy at once")
    if answer.orderBy and not asks:
        raise _invalid(name, "orderBy needs partitionBy or withSinglePartition beside it")
    if not asks:
        return argument
    if argument.is_partitioned:
        raise AnalysisError(
            "TABLE_VALUED_FUNCTION_REQUIRED_METADATA_INCOMPATIBLE_WITH_CALL",
            functionName=f"`{name}`",
        )
    parse = analyzer.context.parse_expression
    return replace(
        argument,
        is_single=answer.withSinglePartition,
        partition=tuple(_unnamed(parse(one.name)) for one in answer.partitionBy),
        order=tuple(_ordering(parse(one.name), one) for one in answer.orderBy),
    )


def _invalid(name: str, reason: str) -> AnalysisError:
    return AnalysisError(
        "TABLE_VALUED_FUNCTION_REQUIRED_METADATA_INVALID", functionName=f"`{name}`", reason=reason
    )


def _unnamed(expression: Expression) -> Expression:
    return expression.child if isinstance(expression, e.Alias) else expression


def _ordering(expression: Expression, asked: OrderingColumn) -> e.SortOrder:
    if isinstance(expression, e.Alias):
        raise AnalysisError(
            "UDTF_INVALID_ALIAS_IN_REQUESTED_ORDERING_STRING_FROM_ANALYZE_METHOD",
            aliasName=expression.names[0],
        )
    return e.SortOrder(expression, asked.ascending, asked.overrideNullsFirst)


def _selected(analyzer: Analyzer, table: Resolved, asked: SelectedColumn) -> typed.Named:
    expression = analyzer.context.parse_expression(asked.name)
    if isinstance(expression, e.Alias) or not (asked.alias or isinstance(expression, e.Name)):
        raise AnalysisError(
            "UDTF_INVALID_REQUESTED_SELECTED_EXPRESSION_FROM_ANALYZE_METHOD_REQUIRES_ALIAS",
            expression=name_of(expression),
        )
    made = analyzer.at(table.scope).resolve(expression)
    name = asked.alias or expression.parts[-1]
    return typed.Named(made, typed.Attribute(name, made.type, made.nullable))
