"""The function catalogue: every name of ``pyspark.sql.functions`` and every operator is a row of a theme's table.

``resolve`` turns a name and typed arguments into a typed call with every cast written out; ``build`` turns a scalar call
into a DataFusion expression. Aggregates are built by :mod:`workbench.engine.functions.aggregates`, window functions by
:mod:`workbench.engine.functions.windows`.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError, Unsupported
from workbench.engine.functions import coercion, render
from workbench.engine.functions.casting import cast_to
from workbench.engine.functions.explicit import explicit_cast
from workbench.engine.functions.row import AGGREGATE, GENERATOR, OMIT, WINDOW, Request, Row
from workbench.engine.functions.table import THEMES
from workbench.engine.plan import typed

if TYPE_CHECKING:
    import datafusion

__all__ = [
    "GENERATOR",
    "TABLE_FUNCTIONS",
    "build",
    "can_raise",
    "cast_to",
    "common_type",
    "explicit_cast",
    "find",
    "kind",
    "names",
    "resolve",
    "rows",
]

ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
]
TIME_WINDOWS = ("window", "session_window", "window_time")
"""What the analysis plans itself, so that no row of the table stands for it."""
TABLE_FUNCTIONS = frozenset(
    {"range", "sql_keywords", "collations", "python_worker_logs", "variant_explode"}
)
"""Spark's own functions that give tables and cannot stand in an expression."""
DOCUMENTATION = "https://spark.apache.org/docs/latest"

common_type = coercion.common_type


@cache
def rows() -> dict[str, Row]:
    """Return the whole table, name → row; a name stands once."""
    table: dict[str, Row] = {}
    for theme in THEMES:
        for row in theme.ROWS:
            if row.name in table:
                raise KeyError(f"two rows for the function {row.name}")
            table[row.name] = row
    return table


def names() -> tuple[str, ...]:
    """Return every name, the unsupported ones too."""
    return tuple(sorted(rows()))


def find(name: str) -> Row | None:
    """Return the row of a name in any case, or None."""
    return rows().get(name.lower())


def kind(name: str) -> str | None:
    """Return scalar, aggregate, window or generator, or None for a name that is not here."""
    row = find(name)
    return row.kind if row else None


def resolve(
    name: str,
    arguments: tuple[typed.Typed, ...],
    *,
    distinct: bool = False,
    filter: typed.Typed | None = None,  # noqa: A002 - the SQL word
    order: tuple[typed.SortKey, ...] = (),
    ignore_nulls: bool = False,
    conf: Callable[[str], str],
) -> typed.Typed:
    """Return the typed call of a function over typed arguments, with implicit casts written out.

    Raises
    ------
    AnalysisError
        ``UNRESOLVED_ROUTINE``, ``WRONG_NUM_ARGS.*``, ``DATATYPE_MISMATCH.*`` as Spark.
    Unsupported
        ``UNSUPPORTED_FEATURE.FUNCTION`` for a function Spark has and this engine has not.
    """
    row = find(name)
    if row is None:
        raise unknown(name)
    if row.reason:
        raise Unsupported("UNSUPPORTED_FEATURE.FUNCTION", functionName=row.name, reason=row.reason)
    request = Request(
        row.name, tuple(arguments), conf, resolve, distinct, filter, order, ignore_nulls
    )
    if row.rewrite is not None:
        return row.rewrite(request)
    return resolve_row(row, request)


def unknown(name: str) -> AnalysisError:
    """Return the error of a name that is not here, near names named."""
    known = (*names(), *TIME_WINDOWS)
    near = difflib.get_close_matches(name.lower(), known, n=3)
    hint = f" Did you mean {' or '.join(f'`{found}`' for found in near)}?" if near else ""
    shown = name.replace(".", "`.`")
    path = "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"
    return AnalysisError(
        "UNRESOLVED_ROUTINE", routineName=f"`{shown}`", searchPath=path, suggestion=hint
    )


def resolve_row(row: Row, request: Request) -> typed.Typed:
    """Return the call of a row that states its parameters."""
    arguments = convert(row, request, fill(row, request))
    if row.check is not None:
        row.check(request, arguments)
    returns = row.returns(arguments) if callable(row.returns) else row.returns
    nullable = row.nullable
    if nullable is None:
        nullable = any(argument.nullable for argument in arguments)
    options = (("timeZone", request.zone),) if row.zoned else ()
    if row.kind == AGGREGATE:
        return typed.AggregateCall(
            row.name,
            arguments,
            returns,
            True if row.nullable is None else row.nullable,
            request.distinct,
            request.filter,
            request.order,
            request.ignore_nulls,
            options,
        )
    if row.kind == WINDOW:
        return typed.AggregateCall(row.name, arguments, returns, bool(row.nullable))
    if row.kind == GENERATOR:
        return typed.GeneratorCall(row.name, arguments, returns)
    return typed.Call(row.name, arguments, returns, nullable, options)


def fill(row: Row, request: Request) -> tuple[typed.Typed, ...]:
    """Return the arguments with defaults put in.

    Raises
    ------
    AnalysisError
        ``WRONG_NUM_ARGS.WITHOUT_SUGGESTION`` for too few or too many.
    """
    given, most = len(request.arguments), len(row.parameters)
    least = most - 1 if row.variadic else most - len(row.defaults)
    if given < least or (given > most and not row.variadic):
        raise wrong_count(request.name, range(least, most + 1), given, row.variadic)
    if row.variadic:
        return request.arguments
    absent = row.defaults[len(row.defaults) - (most - given) :] if given < most else ()
    return request.arguments + tuple(_literal(value) for value in absent if value is not OMIT)


def wrong_count(name: str, allowed: Iterable[int], given: int, variadic: bool) -> AnalysisError:
    """Return the error of a wrong number of arguments."""
    counts = list(allowed)
    if variadic:
        expected = f"> {counts[0] - 1}"
    else:
        expected = str(counts[0]) if len(counts) == 1 else f"[{', '.join(map(str, counts))}]"
    return AnalysisError(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        functionName=f"`{name}`",
        expectedNum=expected,
        actualNum=given,
        docroot=DOCUMENTATION,
    )


def _literal(value: object) -> typed.Literal:
    kinds = {
        bool: t.BooleanType(),
        int: t.IntegerType(),
        str: t.StringType(),
        float: t.DoubleType(),
    }
    return typed.Literal(value, kinds.get(type(value), t.NullType()))


def convert(
    row: Row, request: Request, arguments: tuple[typed.Typed, ...]
) -> tuple[typed.Typed, ...]:
    """Return the arguments cast to what the row's parameters want.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE`` for a type that no implicit cast takes there.
    """
    made = []
    for place, argument in enumerate(arguments):
        parameter = row.parameters[min(place, len(row.parameters) - 1)]
        target = parameter.target(argument.type)
        if target is None and parameter.text == "ORDERABLE":
            raise AnalysisError(
                "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
                sqlExpr=render.quoted(request.name, request.arguments),
                functionName=f"`{request.name}`",
                dataType=render.type_text(argument.type),
            )
        if target is None:
            raise AnalysisError(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                sqlExpr=render.quoted(request.name, request.arguments),
                paramIndex=ORDINALS[place] if place < len(ORDINALS) else f"{place + 1}th",
                inputSql=f'"{render.text(argument)}"',
                inputType=render.type_text(argument.type),
                requiredType=_quoted(parameter.text),
            )
        made.append(cast_to(argument, target, _zone(request)))
    return tuple(made)


def _quoted(text: str) -> str:
    return text if text.startswith("(") else f'"{text}"'


def _zone(request: Request) -> str:
    return request.zone


def build(call: typed.Call, arguments: list[datafusion.Expr]) -> datafusion.Expr:
    """Return the DataFusion expression of a scalar call over built arguments.

    An argument that is a :class:`~workbench.engine.plan.typed.Lambda` is given as a Python function that takes one
    DataFusion expression per parameter and returns the body over them.
    """
    row = rows()[call.function]
    built = row.kernel(arguments, call)
    if row.exact or isinstance(call.type, t.NullType):
        return built
    return built.cast(to_arrow(call.type))


def can_raise(expression: typed.Typed) -> bool:
    """Return whether evaluating this can fail for some row, so that it must not run where its branch is not taken."""
    if isinstance(expression, typed.Cast):
        return expression.mode == "ansi" or can_raise(expression.child)
    if isinstance(expression, typed.Call):
        # What only the analysis makes, a window's time say, has no row and cannot fail.
        row = rows().get(expression.function)
        return (row is not None and row.raises) or any(map(can_raise, expression.arguments))
    if isinstance(expression, typed.Case):
        return any(can_raise(part) for pair in expression.branches for part in pair) or can_raise(
            expression.otherwise
        )
    if isinstance(expression, typed.Lambda):
        return can_raise(expression.body)
    if isinstance(expression, (typed.GetField, typed.Named)):
        return can_raise(expression.child)
    return isinstance(expression, typed.PythonCall)
