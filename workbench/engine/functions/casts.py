"""Casts as DataFusion expressions: natively where DataFusion agrees with Spark, else by an Arrow kernel."""

from __future__ import annotations

import datafusion
import pyarrow as pa
from pyspark.sql import types as t

from workbench.base.arrow_types import NUMBERS, to_arrow
from workbench.engine.functions import coercion
from workbench.engine.functions.kernels.casting import cast_array
from workbench.engine.functions.vectors import register

_FUNCTIONS: dict[tuple[object, ...], datafusion.ScalarUDF] = {}


def is_native(source: t.DataType, target: t.DataType) -> bool:
    """Return whether DataFusion's own cast gives Spark's answer for every value."""
    to_text = coercion.is_string(target)
    intervals = (t.DayTimeIntervalType, t.YearMonthIntervalType)
    return (
        isinstance(source, t.NullType)
        or coercion.same_type(source, target)
        or (to_text and (coercion.is_string(source) or coercion.is_integral(source)))
        or (isinstance(source, t.BooleanType) and type(target) in NUMBERS)
        or (isinstance(source, intervals) and type(source) is type(target))
        or _widens(source, target)
    )


def _widens(source: t.DataType, target: t.DataType) -> bool:
    """Return whether every number of one type is exactly (for floats: nearly) one of the other."""
    if type(source) in NUMBERS and type(target) in NUMBERS:
        return NUMBERS.index(type(source)) <= NUMBERS.index(type(target))
    if isinstance(source, t.DecimalType) and isinstance(target, t.DecimalType):
        grows = target.precision - target.scale >= source.precision - source.scale
        return grows and target.scale >= source.scale
    if coercion.is_integral(source) and isinstance(target, t.DecimalType):
        return coercion.decimal_is_wider(target, source)
    return False


def build_cast(
    child: datafusion.Expr, source: t.DataType, target: t.DataType, mode: str, zone: str
) -> datafusion.Expr:
    """Return the expression of a cast.

    Parameters
    ----------
    child : datafusion.Expr
        The value, of type ``source``.
    source, target : DataType
        Spark's types.
    mode : str
        ``"ansi"``: a bad value is an error; ``"try"``: it is NULL.
    zone : str
        The session's time zone, where a cast needs one.
    """
    kind = to_arrow(target)
    if is_native(source, target):
        return child.cast(kind)
    return cast_function(source, target, mode, zone)(child)


def cast_function(
    source: t.DataType, target: t.DataType, mode: str, zone: str
) -> datafusion.ScalarUDF:
    """Return the DataFusion function of a cast; one is made per kind of cast and kept."""
    key = (source.json(), target.json(), mode, zone)
    if key not in _FUNCTIONS:

        def cast(array: pa.Array) -> pa.Array:
            return cast_array(array, source, target, mode, zone)

        _FUNCTIONS[key] = register(cast, [to_arrow(source)], to_arrow(target))
    return _FUNCTIONS[key]
