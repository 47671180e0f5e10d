"""Casts of Arrow arrays by Spark's rules, chosen by the pair of types."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError
from workbench.engine.functions.kernels import (
    cast_intervals,
    cast_nested,
    cast_numbers,
    cast_text,
    cast_times,
)
from workbench.engine.functions.kernels.cast_context import Conversion

TIMES = (t.DateType, t.TimestampType, t.TimestampNTZType)
INTERVALS = (t.DayTimeIntervalType, t.YearMonthIntervalType, t.CalendarIntervalType)
NESTED = (t.ArrayType, t.MapType, t.StructType)
TEXT = (t.StringType, t.CharType, t.VarcharType)
NUMBERS = (t.NumericType, t.BooleanType)

Step = Callable[[pa.Array, Conversion], Any]
# The first pair whose classes take source and target does the cast.
STEPS: tuple[tuple[tuple[type, ...], tuple[type, ...], Step], ...] = (
    (NESTED, TEXT, cast_text.from_nested),
    (NESTED, NESTED, cast_nested.convert),
    ((t.BinaryType,), TEXT, cast_text.from_binary),
    (TEXT, (t.BinaryType,), cast_text.to_binary),
    (TIMES, TEXT, cast_text.from_time),
    (INTERVALS, TEXT, cast_intervals.to_text),
    (NUMBERS, TEXT, cast_text.from_number),
    (TEXT, TIMES, cast_times.from_text),
    (TEXT, INTERVALS, cast_intervals.from_text),
    (TEXT, NUMBERS, cast_numbers.from_text),
    (TIMES, TIMES, cast_times.between_times),
    (TIMES, NUMBERS, cast_times.to_number),
    (NUMBERS, TIMES, cast_times.from_number),
    (INTERVALS, NUMBERS, cast_intervals.to_number),
    (NUMBERS, INTERVALS, cast_intervals.from_number),
    (NUMBERS, NUMBERS, cast_numbers.between_numbers),
    (NUMBERS, (t.BinaryType,), cast_text.number_to_binary),
)


def step_for(source: t.DataType, target: t.DataType) -> Step | None:
    """Return the function that casts between two types, or None when no cast exists."""
    for sources, targets, step in STEPS:
        if isinstance(source, sources) and isinstance(target, targets):
            return step
    return None


def cast_array(
    array: pa.Array, source: t.DataType, target: t.DataType, mode: str, zone: str
) -> pa.Array:
    """Return an array cast from one Spark type to another.

    Raises
    ------
    WorkbenchError
        In mode ``"ansi"``, for the first value that cannot be cast.
    """
    kind = to_arrow(target)
    if isinstance(source, t.NullType):
        return pa.nulls(len(array), kind)
    if source == target:
        return array if array.type == kind else array.cast(kind)
    step = step_for(source, target)
    if step is None:
        raise AnalysisError(
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            sqlExpr='"CAST"',
            srcType=f'"{source.simpleString().upper()}"',
            targetType=f'"{target.simpleString().upper()}"',
        )
    result = step(array, Conversion(source, target, kind, mode == "try", zone, cast_array))
    if isinstance(result, pa.ChunkedArray):
        result = result.combine_chunks()
    return result if result.type == kind else pc.cast(result, kind)
