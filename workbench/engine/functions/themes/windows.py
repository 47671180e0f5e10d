"""Window functions: their arguments and result types; DataFusion's are in ``functions.windows``."""

from __future__ import annotations

from typing import Any

from pyspark.sql import types as t

from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions.kinds import INT, Kind
from workbench.engine.functions.promotion import unified
from workbench.engine.functions.row import WINDOW, Request, Row
from workbench.engine.plan import typed


def window(name: str, parameters: tuple[Kind, ...], returns: Any, **more: Any) -> Row:
    """Return the row of a window function."""
    return Row(name, WINDOW, parameters, returns, **more)


def _shifted(name: str) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 3)
        value, *rest = request.arguments
        offset = rest[0] if rest else typed.Literal(1, t.IntegerType())
        default = rest[1] if len(rest) > 1 else None
        is_absent = default is None or (
            isinstance(default, typed.Literal) and default.value is None
        )
        arguments: tuple[typed.Typed, ...] = (value, _constant(offset))
        if not is_absent:
            (value, default), _common = unified(request, (value, default))
            arguments = (value, _constant(offset), default)
        return typed.AggregateCall(name, arguments, value.type, ignore_nulls=request.ignore_nulls)

    return Row(name, WINDOW, rewrite=resolve)


def _constant(expression: typed.Typed) -> typed.Typed:
    """Return the constant behind a sign or a cast."""
    if isinstance(expression, typed.Cast):
        return _constant(expression.child)
    if isinstance(expression, typed.Call) and expression.function == "negative":
        inner = _constant(expression.arguments[0])
        return (
            typed.Literal(-inner.value, inner.type)
            if isinstance(inner, typed.Literal)
            else expression
        )
    return expression


def _nth(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    value, place, *rest = request.arguments
    flag = any(isinstance(one, typed.Literal) and one.value for one in rest)
    ignores = request.ignore_nulls or flag
    return typed.AggregateCall(
        "nth_value", (value, _constant(place)), value.type, ignore_nulls=ignores
    )


ROWS: tuple[Row, ...] = (
    window("row_number", (), t.IntegerType(), nullable=False),
    window("rank", (), t.IntegerType(), nullable=False),
    window("dense_rank", (), t.IntegerType(), nullable=False),
    window("percent_rank", (), t.DoubleType(), nullable=False),
    window("cume_dist", (), t.DoubleType(), nullable=False),
    window("ntile", (INT,), t.IntegerType(), nullable=False, defaults=(1,)),
    _shifted("lag"),
    _shifted("lead"),
    Row("nth_value", WINDOW, rewrite=_nth),
)
