"""Relation messages to plan relations: one function a member of the oneof, found by the member's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pyspark.sql.connect.proto import expressions_pb2, relations_pb2
from pyspark.sql.types import StructType

from workbench.base.arrow_types import spark_schema
from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.convert import literals, local_data, statistics, types, user_functions
from workbench.connect.convert.catalog import catalog
from workbench.connect.convert.context import Context
from workbench.connect.convert.expressions import expression, expressions, sort_orders
from workbench.connect.convert.functions import table_function
from workbench.connect.convert.names import parse_name
from workbench.connect.extension_pb2 import QueryPeek
from workbench.engine.plan import relations as r

_JOIN_KINDS = {1: "inner", 2: "full", 3: "left", 4: "right", 5: "anti", 6: "semi", 7: "cross"}
_SET_KINDS = {1: "intersect", 2: "union", 3: "except"}
_GROUP_KINDS = {1: "groupby", 2: "rollup", 3: "cube", 4: "pivot", 5: "grouping_sets"}
_AS_OF_KINDS = {"leftouter": "left", "left_outer": "left"}


def relation(message: relations_pb2.Relation, context: Context) -> r.Relation:
    """Return the plan relation of a message, tagged with the client's plan id where it has one."""
    kind = message.WhichOneof("rel_type")
    if kind in UNSUPPORTED:
        raise Unsupported(
            "UNSUPPORTED_FEATURE.CONNECT_RELATION", name=kind, reason=UNSUPPORTED[kind]
        )
    if kind not in RELATIONS:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Relation.rel_type")
    converted = RELATIONS[kind](getattr(message, kind), context)
    if not (message.HasField("common") and message.common.HasField("plan_id")):
        return converted
    plan_id = message.common.plan_id
    if isinstance(converted, r.Watermark):
        converted = replace(converted, mark=context.mark(plan_id, converted.mark))
    return r.Tagged(converted, plan_id)


def _of(table: dict[int, str], value: int, field: str) -> str:
    if value not in table:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field=field)
    return table[value]


def _condition(message: Any, field: str, context: Context) -> Any:
    return expression(getattr(message, field), context) if message.HasField(field) else None


def _read(message: Any, context: Context) -> r.Relation:
    if message.WhichOneof("read_type") == "named_table":
        named = message.named_table
        parts = parse_name(named.unparsed_identifier)
        return r.ReadTable(parts, dict(named.options), message.is_streaming)
    source = message.data_source
    return r.ReadSource(
        format=source.format if source.HasField("format") else None,
        schema=source.schema,
        options=dict(source.options),
        paths=tuple(source.paths),
        predicates=tuple(source.predicates),
        is_streaming=message.is_streaming,
    )


def _range(message: Any, context: Context) -> r.Relation:
    if message.step == 0:
        raise AnalysisError("CONNECT_INVALID_PLAN.ZERO_STEP")
    return r.Range(message.start, message.end, message.step)


def _sql(message: Any, context: Context) -> r.Relation:
    named = {key: expression(value, context) for key, value in message.named_arguments.items()}
    named |= {
        key: literals.literal(value, context.parse_ddl) for key, value in message.args.items()
    }
    positional = expressions(message.pos_arguments, context)
    positional += tuple(literals.literal(value, context.parse_ddl) for value in message.pos_args)
    return r.SqlQuery(message.query, named, positional)


def _with_relations(message: Any, context: Context) -> r.Relation:
    """Aliased references are names for the SQL text of the root; all others are sub-plans its expressions mean by id."""
    names: list[tuple[str, r.Relation]] = []
    subqueries: dict[int, r.Relation] = {}
    for reference in message.references:
        converted = relation(reference, context.knowing(subqueries))
        subqueries[reference.common.plan_id] = converted
        if reference.WhichOneof("rel_type") == "subquery_alias":
            names.append((reference.subquery_alias.alias, converted))
    root = relation(message.root, context.knowing(subqueries))
    return r.WithNames(root, tuple(names)) if names else root


def _cached_remote(message: Any, context: Context) -> r.Relation:
    return r.Cached(message.relation_id)


def _project(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context) if message.HasField("input") else None
    return r.Project(child, expressions(message.expressions, context))


def _filter(message: Any, context: Context) -> r.Relation:
    return r.Filter(relation(message.input, context), expression(message.condition, context))


def _aggregate(message: Any, context: Context) -> r.Relation:
    sets = (expressions(one.grouping_set, context) for one in message.grouping_sets)
    has_pivot = message.HasField("pivot")
    values = (literals.literal(value, context.parse_ddl) for value in message.pivot.values)
    return r.Aggregate(
        child=relation(message.input, context),
        kind=_of(_GROUP_KINDS, message.group_type, "Aggregate.group_type"),
        grouping=expressions(message.grouping_expressions, context),
        aggregates=expressions(message.aggregate_expressions, context),
        grouping_sets=tuple(sets),
        pivot=expression(message.pivot.col, context) if has_pivot else None,
        pivot_values=tuple(values),
    )


def _join(message: Any, context: Context) -> r.Relation:
    return r.Join(
        left=relation(message.left, context),
        right=relation(message.right, context),
        kind=_of(_JOIN_KINDS, message.join_type, "Join.join_type"),
        condition=_condition(message, "join_condition", context),
        using=tuple(message.using_columns),
    )


def _lateral_join(message: Any, context: Context) -> r.Relation:
    return r.Join(
        left=relation(message.left, context),
        right=relation(message.right, context),
        kind=_of(_JOIN_KINDS, message.join_type, "LateralJoin.join_type"),
        condition=_condition(message, "join_condition", context),
        lateral=True,
    )


def _as_of_join(message: Any, context: Context) -> r.Relation:
    kind = message.join_type.lower()
    return r.AsOfJoin(
        left=relation(message.left, context),
        right=relation(message.right, context),
        left_on=expression(message.left_as_of, context),
        right_on=expression(message.right_as_of, context),
        kind=_AS_OF_KINDS.get(kind, kind),
        condition=_condition(message, "join_expr", context),
        using=tuple(message.using_columns),
        tolerance=_condition(message, "tolerance", context),
        allow_exact_matches=message.allow_exact_matches,
        direction=message.direction,
    )


def _set_operation(message: Any, context: Context) -> r.Relation:
    return r.SetOperation(
        left=relation(message.left_input, context),
        right=relation(message.right_input, context),
        kind=_of(_SET_KINDS, message.set_op_type, "SetOperation.set_op_type"),
        is_all=message.is_all,
        by_name=message.by_name,
        allow_missing_columns=message.allow_missing_columns,
    )


def _sort(message: Any, context: Context) -> r.Relation:
    is_global = message.is_global or not message.HasField("is_global")
    return r.Sort(relation(message.input, context), sort_orders(message.order, context), is_global)


def _limit(message: Any, context: Context) -> r.Relation:
    return r.Limit(relation(message.input, context), message.limit)


def _offset(message: Any, context: Context) -> r.Relation:
    return r.Offset(relation(message.input, context), message.offset)


def _tail(message: Any, context: Context) -> r.Relation:
    return r.Tail(relation(message.input, context), message.limit)


def _drop(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context)
    return r.Drop(child, expressions(message.columns, context), tuple(message.column_names))


def _deduplicate(message: Any, context: Context) -> r.Relation:
    return r.Deduplicate(
        child=relation(message.input, context),
        columns=tuple(message.column_names),
        all_columns=message.all_columns_as_keys,
        within_watermark=message.within_watermark,
    )


def _sample(message: Any, context: Context) -> r.Relation:
    return r.Sample(
        child=relation(message.input, context),
        lower=message.lower_bound,
        upper=message.upper_bound,
        with_replacement=message.with_replacement,
        seed=message.seed if message.HasField("seed") else None,
    )


def _subquery_alias(message: Any, context: Context) -> r.Relation:
    return r.SubqueryAlias(relation(message.input, context), (*message.qualifier, message.alias))


def _repartition(message: Any, context: Context) -> r.Relation:
    return r.Repartition(relation(message.input, context), message.num_partitions)


def _repartition_by(message: Any, context: Context) -> r.Relation:
    count = message.num_partitions if message.HasField("num_partitions") else None
    by = [
        one
        for one in message.partition_exprs
        if one.WhichOneof("expr_type") != "direct_shuffle_partition_id"
    ]
    return r.Repartition(relation(message.input, context), count, expressions(by, context))


def _hint(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context)
    return r.Hint(child, message.name, expressions(message.parameters, context))


def _to_df(message: Any, context: Context) -> r.Relation:
    return r.ToDF(relation(message.input, context), tuple(message.column_names))


def _with_columns(message: Any, context: Context) -> r.Relation:
    aliases = (_alias(alias, context) for alias in message.aliases)
    return r.WithColumns(relation(message.input, context), tuple(aliases))


def _alias(message: Any, context: Context) -> Any:
    return expression(expressions_pb2.Expression(alias=message), context)


def _with_columns_renamed(message: Any, context: Context) -> r.Relation:
    renames = [(one.col_name, one.new_col_name) for one in message.renames]
    renames += message.rename_columns_map.items()
    return r.RenameColumns(relation(message.input, context), tuple(renames))


def _to_schema(message: Any, context: Context) -> r.Relation:
    return r.ToSchema(relation(message.input, context), _struct(message.schema, context))


def _struct(message: Any, context: Context) -> StructType:
    kind = types.from_proto(message, context.parse_ddl)
    if not isinstance(kind, StructType):
        raise AnalysisError("CONNECT_INVALID_PLAN.NOT_A_STRUCT", type=kind.simpleString())
    return kind


def _watermark(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context)
    return r.Watermark(child, message.event_time, message.delay_threshold)


def _unpivot(message: Any, context: Context) -> r.Relation:
    has_values = message.HasField("values")
    return r.Unpivot(
        child=relation(message.input, context),
        ids=expressions(message.ids, context),
        values=expressions(message.values.values, context) if has_values else None,
        variable_name=message.variable_column_name,
        value_name=message.value_column_name,
    )


def _transpose(message: Any, context: Context) -> r.Relation:
    return r.Transpose(
        relation(message.input, context), expressions(message.index_columns, context)
    )


def _table_valued(message: Any, context: Context) -> r.Relation:
    return r.TableFunction(message.function_name, expressions(message.arguments, context))


def _python_table(message: Any, context: Context) -> r.Relation:
    declared = message.python_udtf.HasField("return_type")
    function = table_function(message, context)
    arguments = expressions(message.arguments, context)
    return r.PythonTableFunction(function, arguments, function.return_type if declared else None)


def _parse(message: Any, context: Context) -> r.Relation:
    formats = {1: "csv", 2: "json"}
    if message.format not in formats:
        raise Unsupported(
            "UNSUPPORTED_FEATURE.CONNECT_RELATION", name="parse", reason="Only csv and json are."
        )
    schema = _struct(message.schema, context) if message.HasField("schema") else None
    child = relation(message.input, context)
    return r.Parse(child, formats[message.format], schema, dict(message.options))


def _observe(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context)
    return r.Observe(child, message.name, expressions(message.metrics, context))


def _show_string(message: Any, context: Context) -> r.Relation:
    child = relation(message.input, context)
    return r.ShowText(child, message.num_rows, message.truncate, message.vertical)


def _html_string(message: Any, context: Context) -> r.Relation:
    return r.ShowText(
        relation(message.input, context), message.num_rows, message.truncate, html=True
    )


def _extension(message: Any, context: Context) -> r.Relation:
    """The one extension known is a look at a running query's rows, taken now."""
    peek = QueryPeek()
    if not message.Unpack(peek):
        reason = f"This server does not know the extension {message.type_url}."
        raise Unsupported("UNSUPPORTED_FEATURE.CONNECT_RELATION", name="extension", reason=reason)
    table = context.peek(peek)
    return r.LocalData(table, spark_schema(table.schema))


RELATIONS: dict[str, Callable[[Any, Context], r.Relation]] = {
    "read": _read,
    "range": _range,
    "sql": _sql,
    "local_relation": local_data.local_relation,
    "cached_local_relation": local_data.cached_local_relation,
    "chunked_cached_local_relation": local_data.chunked_cached_local_relation,
    "cached_remote_relation": _cached_remote,
    "with_relations": _with_relations,
    "project": _project,
    "filter": _filter,
    "aggregate": _aggregate,
    "join": _join,
    "lateral_join": _lateral_join,
    "as_of_join": _as_of_join,
    "set_op": _set_operation,
    "sort": _sort,
    "limit": _limit,
    "offset": _offset,
    "tail": _tail,
    "drop": _drop,
    "deduplicate": _deduplicate,
    "sample": _sample,
    "subquery_alias": _subquery_alias,
    "repartition": _repartition,
    "repartition_by_expression": _repartition_by,
    "hint": _hint,
    "to_df": _to_df,
    "with_columns": _with_columns,
    "with_columns_renamed": _with_columns_renamed,
    "to_schema": _to_schema,
    "with_watermark": _watermark,
    "unpivot": _unpivot,
    "transpose": _transpose,
    "unresolved_table_valued_function": _table_valued,
    "common_inline_user_defined_table_function": _python_table,
    "parse": _parse,
    "collect_metrics": _observe,
    "show_string": _show_string,
    "html_string": _html_string,
    "catalog": catalog,
    "extension": _extension,
}


def _with_child(convert: Callable[..., r.Relation]) -> Callable[[Any, Context], r.Relation]:
    return lambda message, context: convert(message, relation(message.input, context), context)


def _group_map(message: Any, context: Context) -> r.Relation:
    has_initial = message.HasField("initial_input")
    initial = relation(message.initial_input, context) if has_initial else None
    return user_functions.group_map(message, relation(message.input, context), initial, context)


def _co_group_map(message: Any, context: Context) -> r.Relation:
    left, right = relation(message.input, context), relation(message.other, context)
    return user_functions.co_group_map(message, left, right, context)


RELATIONS |= {name: _with_child(convert) for name, convert in statistics.STATISTICS.items()}
RELATIONS |= {name: _with_child(convert) for name, convert in user_functions.MAPS.items()}
RELATIONS |= {"group_map": _group_map, "co_group_map": _co_group_map}

UNSUPPORTED: dict[str, str] = {
    "common_inline_user_defined_data_source": "Python data sources are not run here.",
    "relation_changes": "No format here keeps a change feed.",
    "nearest_by_join": "Join on a condition and rank the matches with a window function.",
    "ml_relation": "Spark ML is not part of this engine.",
    "unknown": "The client did not say what it is.",
}
