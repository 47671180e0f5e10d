"""Functions over windows: ``f(…) OVER (PARTITION BY … ORDER BY … frame)``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.base.errors import AnalysisError
from workbench.engine.analysis import python_calls
from workbench.engine.analysis.naming import name_of
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every, has, parts, transform

if TYPE_CHECKING:
    from workbench.engine.analysis.analyzer import Analyzer
    from workbench.engine.analysis.expressions import Resolver

_NEED_ORDER = {
    "row_number",
    "rank",
    "dense_rank",
    "percent_rank",
    "cume_dist",
    "ntile",
    "lag",
    "lead",
    "nth_value",
}


def resolve(analyzer: Analyzer, resolver: Resolver, window: e.Window) -> typed.WindowCall:
    """Return a typed window function.

    Raises
    ------
    AnalysisError
        A function that wants an ordering has none; a frame's bounds are no constants; the function is no window function.
    """
    function = python_calls.aggregate_over(resolver, window.function) or resolver.resolve(
        window.function
    )
    while isinstance(function, typed.Named):
        function = function.child
    if not isinstance(function, (typed.AggregateCall, typed.Call, typed.PythonCall)):
        raise AnalysisError("UNSUPPORTED_EXPR_FOR_WINDOW", sqlExpr=f'"{name_of(window.function)}"')
    order = tuple(analyzer.sort_key(resolver, key) for key in window.order)
    if (
        not isinstance(function, typed.PythonCall)
        and function.function in _NEED_ORDER
        and not order
    ):
        raise AnalysisError(
            "WINDOW_FUNCTION_WITHOUT_ORDER", funcName=f'"{name_of(window.function)}"'
        )
    partition = resolver.resolve_all(window.partition)
    frame = _frame(resolver, window.frame, bool(order))
    return typed.WindowCall(function, partition, order, frame, function.type, function.nullable)


def _frame(
    resolver: Resolver, frame: e.Frame | None, is_ordered: bool
) -> tuple[str, Any, Any] | None:
    if frame is None:
        return None
    lower, upper = (_bound(resolver, bound) for bound in (frame.lower, frame.upper))
    is_whole = lower is None and upper is None
    if frame.unit == "range" and not is_ordered and not is_whole:
        raise AnalysisError("DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER", sqlExpr='"window"')
    return (frame.unit, lower, upper)


def _bound(resolver: Resolver, bound: e.Bound) -> Any:
    if bound.offset is None or isinstance(bound.offset, int):
        return bound.offset
    made = resolver.resolve(bound.offset)
    sign = 1
    while not isinstance(made, typed.Literal):
        if isinstance(made, typed.Call) and made.function == "negative":
            sign, made = -sign, made.arguments[0]
        elif isinstance(made, typed.Cast):
            made = made.child
        else:
            raise AnalysisError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE", sqlExpr='"window"', location="lower",
                                exprType='"UNKNOWN"', expectedType='"INT"')  # fmt: skip
    return sign * made.value


def extract(
    child: o.Operator, expressions: tuple[typed.Typed, ...]
) -> tuple[o.Operator, tuple[typed.Typed, ...]]:
    """Compute every window function in an operator below; return that child and expressions that read its columns.

    One inside another is computed in an operator of its own, further below.
    """
    while calls := {
        part: None for one in expressions for part in every(one) if _is_innermost(part)
    }:
        named = {call: typed.Attribute("_w", call.type, call.nullable) for call in calls}
        columns = tuple(typed.Named(call, attribute) for call, attribute in named.items())
        child = o.Window(child, columns)
        expressions = tuple(_reading(one, named) for one in expressions)
    return child, expressions


def _is_innermost(part: typed.Typed) -> bool:
    return isinstance(part, typed.WindowCall) and not any(
        has(inner, typed.WindowCall) for inner in parts(part)
    )


def _reading(
    expression: typed.Typed, named: dict[typed.WindowCall, typed.Attribute]
) -> typed.Typed:
    def read(part: typed.Typed) -> typed.Typed:
        return named.get(part, part) if isinstance(part, typed.WindowCall) else part

    return transform(expression, read)
