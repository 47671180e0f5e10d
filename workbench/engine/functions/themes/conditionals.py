"""Functions that choose between values."""

from __future__ import annotations

import datafusion
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions.kinds import BOOLEAN, DOUBLE, of, one_of
from workbench.engine.functions.promotion import unified
from workbench.engine.functions.row import Request, Row, alias, rewritten, scalar
from workbench.engine.functions.themes.operators import comparable
from workbench.engine.plan import typed

FLOATING = one_of(DOUBLE, of(t.FloatType, text="FLOAT", default=t.FloatType()))


def case(
    request: Request, conditions: tuple[typed.Typed, ...], values: tuple[typed.Typed, ...]
) -> typed.Typed:
    """Return a CASE whose values (the last is the else) meet in one type."""
    branches, common = unified(request, values)
    checked = []
    for place, condition in enumerate(conditions):
        if BOOLEAN.target(condition.type) is None:
            raise tools.unexpected(request, 2 * place, "BOOLEAN")
        checked.append(tools.cast_to(condition, t.BooleanType()))
    nullable = any(value.nullable for value in branches)
    if isinstance(common, t.BooleanType) and any(map(tools.can_raise, branches)):
        return _guarded(checked, branches, nullable)
    pairs = tuple(zip(checked, branches[:-1], strict=True))
    return typed.Case(pairs, branches[-1], common, nullable)


def _guarded(
    conditions: list[typed.Typed], branches: tuple[typed.Typed, ...], nullable: bool
) -> typed.Call:
    """Return a boolean CASE as one over numbers; see :func:`catalog_tools.as_boolean`."""
    numbers = tuple(typed.Cast(branch, t.ByteType()) for branch in branches)
    pairs = tuple(zip(conditions, numbers[:-1], strict=True))
    made = typed.Case(pairs, numbers[-1], t.ByteType(), nullable)
    return typed.Call("is_one", (made,), t.BooleanType(), nullable)


def _when(request: Request) -> typed.Typed:
    arguments = request.arguments
    if len(arguments) % 2 == 0:
        arguments = (*arguments, typed.Literal(None, t.NullType()))
    return case(request, arguments[0:-1:2], (*arguments[1:-1:2], arguments[-1]))


def _if(request: Request) -> typed.Typed:
    tools.need(request, 3)
    condition, then, otherwise = request.arguments
    return case(request, (condition,), (then, otherwise))


def _coalesce(request: Request) -> typed.Typed:
    tools.need(request, 1, 10_000)
    arguments, common = unified(request, request.arguments)
    if len(arguments) == 1:
        return arguments[0]
    nullable = all(argument.nullable for argument in arguments)
    return typed.Call("coalesce", arguments, common, nullable)


def _coalesce_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    if isinstance(call.type, t.BooleanType) and any(map(tools.can_raise, call.arguments)):
        return tools.as_boolean(f.coalesce(*(argument.cast(pa.int8()) for argument in arguments)))
    return f.coalesce(*arguments)


def _nvl(request: Request) -> typed.Typed:
    tools.need(request, 2)
    return request.call("coalesce", *request.arguments)


def _nvl2(request: Request) -> typed.Typed:
    tools.need(request, 3)
    value, present, absent = request.arguments
    return case(request, (request.call("isnotnull", value),), (present, absent))


def _nullif(request: Request) -> typed.Typed:
    tools.need(request, 2)
    left, right = request.arguments
    nothing = typed.Literal(None, left.type)
    return case(request, (request.call("==", left, right),), (nothing, left))


def _nullifzero(request: Request) -> typed.Typed:
    tools.need(request, 1)
    value = request.arguments[0]
    is_zero = request.call("==", value, typed.Literal(0, t.IntegerType()))
    return case(request, (is_zero,), (typed.Literal(None, value.type), value))


def _zeroifnull(request: Request) -> typed.Typed:
    tools.need(request, 1)
    return request.call("coalesce", request.arguments[0], typed.Literal(0, t.IntegerType()))


def _extreme(name: str) -> Row:
    native = {"greatest": f.greatest, "least": f.least}[name]

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 2, 10_000)
        arguments, common = unified(request, request.arguments)
        nullable = all(argument.nullable for argument in arguments)
        return typed.Call(name, arguments, common, nullable)

    def kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        pairs = zip(arguments, call.arguments, strict=True)
        return native(*(comparable(built, source) for built, source in pairs))

    return Row(name, rewrite=resolve, kernel=kernel)


def _nanvl(request: Request) -> typed.Typed:
    tools.need(request, 2)
    arguments, common = unified(request, request.arguments)
    common = common if isinstance(common, (t.FloatType, t.DoubleType)) else t.DoubleType()
    arguments = tuple(tools.cast_to(argument, common) for argument in arguments)
    nullable = any(argument.nullable for argument in arguments)
    return typed.Call("nanvl", arguments, common, nullable)


def _isnan(arguments: list[datafusion.Expr], _call: typed.Call) -> datafusion.Expr:
    return f.coalesce(f.isnan(arguments[0]), datafusion.literal(False))


def _nanvl_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    value, other = arguments
    return f.when(f.isnan(value), other).otherwise(value).cast(to_arrow(call.type))


ROWS: tuple[Row, ...] = (
    Row("is_one", kernel=lambda arguments, _call: tools.as_boolean(arguments[0])),
    rewritten("when", _when),
    rewritten("case", _when),
    rewritten("if", _if),
    alias("iff", "if"),
    Row("coalesce", rewrite=_coalesce, kernel=_coalesce_kernel),
    rewritten("nvl", _nvl),
    rewritten("ifnull", _nvl),
    rewritten("nvl2", _nvl2),
    rewritten("nullif", _nullif),
    rewritten("nullifzero", _nullifzero),
    rewritten("zeroifnull", _zeroifnull),
    _extreme("greatest"),
    _extreme("least"),
    Row("nanvl", rewrite=_nanvl, kernel=_nanvl_kernel),
    scalar("isnan", (FLOATING,), t.BooleanType(), _isnan, nullable=False),
)
