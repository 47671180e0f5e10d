"""What rows of several themes use: result types, argument checks, folding."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NoReturn

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import coercion, render
from workbench.engine.functions.casting import cast_to
from workbench.engine.functions.kinds import NUMERIC
from workbench.engine.functions.row import Request
from workbench.engine.plan import typed

__all__ = [
    "as_boolean",
    "can_raise",
    "cast_to",
    "constant",
    "constant_or",
    "more_needed",
    "need",
    "negated",
    "numeric_arguments",
    "orderable",
    "refuse_logic",
    "same",
    "unexpected",
]

DOCUMENTATION = "https://spark.apache.org/docs/latest"
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
Arguments = tuple[typed.Typed, ...]


def can_raise(expression: typed.Typed) -> bool:
    """Return whether evaluating this can fail for some row; see :func:`catalog.can_raise`."""
    from workbench.engine.functions import catalog

    return catalog.can_raise(expression)


def as_boolean(number: datafusion.Expr) -> datafusion.Expr:
    """Return 0 and 1 as false and true.

    DataFusion turns a CASE over booleans into AND and OR, which evaluate every branch; over numbers it stays a CASE.
    """
    return number == datafusion.literal(pa.scalar(1, pa.int8()))


def same(place: int) -> Callable[[Arguments], t.DataType]:
    """Return the result-type rule "as argument ``place``"."""
    return lambda arguments: arguments[place].type


def need(request: Request, least: int, most: int | None = None) -> None:
    """Check the number of arguments.

    Raises
    ------
    AnalysisError
        ``WRONG_NUM_ARGS.WITHOUT_SUGGESTION``.
    """
    most = least if most is None else most
    if not least <= len(request.arguments) <= most:
        counts = list(range(least, most + 1))
        raise AnalysisError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            functionName=f"`{request.name}`",
            expectedNum=counts[0] if len(counts) == 1 else counts,
            actualNum=len(request.arguments),
            docroot=DOCUMENTATION,
        )


def more_needed(request: Request, count: int) -> AnalysisError:
    """Return the error of a function that takes any number of arguments above ``count``."""
    return AnalysisError(
        "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
        functionName=f"`{request.name}`",
        expectedNum=f"> {count}",
        actualNum=len(request.arguments),
        docroot=DOCUMENTATION,
    )


def unexpected(request: Request, place: int, wanted: str) -> AnalysisError:
    """Return the error of an argument whose type the function does not take."""
    argument = request.arguments[place]
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
        sqlExpr=render.quoted(request.name, request.arguments),
        paramIndex=ORDINALS[place] if place < len(ORDINALS) else f"{place + 1}th",
        inputSql=f'"{render.text(argument)}"',
        inputType=render.type_text(argument.type),
        requiredType=wanted if wanted.startswith("(") else f'"{wanted}"',
    )


def numeric_arguments(request: Request) -> Arguments:
    """Return the arguments as numbers, text read as double; intervals pass."""
    made = []
    for place, argument in enumerate(request.arguments):
        if coercion.is_interval(argument.type):
            made.append(argument)
            continue
        target = NUMERIC.target(argument.type)
        if target is None:
            raise unexpected(request, place, "NUMERIC")
        made.append(cast_to(argument, target))
    return tuple(made)


def refuse_logic(request: Request) -> NoReturn:
    """Refuse operands of a logical operator that are no booleans."""
    left, right = request.arguments
    kind = "WRONG_TYPE" if coercion.same_type(left.type, right.type) else "DIFF_TYPES"
    raise AnalysisError(
        f"DATATYPE_MISMATCH.BINARY_OP_{kind}",
        sqlExpr=render.quoted(request.name, request.arguments),
        left=render.type_text(left.type),
        right=render.type_text(right.type),
        inputType='"BOOLEAN"',
        actualDataType=render.type_text(left.type),
    )


def negated(literal: typed.Literal) -> typed.Literal | None:
    """Return the constant with its sign changed where it has a counterpart."""
    value = literal.value
    if isinstance(value, float):
        return typed.Literal(-value, literal.type)
    if isinstance(value, Decimal):
        return typed.Literal(value.copy_negate(), literal.type)
    bits = {t.ByteType: 7, t.ShortType: 15, t.IntegerType: 31, t.LongType: 63}[type(literal.type)]
    return None if value == -(2**bits) else typed.Literal(-value, literal.type)


def orderable(kind: t.DataType) -> bool:
    """Return whether values of a type can be ordered (maps and variants cannot)."""
    if isinstance(kind, t.ArrayType):
        return orderable(kind.elementType)
    if isinstance(kind, t.StructType):
        return all(orderable(field.dataType) for field in kind.fields)
    return not isinstance(kind, (t.MapType, t.VariantType, t.CalendarIntervalType))


def constant(request: Request, place: int, wanted: str, name: str = "") -> object:
    """Return the value of an argument that must be a constant.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.NON_FOLDABLE_INPUT``.
    """
    argument = request.arguments[place]
    while isinstance(argument, typed.Cast):
        argument = argument.child
    if isinstance(argument, typed.Literal):
        return argument.value
    raise AnalysisError(
        "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        sqlExpr=render.quoted(request.name, request.arguments),
        inputName=f"`{name or ORDINALS[place]}`",
        inputType=f'"{wanted}"',
        inputExpr=f'"{render.text(argument)}"',
    )


def constant_or(arguments: Arguments, place: int, default: object) -> object:
    """Return the constant value at a place, or ``default`` where there is none."""
    if place >= len(arguments) or not isinstance(arguments[place], typed.Literal):
        return default
    return arguments[place].value
