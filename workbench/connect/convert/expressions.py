"""Expression messages to plan expressions: one function a member of the oneof, found by the member's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from pyspark.sql.connect.proto import expressions_pb2

from workbench.base.errors import AnalysisError, Unsupported
from workbench.connect.convert import literals, types
from workbench.connect.convert.context import Context
from workbench.connect.convert.functions import python_function
from workbench.connect.convert.names import parse_name
from workbench.engine.plan import expressions as e

_TABLE_WIDE_REGEX = re.compile(r"^`(.+)`$")
_ASCENDING = {0: True, 1: True, 2: False}
_NULLS_FIRST = {0: None, 1: True, 2: False}
_FRAME_UNITS = {1: "rows", 2: "range"}


def expression(message: expressions_pb2.Expression, context: Context) -> e.Expression:
    """Return the plan expression of a message."""
    kind = message.WhichOneof("expr_type")
    if kind in UNSUPPORTED:
        raise Unsupported(
            "UNSUPPORTED_FEATURE.CONNECT_EXPRESSION", name=kind, reason=UNSUPPORTED[kind]
        )
    if kind not in EXPRESSIONS:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="Expression.expr_type")
    return EXPRESSIONS[kind](getattr(message, kind), context)


def expressions(
    messages: Iterable[expressions_pb2.Expression], context: Context
) -> tuple[e.Expression, ...]:
    """Return the plan expressions of several messages."""
    return tuple(expression(message, context) for message in messages)


def _plan_id(message: Any) -> int | None:
    return message.plan_id if message.HasField("plan_id") else None


def _literal(message: Any, context: Context) -> e.Expression:
    return literals.literal(message, context.parse_ddl)


def _attribute(message: Any, context: Context) -> e.Expression:
    return e.Name(parse_name(message.unparsed_identifier), _plan_id(message))


def _function(message: Any, context: Context) -> e.Expression:
    arguments = expressions(message.arguments, context)
    return e.Function(message.function_name, arguments, distinct=message.is_distinct)


def _call(message: Any, context: Context) -> e.Expression:
    return e.Function(message.function_name, expressions(message.arguments, context))


def _sql_text(message: Any, context: Context) -> e.Expression:
    return e.SqlText(message.expression)


def _star(message: Any, context: Context) -> e.Expression:
    target = message.unparsed_target
    parts = parse_name(target.removesuffix(".*")) if target else ()
    return e.Star(parts, _plan_id(message))


def _alias(message: Any, context: Context) -> e.Expression:
    metadata = message.metadata if message.HasField("metadata") else None
    return e.Alias(expression(message.expr, context), tuple(message.name), metadata)


def _cast(message: Any, context: Context) -> e.Expression:
    if message.WhichOneof("cast_to_type") == "type":
        kind = types.from_proto(message.type, context.parse_ddl)
    else:
        kind = context.parse_ddl(message.type_str)
    is_try = message.eval_mode == expressions_pb2.Expression.Cast.EVAL_MODE_TRY
    return e.Cast(expression(message.expr, context), kind, is_try)


def _regex(message: Any, context: Context) -> e.Expression:
    """A text without backticks is a plain column name (Spark: ``Dataset.colRegex``)."""
    found = _TABLE_WIDE_REGEX.match(message.col_name)
    if found:
        return e.Regex(found[1], _plan_id(message))
    return e.Name(parse_name(message.col_name), _plan_id(message))


def sort_order(message: Any, context: Context) -> e.SortOrder:
    """Return one key of an ordering."""
    child = expression(message.child, context)
    return e.SortOrder(child, _ASCENDING[message.direction], _NULLS_FIRST[message.null_ordering])


def sort_orders(messages: Iterable[Any], context: Context) -> tuple[e.SortOrder, ...]:
    """Return an ordering; a bare expression sorts ascending."""
    return tuple(sort_order(message, context) for message in messages)


def _lambda(message: Any, context: Context) -> e.Expression:
    parameters = tuple(".".join(argument.name_parts) for argument in message.arguments)
    return e.Lambda(parameters, expression(message.function, context))


def _lambda_variable(message: Any, context: Context) -> e.Expression:
    return e.LambdaVariable(tuple(message.name_parts))


def _window(message: Any, context: Context) -> e.Expression:
    return e.Window(
        function=expression(message.window_function, context),
        partition=expressions(message.partition_spec, context),
        order=sort_orders(message.order_spec, context),
        frame=_frame(message.frame_spec, context) if message.HasField("frame_spec") else None,
    )


def _frame(message: Any, context: Context) -> e.Frame:
    if message.frame_type not in _FRAME_UNITS:
        raise AnalysisError("CONNECT_INVALID_PLAN.FIELD_MISSING", field="WindowFrame.frame_type")
    lower, upper = _bound(message.lower, context), _bound(message.upper, context)
    return e.Frame(_FRAME_UNITS[message.frame_type], lower, upper)


def _bound(message: Any, context: Context) -> e.Bound:
    kind = message.WhichOneof("boundary")
    if kind == "current_row":
        return e.Bound(0)
    if kind == "unbounded":
        return e.Bound(None)
    offset = expression(message.value, context)
    if isinstance(offset, e.Literal) and type(offset.value) is int:
        return e.Bound(offset.value)
    return e.Bound(offset)


def _extract(message: Any, context: Context) -> e.Expression:
    return e.Extract(expression(message.child, context), expression(message.extraction, context))


def _update_fields(message: Any, context: Context) -> e.Expression:
    has_value = message.HasField("value_expression")
    value = expression(message.value_expression, context) if has_value else None
    return e.UpdateField(expression(message.struct_expression, context), message.field_name, value)


def _python_call(message: Any, context: Context) -> e.Expression:
    arguments = expressions(message.arguments, context)
    return e.PythonCall(python_function(message, context), arguments, message.is_distinct)


def _named_argument(message: Any, context: Context) -> e.Expression:
    return e.NamedArgument(message.key, expression(message.value, context))


def _subquery(message: Any, context: Context) -> e.Expression:
    plan = context.subquery(message.plan_id)
    kinds = expressions_pb2.SubqueryExpression
    if message.subquery_type == kinds.SUBQUERY_TYPE_SCALAR:
        return e.ScalarSubquery(plan)
    if message.subquery_type == kinds.SUBQUERY_TYPE_EXISTS:
        return e.Exists(plan)
    if message.subquery_type == kinds.SUBQUERY_TYPE_IN:
        return e.InSubquery(expressions(message.in_subquery_values, context), plan)
    if message.subquery_type == kinds.SUBQUERY_TYPE_TABLE_ARG:
        options = message.table_arg_options
        return e.TableArgument(
            plan,
            expressions(options.partition_spec, context),
            sort_orders(options.order_spec, context),
            options.with_single_partition,
        )
    raise Unsupported(
        "UNSUPPORTED_FEATURE.CONNECT_EXPRESSION",
        name=kinds.SubqueryType.Name(message.subquery_type),
        reason="Use a scalar, EXISTS or IN subquery.",
    )


EXPRESSIONS: dict[str, Callable[[Any, Context], e.Expression]] = {
    "literal": _literal,
    "unresolved_attribute": _attribute,
    "unresolved_function": _function,
    "expression_string": _sql_text,
    "unresolved_star": _star,
    "alias": _alias,
    "cast": _cast,
    "unresolved_regex": _regex,
    "sort_order": sort_order,
    "lambda_function": _lambda,
    "window": _window,
    "unresolved_extract_value": _extract,
    "update_fields": _update_fields,
    "unresolved_named_lambda_variable": _lambda_variable,
    "common_inline_user_defined_function": _python_call,
    "call_function": _call,
    "named_argument_expression": _named_argument,
    "subquery_expression": _subquery,
}

UNSUPPORTED: dict[str, str] = {
    "merge_action": "It belongs to MERGE INTO, for which no format here keeps enough about its rows.",
    "typed_aggregate_expression": "It holds JVM code. Write the aggregate in Python.",
    "direct_shuffle_partition_id": "There are no partitions to place rows in.",
    "extension": "No extension expression is known here.",
}
