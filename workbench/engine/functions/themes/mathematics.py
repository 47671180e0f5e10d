"""Mathematical functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datafusion
import numpy as np
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion
from workbench.engine.functions.kernels import arithmetic, bitmaps, decimals, mathematics, randoms
from workbench.engine.functions.kinds import (
    BINARY,
    DECIMAL,
    DOUBLE,
    INT,
    INTEGRAL,
    LONG,
    NUMERIC,
    STRING,
    Kind,
    one_of,
)
from workbench.engine.functions.promotion import arithmetic_sides, literal_decimal
from workbench.engine.functions.row import Request, Row, alias, rewritten, scalar
from workbench.engine.functions.vectors import ALL, call_vector, vector
from workbench.engine.plan import typed

DOUBLE_TYPE, LONG_TYPE, INT_TYPE, TEXT = (
    t.DoubleType(),
    t.LongType(),
    t.IntegerType(),
    t.StringType(),
)
HALF_UP, HALF_EVEN = "half_towards_infinity", "half_to_even"


def numpy_real(name: str, function: Callable[..., np.ndarray], count: int = 1) -> Row:
    """Return the row of a NumPy function over doubles."""
    return scalar(name, (DOUBLE,) * count, DOUBLE_TYPE, vector(mathematics.floats(function)))


def logarithm(name: str, function: Callable[..., np.ndarray], above: float = 0.0) -> Row:
    """Return the row of a logarithm: NULL outside its domain."""
    kernel = vector(mathematics.positive_only(function, above))
    return scalar(name, (DOUBLE,), DOUBLE_TYPE, kernel, nullable=True)


def _constant(name: str, value: float) -> Row:
    return rewritten(name, lambda _request: typed.Literal(value, DOUBLE_TYPE))


def _rounded_type(kind: t.DataType, places: int | None) -> t.DataType:
    """Return the type of ``round``; a decimal loses the digits that are rounded away (Spark: ``RoundBase``)."""
    if not isinstance(kind, t.DecimalType):
        return kind
    whole = kind.precision - kind.scale + 1
    if places is None or places < 0:
        return t.DecimalType(min(max(whole, 1 - (places or 0)), 38), 0)
    scale = min(kind.scale, places)
    return t.DecimalType(min(whole + scale, 38), scale)


def rounding(name: str, mode: str) -> Row:
    """Return the row of ``round`` or ``bround``."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        value, *rest = request.arguments
        target = NUMERIC.target(value.type)
        if target is None:
            raise tools.unexpected(request, 0, "NUMERIC")
        places = tools.constant(request, 1, "INT") if rest else 0
        places = None if places is None else int(places)
        scale = typed.Literal(places, INT_TYPE)
        value = tools.cast_to(value, target)
        return typed.Call(name, (value, scale), _rounded_type(target, places), value.nullable)

    return Row(name, rewrite=resolve, kernel=_round_kernel(mode), raises=True)


def _round_kernel(mode: str) -> Any:
    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        kind, out = call.arguments[0].type, to_arrow(call.type)
        if isinstance(kind, t.DecimalType):
            return call_vector(
                mathematics.round_decimal, arguments, call.arguments, out, (1,), to=out, mode=mode
            )
        kernel = mathematics.round_whole if coercion.is_integral(kind) else mathematics.round_real
        return call_vector(kernel, arguments, call.arguments, out, (1,), mode=mode)

    return build


def edge(name: str, upwards: bool) -> Row:
    """Return the row of ``ceil`` or ``floor``."""
    mode = "up" if upwards else "down"

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        value, *rest = request.arguments
        if rest:
            return _to_places(request, value)
        kind = value.type
        if coercion.is_integral(kind):
            return tools.cast_to(value, LONG_TYPE)
        if isinstance(kind, t.DecimalType):
            made = coercion.bounded_decimal(kind.precision - kind.scale + 1, 0)
            return typed.Call(name, (value, typed.Literal(0, INT_TYPE)), made, value.nullable)
        if DOUBLE.target(kind) is None:
            raise tools.unexpected(request, 0, '("DECIMAL" or "DOUBLE" or "BIGINT")')
        return typed.Call(name, (tools.cast_to(value, DOUBLE_TYPE),), LONG_TYPE, value.nullable)

    def _to_places(request: Request, value: typed.Typed) -> typed.Typed:
        places = tools.constant(request, 1, "INT")
        value = tools.cast_to(value, DECIMAL.target(value.type))
        made = _rounded_type(value.type, places)
        return typed.Call(name, (value, typed.Literal(places, INT_TYPE)), made, value.nullable)

    def build(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        out = to_arrow(call.type)
        if len(arguments) == 1:
            return call_vector(
                mathematics.edge_real, arguments, call.arguments, out, upwards=upwards
            )
        return call_vector(
            mathematics.edge_decimal, arguments, call.arguments, out, (1,), to=out, mode=mode
        )

    return Row(name, rewrite=resolve, kernel=build)


def _absolute(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    if isinstance(call.type, (t.FloatType, t.DoubleType, t.DecimalType)):
        return f.abs(arguments[0])
    kind = to_arrow(call.type)
    if isinstance(call.type, t.DayTimeIntervalType):
        plain = arguments[0].cast(pa.int64())
        return f.abs(plain).cast(kind)
    return call_vector(arithmetic.absolute, arguments, call.arguments, kind)


def _pmod(request: Request) -> typed.Typed:
    tools.need(request, 2)
    sides = arithmetic_sides(request, "pmod")
    return typed.Call("pmod", (sides.left, sides.right), sides.type, nullable=True)


def _pmod_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    out = to_arrow(call.type)
    if isinstance(call.arguments[0].type, t.DecimalType):
        return call_vector(decimals.positive_remainder, arguments, call.arguments, out, ALL, to=out)
    return call_vector(arithmetic.positive_remainder, arguments, call.arguments, out, ALL)


def _hex(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    is_whole = isinstance(call.arguments[0].type, t.LongType)
    kernel = mathematics.hex_whole if is_whole else mathematics.hex_bytes
    return call_vector(kernel, arguments, call.arguments, pa.string())


def _log(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    if len(request.arguments) == 1:
        return request.call("ln", *request.arguments)
    made = tuple(tools.cast_to(argument, DOUBLE_TYPE) for argument in request.arguments)
    return typed.Call("log", made, DOUBLE_TYPE, nullable=True)


def _random(name: str) -> Row:
    """Return the row of ``rand`` or ``randn``: one number per row, repeatable for a seed."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 0, 1)
        seed = tools.constant(request, 0, "BIGINT") if request.arguments else None
        return typed.Call(name, (), DOUBLE_TYPE, nullable=False, options=(("seed", seed),))

    def build(_arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        draw = randoms.stream(name, dict(call.options)["seed"])
        function = datafusion.udf(
            lambda rows: pa.array(draw(len(rows))),
            [pa.float64()],
            pa.float64(),
            "volatile",
            randoms.fresh_name(name),
        )
        return function(f.random())

    return Row(name, rewrite=resolve, kernel=build)


def _uniform(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    low, high = (tools.constant(request, place, "NUMERIC") for place in (0, 1))
    seed = tools.constant(request, 2, "BIGINT") if len(request.arguments) > 2 else None
    kinds = [argument.type for argument in request.arguments[:2]]
    if any(isinstance(kind, t.DecimalType) for kind in kinds) and all(
        map(coercion.is_exact, kinds)
    ):
        kinds = [literal_decimal(argument) for argument in request.arguments[:2]]
    kind = coercion.common_type(kinds)
    options = (("seed", seed), ("low", low), ("high", high))
    return typed.Call("uniform", (), kind, nullable=False, options=options)


def _uniform_kernel(_arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    options, kind = dict(call.options), to_arrow(call.type)
    draw = randoms.stream("rand", options["seed"])
    low, high = float(options["low"]), float(options["high"])

    def between(rows: pa.Array) -> pa.Array:
        made = low + (high - low) * draw(len(rows))
        if pa.types.is_decimal(kind):
            return pa.array(np.round(made, kind.scale)).cast(kind, safe=False)
        return pa.array(made).cast(kind, safe=False)

    function = datafusion.udf(
        between, [pa.float64()], kind, "volatile", randoms.fresh_name("uniform")
    )
    return function(f.random())


def _shift(name: str, how: str) -> Row:
    whole = one_of(INT, LONG)
    return scalar(
        name, (whole, INT), tools.same(0), vector(mathematics.shift, constants=(1,), how=how)
    )


BITS = Kind(
    "INTEGRAL",
    lambda kind: coercion.is_integral(kind) or isinstance(kind, t.BooleanType),
    LONG_TYPE,
)
SIGNED = Kind(
    "NUMERIC",
    lambda kind: coercion.is_numeric(kind) or isinstance(kind, t.DayTimeIntervalType),
    DOUBLE_TYPE,
)

ROWS: tuple[Row, ...] = (
    scalar("abs", (SIGNED,), tools.same(0), _absolute, raises=True),
    numpy_real("acos", np.arccos),
    numpy_real("acosh", np.arccosh),
    numpy_real("asin", np.arcsin),
    numpy_real("asinh", np.arcsinh),
    numpy_real("atan", np.arctan),
    numpy_real("atanh", np.arctanh),
    numpy_real("atan2", np.arctan2, 2),
    numpy_real("cbrt", np.cbrt),
    numpy_real("cos", np.cos),
    numpy_real("cosh", np.cosh),
    numpy_real("cot", lambda x: 1.0 / np.tan(x)),
    numpy_real("csc", lambda x: 1.0 / np.sin(x)),
    numpy_real("sec", lambda x: 1.0 / np.cos(x)),
    numpy_real("degrees", lambda x: x * (180.0 / np.pi)),
    numpy_real("radians", lambda x: x / 180.0 * np.pi),
    numpy_real("exp", np.exp),
    numpy_real("expm1", np.expm1),
    numpy_real("hypot", np.hypot, 2),
    numpy_real("rint", np.rint),
    numpy_real("sin", np.sin),
    numpy_real("sinh", np.sinh),
    numpy_real("sqrt", np.sqrt),
    numpy_real("tan", np.tan),
    numpy_real("tanh", np.tanh),
    numpy_real("power", np.power, 2),
    alias("pow", "power"),
    _constant("e", float(np.e)),
    _constant("pi", float(np.pi)),
    logarithm("ln", np.log),
    logarithm("log10", np.log10),
    logarithm("log2", np.log2),
    logarithm("log1p", np.log1p, -1.0),
    Row("log", rewrite=_log, kernel=vector(mathematics.logarithm)),
    scalar("signum", (SIGNED,), DOUBLE_TYPE, vector(mathematics.sign)),
    alias("sign", "signum"),
    rounding("round", HALF_UP),
    rounding("bround", HALF_EVEN),
    edge("ceil", upwards=True),
    edge("floor", upwards=False),
    alias("ceiling", "ceil"),
    scalar("factorial", (INT,), LONG_TYPE, vector(mathematics.factorial), nullable=True),
    scalar("bin", (LONG,), TEXT, vector(mathematics.binary_digits)),
    scalar("hex", (one_of(LONG, BINARY, STRING),), TEXT, _hex),
    scalar("unhex", (STRING,), t.BinaryType(), vector(mathematics.unhex), nullable=True),
    scalar(
        "conv",
        (STRING, INT, INT),
        TEXT,
        vector(mathematics.convert_base),
        per_row=True,
        nullable=True,
    ),
    scalar(
        "width_bucket",
        (DOUBLE, DOUBLE, DOUBLE, LONG),
        LONG_TYPE,
        vector(mathematics.width_bucket),
        nullable=True,
    ),
    Row("pmod", rewrite=_pmod, kernel=_pmod_kernel, raises=True),
    _random("rand"),
    _random("randn"),
    alias("random", "rand"),
    Row("uniform", rewrite=_uniform, kernel=_uniform_kernel),
    _shift("shiftleft", "left"),
    _shift("shiftright", "right"),
    _shift("shiftrightunsigned", "unsigned"),
    alias("<<", "shiftleft"),
    alias(">>", "shiftright"),
    alias(">>>", "shiftrightunsigned"),
    scalar("bit_count", (BITS,), INT_TYPE, vector(mathematics.bit_count)),
    scalar("bit_get", (INTEGRAL, INT), t.ByteType(), vector(mathematics.bit_get), raises=True),
    alias("getbit", "bit_get"),
    scalar("bitmap_bit_position", (LONG,), LONG_TYPE, vector(bitmaps.position)),
    scalar("bitmap_bucket_number", (LONG,), LONG_TYPE, vector(bitmaps.bucket)),
    scalar("bitmap_count", (BINARY,), LONG_TYPE, vector(bitmaps.count), per_row=True),
)
