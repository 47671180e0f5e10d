"""Casts a user writes: ``CAST(x AS type)`` and ``TRY_CAST``."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import types as t

from workbench.base.errors import AnalysisError
from workbench.engine.functions import coercion, render
from workbench.engine.functions.casting import cast_to
from workbench.engine.functions.kernels.casting import step_for
from workbench.engine.plan import typed

# Pairs a kernel could convert but Spark's ANSI mode refuses (Spark: ``Cast.canAnsiCast``).
_REFUSED: tuple[tuple[type[t.DataType], ...], ...] = (
    (t.NumericType, t.BinaryType),
    (t.NumericType, t.DateType),
    (t.NumericType, t.TimestampNTZType),
    (t.DateType, t.NumericType),
    (t.TimestampNTZType, t.NumericType),
    (t.BooleanType, t.DateType),
    (t.BooleanType, t.TimestampType),
    (t.BooleanType, t.TimestampNTZType),
    (t.DateType, t.BooleanType),
    (t.TimestampType, t.BooleanType),
    (t.TimestampNTZType, t.BooleanType),
)

_INSTEAD: tuple[tuple[type[t.DataType], type[t.DataType], str], ...] = (
    (t.NumericType, t.DateType, "WITH_FUNC_SUGGESTION:DATE_FROM_UNIX_DATE"),
    (t.DateType, t.NumericType, "WITH_FUNC_SUGGESTION:UNIX_DATE"),
    (t.IntegralType, t.BinaryType, "WITH_CONF_SUGGESTION"),
    (t.BooleanType, t.TimestampType, "WITH_CONF_SUGGESTION"),
    (t.TimestampType, t.BooleanType, "WITH_CONF_SUGGESTION"),
    (t.DateType, t.BooleanType, "WITH_CONF_SUGGESTION"),
)


def can_cast(source: t.DataType, target: t.DataType) -> bool:
    """Return whether Spark's ANSI mode casts between two types."""
    if isinstance(source, t.NullType) or coercion.same_type(source, target):
        return True
    if any(isinstance(source, one) and isinstance(target, other) for one, other in _REFUSED):
        return False
    if isinstance(source, t.ArrayType) and isinstance(target, t.ArrayType):
        return can_cast(source.elementType, target.elementType)
    if isinstance(source, t.MapType) and isinstance(target, t.MapType):
        return can_cast(source.keyType, target.keyType) and can_cast(
            source.valueType, target.valueType
        )
    if isinstance(source, t.StructType) and isinstance(target, t.StructType):
        pairs = zip(source.fields, target.fields, strict=False)
        return len(source) == len(target) and all(
            can_cast(a.dataType, b.dataType) for a, b in pairs
        )
    return step_for(source, target) is not None


def refused(child: typed.Typed, target: t.DataType) -> AnalysisError:
    """Return the error of a cast there is none of, with what to do instead where Spark knows something."""
    pairs = [
        how
        for one, other, how in _INSTEAD
        if isinstance(child.type, one) and isinstance(target, other)
    ]
    suggestion = pairs[0] if pairs else "WITHOUT_SUGGESTION"
    kind, _colon, functions = suggestion.partition(":")
    return AnalysisError(
        f"DATATYPE_MISMATCH.CAST_{kind}",
        sqlExpr=f'"CAST({render.text(child)} AS {target.simpleString().upper()})"',
        srcType=render.type_text(child.type),
        targetType=render.type_text(target),
        functionNames=f"`{functions}`",
        config='"spark.sql.ansi.enabled"',
        configVal="'false'",
    )


def explicit_cast(
    child: typed.Typed, target: t.DataType, name: str = "cast", *, conf: Callable[[str], str]
) -> typed.Typed:
    """Return the cast a user asked for.

    Parameters
    ----------
    child : typed.Typed
        The value.
    target : DataType
        The type to make.
    name : str
        ``"cast"`` (a bad value is an error) or ``"try_cast"`` (it is NULL).
    conf : callable
        The session's configuration.

    Raises
    ------
    AnalysisError
        ``DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION`` for types between which there is no cast; ``UNSUPPORTED_TIME_TYPE``.
    """
    if isinstance(target, t.TimeType):
        raise AnalysisError("UNSUPPORTED_TIME_TYPE")
    if not can_cast(child.type, target):
        raise refused(child, target)
    zone = conf("spark.sql.session.timeZone") or "UTC"
    return cast_to(child, target, zone, "try" if name == "try_cast" else "ansi")
