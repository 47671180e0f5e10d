"""Functions about the session, types, and raising errors."""

from __future__ import annotations

import getpass
from collections.abc import Callable

import datafusion
import pyarrow as pa
from datafusion import functions as f
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import ExecutionError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions.explicit import explicit_cast
from workbench.engine.functions.kernels import randoms
from workbench.engine.functions.row import Request, Row, alias, rewritten
from workbench.engine.functions.vectors import call_vector
from workbench.engine.plan import typed

TEXT, LONG_TYPE = t.StringType(), t.LongType()


def _text(name: str, value: Callable[[Request], str]) -> Row:
    """Return the row of a function that is a constant of the session."""
    return rewritten(name, lambda request: typed.Literal(value(request), TEXT))


def _typeof(request: Request) -> typed.Typed:
    tools.need(request, 1)
    return typed.Literal(request.arguments[0].type.simpleString(), TEXT)


def _raise(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    message = tools.cast_to(
        request.arguments[-1] if len(request.arguments) == 1 else request.arguments[0], TEXT
    )
    return typed.Call("raise_error", (message,), t.NullType(), nullable=True)


def _raise_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    kind = to_arrow(call.type)

    def kernel(messages: pa.Array) -> pa.Array:
        if len(messages):
            raise ExecutionError("USER_RAISED_EXCEPTION", errorMessage=messages[0].as_py())
        return pa.nulls(0, kind)

    kernel.__name__ = randoms.fresh_name("raise")
    return call_vector(kernel, arguments, call.arguments, kind, volatility="volatile")


def _assert_true(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    condition = tools.cast_to(request.arguments[0], t.BooleanType())
    message = (
        request.arguments[1]
        if len(request.arguments) > 1
        else typed.Literal("'condition' is not true!", TEXT)
    )
    failed = typed.Call("raise_error", (tools.cast_to(message, TEXT),), t.NullType())
    nothing = typed.Literal(None, t.NullType())
    return typed.Case(((condition, nothing),), failed, t.NullType())


def _row_number(request: Request) -> typed.Typed:
    tools.need(request, 0)
    return typed.Call("monotonically_increasing_id", (), LONG_TYPE, nullable=False)


def _row_number_kernel(_arguments: list[datafusion.Expr], _call: typed.Call) -> datafusion.Expr:
    """Return row numbers: a counter over the batches of the one place this expression is evaluated at."""
    seen = 0

    def number(rows: pa.Array) -> pa.Array:
        nonlocal seen
        start, seen = seen, seen + len(rows)
        return pa.array(range(start, seen), pa.int64())

    function = datafusion.udf(
        number, [pa.float64()], pa.int64(), "volatile", randoms.fresh_name("row_id")
    )
    return function(f.random())


def _uuid(_arguments: list[datafusion.Expr], _call: typed.Call) -> datafusion.Expr:
    return f.uuid()


def _constant_whole(name: str, value: int, kind: t.DataType) -> Row:
    return rewritten(name, lambda _request: typed.Literal(value, kind))


CASTS: dict[str, t.DataType] = {
    "boolean": t.BooleanType(),
    "tinyint": t.ByteType(),
    "smallint": t.ShortType(),
    "int": t.IntegerType(),
    "bigint": t.LongType(),
    "float": t.FloatType(),
    "double": t.DoubleType(),
    "decimal": t.DecimalType(10, 0),
    "date": t.DateType(),
    "timestamp": t.TimestampType(),
    "binary": t.BinaryType(),
    "string": t.StringType(),
}


def _cast(name: str, kind: t.DataType) -> Row:
    """Return the row of a type's name used as a function."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1)
        return explicit_cast(request.arguments[0], kind, conf=request.conf)

    return rewritten(name, resolve)


ROWS: tuple[Row, ...] = (
    *(_cast(name, kind) for name, kind in CASTS.items()),
    rewritten("typeof", _typeof),
    Row("raise_error", rewrite=_raise, kernel=_raise_kernel, raises=True, per_row=False),
    rewritten("assert_true", _assert_true),
    Row("monotonically_increasing_id", rewrite=_row_number, kernel=_row_number_kernel),
    _constant_whole("spark_partition_id", 0, t.IntegerType()),
    _text("input_file_name", lambda _request: ""),
    _constant_whole("input_file_block_start", -1, LONG_TYPE),
    _constant_whole("input_file_block_length", -1, LONG_TYPE),
    Row(
        "uuid", rewrite=lambda _request: typed.Call("uuid", (), TEXT, nullable=False), kernel=_uuid
    ),
    _text("version", lambda _request: "4.2.0 workbench"),
    _text("current_user", lambda _request: getpass.getuser()),
    alias("user", "current_user"),
    alias("session_user", "current_user"),
    _text("current_catalog", lambda _request: "spark_catalog"),
    _text(
        "current_database", lambda request: request.conf("spark.sql.currentDatabase") or "default"
    ),
    alias("current_schema", "current_database"),
    _text("current_path", lambda _request: "system.builtin,system.session,spark_catalog.default"),
    _text("current_timezone", lambda request: request.zone),
)
