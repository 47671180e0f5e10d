"""Operators: arithmetic, comparison, logic, bits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import TYPE_CHECKING

import datafusion
import pyarrow as pa
import pyarrow.compute as pc
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, render
from workbench.engine.functions.kernels import arithmetic, decimals
from workbench.engine.functions.kinds import ANY, BOOLEAN, INTEGRAL
from workbench.engine.functions.promotion import arithmetic_sides, common_sides, unified, wrong_type
from workbench.engine.functions.row import Request, Row, alias, rewritten, scalar
from workbench.engine.functions.themes.temporal_operators import (
    interval_negation,
    temporal_arithmetic,
)
from workbench.engine.functions.vectors import ALL, call_vector, vector
from workbench.engine.plan import typed

if TYPE_CHECKING:
    from workbench.engine.functions.row import Kernel

BOOL = t.BooleanType()
NAMES = {"+": "add", "-": "subtract", "*": "multiply"}
NATIVE: dict[str, Callable[[datafusion.Expr, datafusion.Expr], datafusion.Expr]] = {
    "+": lambda left, right: left + right,
    "-": lambda left, right: left - right,
    "*": lambda left, right: left * right,
}


def arithmetic_row(name: str, operator: str, is_try: bool = False) -> Row:
    """Return the row of ``+ - * / % div``, or of its ``try_`` form."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        temporal = temporal_arithmetic(request, operator, is_try)
        if temporal is not None:
            return temporal
        sides = arithmetic_sides(request, operator)
        empty = is_try or operator in {"/", "%", "div"}
        nullable = empty or sides.left.nullable or sides.right.nullable
        return typed.Call(name, (sides.left, sides.right), sides.type, nullable)

    return Row(
        name, rewrite=resolve, kernel=partial(_arithmetic, operator, is_try), raises=not is_try
    )


_DIVISIONS = {
    "/": arithmetic.divide_doubles,
    "%": arithmetic.remainder,
    "div": arithmetic.whole_division,
}


def _arithmetic(
    operator: str, is_try: bool, arguments: list[datafusion.Expr], call: typed.Call
) -> datafusion.Expr:
    kind = call.type
    vector = partial(call_vector, arguments=arguments, sources=call.arguments, constants=ALL)
    if isinstance(call.arguments[0].type, t.DecimalType):
        return _decimal(operator, is_try, vector, to_arrow(kind))
    if operator in _DIVISIONS:
        return vector(_DIVISIONS[operator], output=to_arrow(kind), is_try=is_try)
    if not coercion.is_integral(kind):
        return NATIVE[operator](*arguments)
    operation = NAMES[operator]
    if is_try:
        return vector(arithmetic.try_whole, output=to_arrow(kind), operation=operation)
    # Spark names the alternative for int and long only.
    wide = isinstance(kind, (t.IntegerType, t.LongType))
    alternative = f"try_{operation}" if wide else ""
    return vector(
        arithmetic.whole, output=to_arrow(kind), operation=operation, alternative=alternative
    )


def _decimal(operator: str, is_try: bool, vector: Callable, to: pa.DataType) -> datafusion.Expr:
    if operator == "/":
        return vector(decimals.divide, output=to, to=to, is_try=is_try)
    if operator == "%":
        return vector(decimals.remainder, output=to, to=to, is_try=is_try)
    if operator == "div":
        return vector(decimals.whole_division, output=to, to=to)
    operation = NAMES[operator]
    return vector(decimals.decimal, output=to, to=to, operation=operation, is_try=is_try)


def comparison_row(name: str, compare: Callable[..., datafusion.Expr]) -> Row:
    """Return the row of a comparison; both sides meet in one type."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        sides = common_sides(request)
        if not tools.orderable(sides.left.type):
            raise AnalysisError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                sqlExpr=render.quoted(request.name, request.arguments),
                functionName=f"`{'=' if name == '==' else name}`",
                dataType=render.type_text(sides.left.type),
            )
        nullable = name != "<=>" and (sides.left.nullable or sides.right.nullable)
        return typed.Call(name, (sides.left, sides.right), BOOL, nullable)

    def kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        pairs = zip(arguments, call.arguments, strict=True)
        return compare(*(comparable(built, source) for built, source in pairs))

    return Row(name, rewrite=resolve, kernel=kernel, exact=True)


def comparable(built: datafusion.Expr, source: typed.Typed) -> datafusion.Expr:
    """Return a value that DataFusion compares as Spark does: minus zero is zero."""
    floating = isinstance(source.type, (t.FloatType, t.DoubleType))
    if not floating or isinstance(source, typed.Literal):
        return built
    zero = pa.scalar(0.0, to_arrow(source.type))
    return built + datafusion.literal(zero)


def _not_distinct(left: datafusion.Expr, right: datafusion.Expr) -> datafusion.Expr:
    both_null = left.is_null() & right.is_null()
    return both_null | f.coalesce(left == right, datafusion.literal(False))


def _logic(is_and: bool) -> Kernel:
    """Return the kernel of ``and`` or ``or``.

    DataFusion evaluates both sides over a whole batch, or swaps them, so a right side that can fail is put into a CASE:
    it runs only for rows the left side leaves open.
    """

    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        left, right = arguments
        joined = left & right if is_and else left | right
        if not tools.can_raise(call.arguments[1]):
            return joined
        decided = ~left if is_and else left
        known = datafusion.literal(pa.scalar(0 if is_and else 1, pa.int8()))
        return tools.as_boolean(f.when(decided, known).otherwise(joined.cast(pa.int8())))

    return build


def _in(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    values = [comparable(*pair) for pair in zip(arguments, call.arguments, strict=True)]
    if all(isinstance(source, typed.Literal) for source in call.arguments[1:]):
        return f.in_list(values[0], values[1:])
    return reduce(lambda left, right: left | right, (values[0] == value for value in values[1:]))


def _resolve_in(request: Request) -> typed.Typed:
    arguments, _common = unified(request, request.arguments)
    return typed.Call("in", arguments, BOOL, any(argument.nullable for argument in arguments))


def _logic_row(name: str) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        made = []
        for argument in request.arguments:
            target = BOOLEAN.target(argument.type)
            if target is None:
                tools.refuse_logic(request)
            made.append(tools.cast_to(argument, target))
        return typed.Call(name, tuple(made), BOOL, any(part.nullable for part in made))

    return Row(name, rewrite=resolve, kernel=_logic(name == "and"), exact=True)


def bitwise_row(name: str, compute: Callable[..., pa.Array]) -> Row:
    """Return the row of a bitwise operator over whole numbers; DataFusion's own ``&`` from Python is the logical one."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2)
        sides = arithmetic_sides(request, name)
        if not coercion.is_integral(sides.type):
            raise wrong_type(request, "INTEGRAL", sides.type)
        nullable = sides.left.nullable or sides.right.nullable
        return typed.Call(name, (sides.left, sides.right), sides.type, nullable)

    return Row(name, rewrite=resolve, kernel=vector(compute))


def _negative(request: Request) -> typed.Typed:
    tools.need(request, 1)
    found = interval_negation(request)
    if found is not None:
        return found
    (value,) = tools.numeric_arguments(request)
    if isinstance(value, typed.Literal) and value.value is not None:
        folded = tools.negated(value)
        if folded is not None:
            return folded
    return typed.Call("negative", (value,), value.type, value.nullable)


def _unary(kernel: Callable) -> Kernel:
    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        return call_vector(kernel, arguments, call.arguments, to_arrow(call.type))

    return build


def _between(request: Request) -> typed.Typed:
    tools.need(request, 3)
    value, low, high = request.arguments
    return request.call("and", request.call(">=", value, low), request.call("<=", value, high))


def _is_true(negated: bool) -> Callable[[Request], typed.Typed]:
    def resolve(request: Request) -> typed.Typed:
        same = request.call("<=>", request.arguments[0], typed.Literal(True, BOOL))
        return request.call("not", same) if negated else same

    return resolve


ROWS: tuple[Row, ...] = (
    arithmetic_row("+", "+"),
    arithmetic_row("-", "-"),
    arithmetic_row("*", "*"),
    arithmetic_row("/", "/"),
    arithmetic_row("%", "%"),
    arithmetic_row("div", "div"),
    alias("mod", "%"),
    arithmetic_row("try_add", "+", is_try=True),
    arithmetic_row("try_subtract", "-", is_try=True),
    arithmetic_row("try_multiply", "*", is_try=True),
    arithmetic_row("try_divide", "/", is_try=True),
    arithmetic_row("try_mod", "%", is_try=True),
    Row("negative", rewrite=_negative, kernel=_unary(arithmetic.negate), raises=True),
    alias("negate", "negative"),
    rewritten("positive", lambda request: tools.numeric_arguments(request)[0]),
    comparison_row("==", lambda left, right: left == right),
    comparison_row("<", lambda left, right: left < right),
    comparison_row("<=", lambda left, right: left <= right),
    comparison_row(">", lambda left, right: left > right),
    comparison_row(">=", lambda left, right: left >= right),
    comparison_row("!=", lambda left, right: left != right),
    comparison_row("<=>", _not_distinct),
    alias("=", "=="),
    alias("<>", "!="),
    alias("equal_null", "<=>"),
    _logic_row("and"),
    _logic_row("or"),
    scalar("not", (BOOLEAN,), BOOL, lambda arguments, _call: ~arguments[0], exact=True),
    alias("!", "not"),
    Row("in", rewrite=_resolve_in, kernel=_in, exact=True),
    rewritten("between", _between),
    scalar("isnull", (ANY,), BOOL, lambda arguments, _c: arguments[0].is_null(), nullable=False),
    scalar(
        "isnotnull", (ANY,), BOOL, lambda arguments, _c: arguments[0].is_not_null(), nullable=False
    ),
    rewritten("istrue", _is_true(negated=False)),
    rewritten("isnottrue", _is_true(negated=True)),
    bitwise_row("&", pc.bit_wise_and),
    bitwise_row("|", pc.bit_wise_or),
    bitwise_row("^", pc.bit_wise_xor),
    scalar("~", (INTEGRAL,), tools.same(0), vector(pc.bit_wise_not)),
    alias("bitwise_not", "~"),
)
