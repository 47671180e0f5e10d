"""A user's Python functions inside expressions.

Before: ``mean_of(v)`` with a grouped aggregate function; after: ``PythonCall(mean_of, collect_list(named_struct('_0', v)))``, so
that grouping, filters, pivots and streams gather the rows as they do for any aggregate, and the function sees a group at a time.
Over a window it stays a call over the columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import types as t
from pyspark.util import PythonEvalType as Kind

from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog
from workbench.engine.plan import expressions as e
from workbench.engine.plan import typed
from workbench.engine.plan.walk import map_parts

if TYPE_CHECKING:
    from workbench.engine.analysis.context import Context
    from workbench.engine.analysis.expressions import Resolver
    from workbench.engine.plan.python_function import PythonFunction

AGGREGATES = (
    Kind.SQL_GROUPED_AGG_PANDAS_UDF,
    Kind.SQL_GROUPED_AGG_PANDAS_ITER_UDF,
    Kind.SQL_GROUPED_AGG_ARROW_UDF,
    Kind.SQL_GROUPED_AGG_ARROW_ITER_UDF,
)


def resolve(r: Resolver, expression: e.PythonCall) -> typed.Typed:
    """Return the call of a scalar or aggregate function."""
    made = over_rows(r, expression)
    if made.function.eval_type not in AGGREGATES:
        return made
    return replace(made, arguments=(_gathered(r, made.arguments),))


def over_rows(r: Resolver, expression: e.PythonCall) -> typed.PythonCall:
    """Return the call over its own arguments, which is what a window wants of an aggregate too."""
    plain, keywords = without_names(expression.function.name, expression.arguments)
    function = here(expression.function, r.analyzer.context)
    return typed.PythonCall(function, r.resolve_all(plain), function.return_type, keywords=keywords)


def without_names(
    function: str, arguments: tuple[e.Expression, ...]
) -> tuple[tuple[e.Expression, ...], tuple[str, ...]]:
    """Return a call's arguments, and the names of the last ones.

    Raises
    ------
    AnalysisError
        ``UNEXPECTED_POSITIONAL_ARGUMENT`` for one without a name behind one with a name,
        ``DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE`` for a name given twice.
    """
    keywords: list[str] = []
    for argument in arguments:
        if isinstance(argument, e.NamedArgument):
            if argument.name in keywords:
                raise AnalysisError(
                    "DUPLICATE_ROUTINE_PARAMETER_ASSIGNMENT.DOUBLE_NAMED_ARGUMENT_REFERENCE",
                    routineName=f"`{function}`",
                    parameterName=f"`{argument.name}`",
                )
            keywords.append(argument.name)
        elif keywords:
            raise AnalysisError(
                "UNEXPECTED_POSITIONAL_ARGUMENT",
                routineName=f"`{function}`",
                parameterName=f"`{keywords[-1]}`",
            )
    values = (a.value if isinstance(a, e.NamedArgument) else a for a in arguments)
    return tuple(values), tuple(keywords)


def as_registered(r: Resolver, expression: e.Expression) -> e.Expression:
    """Return an expression whose calls of registered functions are named as these were registered, for a column's name."""
    made = map_parts(expression, e.Expression, lambda part: as_registered(r, part))
    if not isinstance(made, e.Function):
        return made
    found = r.analyzer.context.function(made.name.lower())
    return made if found is None else replace(made, name=found.name)


def aggregate_over(r: Resolver, expression: e.Expression) -> typed.PythonCall | None:
    """Return a window's function when it is a user's aggregate."""
    if isinstance(expression, e.Function):
        registered = r.analyzer.context.function(expression.name.lower())
        if registered is None:
            return None
        expression = e.PythonCall(registered, expression.arguments)
    if not isinstance(expression, e.PythonCall) or expression.function.eval_type not in AGGREGATES:
        return None
    return over_rows(r, expression)


def here(function: PythonFunction, context: Context) -> PythonFunction:
    """Return a function that knows the session's time zone, and whether pandas' values must fit."""
    safe = context.conf("spark.sql.execution.pandas.convertToArrowArraySafely")
    return function.within(context.conf("spark.sql.session.timeZone"), safe=safe == "true")


def _gathered(r: Resolver, arguments: tuple[typed.Typed, ...]) -> typed.Typed:
    columns = arguments or (typed.Literal(True, t.BooleanType()),)
    parts = [
        part
        for i, column in enumerate(columns)
        for part in (typed.Literal(f"_{i}", t.StringType()), column)
    ]
    made = catalog.resolve(
        "collect_list", (r.call("named_struct", *parts),), conf=r.analyzer.context.conf
    )
    # DataFusion's lists may hold NULL, whatever they are made of, and it cannot say otherwise of a list of structs.
    return replace(made, type=t.ArrayType(made.type.elementType, True))
