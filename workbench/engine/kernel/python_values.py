"""A column as Python values and back, whole columns at a time; any type PySpark treats in a way of its own goes PySpark's way.

PySpark converts value by value. A user's function is called once a row or a key, so what stands around each call counts: columns of
numbers, strings and dates, and structs, lists and maps of them, are taken apart and put together by column.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

import pyarrow as pa
from pyspark.sql import types as t
from pyspark.sql.conversion import ArrowTableToRowsConversion, LocalDataToArrowConversion

from workbench.base.arrow_types import NUMBERS, to_arrow

_SAME = (*NUMBERS, t.BooleanType, t.DateType, t.StringType)
"""Types whose values are the same in Arrow's list as in PySpark's row."""
_MICROS = 1_000_000


def python_list(column: pa.Array | pa.ChunkedArray, kind: t.DataType) -> list[Any]:
    """Return a column's values as PySpark's rows hold them; the structs of a column are plain tuples."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    read = _READ.get(type(kind), _by_pyspark)
    return read(column, kind)


def user_list(column: pa.Array | pa.ChunkedArray, kind: t.DataType) -> list[Any]:
    """Return a column's values as a user sees them: structs, wherever they are, are Rows."""
    if isinstance(kind, (*_SAME, t.TimestampType)):
        return python_list(column, kind)
    return _by_pyspark(column, kind)


def _plain(column: pa.Array, kind: t.DataType) -> list[Any]:
    if isinstance(kind, NUMBERS) and not column.null_count:
        return column.to_numpy().tolist()
    return column.to_pylist()


def _times(column: pa.Array, _kind: t.DataType) -> list[Any]:
    return [
        one if one is None else _moment(one)
        for one in _plain(column.cast(pa.int64()), t.LongType())
    ]


def _moment(micros: int) -> datetime:
    """Return a time as PySpark shows it: in this machine's zone, without saying so."""
    return datetime.fromtimestamp(micros // _MICROS).replace(microsecond=micros % _MICROS)


def _structs(column: pa.StructArray, kind: t.StructType) -> list[Any]:
    parts = [
        _nested(part, f.dataType) for part, f in zip(column.flatten(), kind.fields, strict=True)
    ]
    made = list(zip(*parts, strict=True)) if parts else [()] * len(column)
    return _without_nulls(made, column)


def _lists(column: pa.ListArray, kind: t.ArrayType) -> list[Any]:
    parts = python_list(column.values, kind.elementType)
    made = [parts[start:end] for start, end in pairwise(column.offsets.to_pylist())]
    return _without_nulls(made, column)


def _nested(column: pa.Array, kind: t.DataType) -> list[Any]:
    """Return what is inside a struct: a struct there is a Row."""
    return python_list(column, kind) if isinstance(kind, _SAME) else _by_pyspark(column, kind)


def _without_nulls(made: list[Any], column: pa.Array) -> list[Any]:
    if not column.null_count:
        return made
    return [
        one if valid else None
        for one, valid in zip(made, column.is_valid().to_pylist(), strict=True)
    ]


def _by_pyspark(column: pa.Array, kind: t.DataType) -> list[Any]:
    table = pa.Table.from_arrays([column], names=["value"])
    schema = t.StructType([t.StructField("value", kind)])
    return [
        one for (one,) in ArrowTableToRowsConversion.convert(table, schema, return_as_tuples=True)
    ]


_READ: dict[type[t.DataType], Callable[[Any, Any], list[Any]]] = {
    **dict.fromkeys(_SAME, _plain),
    t.TimestampType: _times,
    t.StructType: _structs,
    t.ArrayType: _lists,
}


# ------------------------------------------------------------------ and back


def arrow_column(values: Sequence[Any], kind: t.DataType, nullable: bool = True) -> pa.Array:
    """Return Python values as a column of exactly a type's Arrow form.

    Raises
    ------
    Exception
        A value does not fit the type: what PySpark or Arrow raise.
    """
    make = _MAKE.get(type(kind)) if nullable else None
    made = make(values, kind) if make else None
    if made is None:
        made = _converted(values, kind, nullable)
    return made


def _same(values: Sequence[Any], kind: t.DataType) -> pa.Array:
    return pa.array(values, to_arrow(kind))


def _strings(values: Sequence[Any], kind: t.DataType) -> pa.Array | None:
    """PySpark takes whatever is no string by its ``str``."""
    return pa.array(values, to_arrow(kind)) if set(map(type, values)) <= {str, type(None)} else None


def _tuples(values: Sequence[Any], kind: t.StructType) -> pa.Array | None:
    width = len(kind.fields)
    if (
        not values
        or not width
        or any(not isinstance(one, tuple) or len(one) != width for one in values)
    ):
        return None
    parts = zip(*values, strict=True)
    columns = [
        arrow_column(list(part), f.dataType, f.nullable)
        for part, f in zip(parts, kind.fields, strict=True)
    ]
    return pa.StructArray.from_arrays(columns, fields=list(to_arrow(kind)))


def _parts(values: Sequence[Any], kind: t.ArrayType) -> pa.Array | None:
    if set(map(type, values)) != {list}:
        return None
    whole = [part for one in values for part in one]
    offsets = [0]
    for one in values:
        offsets.append(offsets[-1] + len(one))
    inner = arrow_column(whole, kind.elementType, kind.containsNull)
    return pa.ListArray.from_arrays(pa.array(offsets, pa.int32()), inner, type=to_arrow(kind))


def _converted(values: Sequence[Any], kind: t.DataType, nullable: bool) -> pa.Array:
    if not values:
        return pa.array([], to_arrow(kind))
    schema = t.StructType([t.StructField("value", kind, nullable)])
    made = LocalDataToArrowConversion.convert([(one,) for one in values], schema, True).column(0)
    return made.combine_chunks().cast(to_arrow(kind))


_MAKE: dict[type[t.DataType], Callable[[Any, Any], pa.Array | None]] = {
    **dict.fromkeys((*NUMBERS, t.BooleanType, t.DateType), _same),
    t.StringType: _strings,
    t.StructType: _tuples,
    t.ArrayType: _parts,
}
