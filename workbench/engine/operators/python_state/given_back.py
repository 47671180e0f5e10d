"""State values as they come back, from the moment they are written: Apache Spark hands back what its store keeps, also in the same batch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from pyspark.sql import types as t

Convert = Callable[[Any], Any]


def converter(kind: t.DataType) -> Convert | None:
    """Return what turns a value a user wrote into what reading gives; None: it stays as it is.

    Raises, when called: ``ValueError`` for a number that does not fit its type.
    """
    made = _MADE.get(type(kind))
    return None if made is None else made(kind)


def row_of(schema: t.StructType) -> Convert:
    """Return what makes a Row with names of a tuple, list, dict or Row."""
    names = schema.fieldNames()
    parts = [converter(field.dataType) for field in schema.fields]

    def convert(value: Any) -> t.Row | None:
        if value is None:
            return None
        given = map(value.get, names) if isinstance(value, dict) else value
        whole = [_kept(part, one) for part, one in zip(parts, given, strict=True)]
        return t._create_row(names, whole)  # noqa: SLF001 - what PySpark makes its rows with

    return convert


def _kept(convert: Convert | None, value: Any) -> Any:
    return value if convert is None or value is None else convert(value)


def _list(kind: t.ArrayType) -> Convert:
    one = converter(kind.elementType)
    return list if one is None else lambda values: [_kept(one, value) for value in values]


def _map(kind: t.MapType) -> Convert:
    key, value = converter(kind.keyType), converter(kind.valueType)
    return lambda given: {_kept(key, k): _kept(value, v) for k, v in given.items()}


def _whole(kind: t.IntegralType) -> Convert:
    most = 2 ** (_BITS[type(kind)] - 1)

    def convert(value: int) -> int:
        if not -most <= value < most:
            raise ValueError(f"{value} is too large for {kind.simpleString()}")
        return int(value)

    return convert


def _decimal(kind: t.DecimalType) -> Convert:
    exact, step = Context(prec=kind.precision), Decimal(1).scaleb(-kind.scale)

    def convert(value: Decimal) -> Decimal:
        try:
            return value.quantize(step, ROUND_HALF_UP, exact)
        except ArithmeticError:
            raise ValueError(f"{value} is too large for {kind.simpleString()}") from None

    return convert


def _day(value: dt.date) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


_BITS = {t.ByteType: 8, t.ShortType: 16, t.IntegerType: 32}
"""Of 64 bits are most numbers of people's state: they cost no call, and one too large is refused when the batch is written."""
_MADE: dict[type[t.DataType], Callable[[Any], Convert]] = {
    **dict.fromkeys(_BITS, _whole),
    **dict.fromkeys((t.FloatType, t.DoubleType), lambda _: float),
    t.DecimalType: _decimal,
    t.DateType: lambda _: _day,
    t.BinaryType: lambda _: bytes,
    t.ArrayType: _list,
    t.MapType: _map,
    t.StructType: row_of,
}
