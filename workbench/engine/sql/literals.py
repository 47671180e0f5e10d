"""Constants: numbers, strings, typed literals."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

from pyspark.sql import types as t

from workbench.engine.plan.expressions import Cast, Expression, Function, Literal
from workbench.engine.sql.datetimes import read_date, read_timestamp
from workbench.engine.sql.intervals import interval_text

if TYPE_CHECKING:
    from workbench.base.ddl_reader import Token
    from workbench.base.syntax import SyntaxFault
    from workbench.engine.sql.cursor import Cursor

_NUMBER = re.compile(r"([\d.]+(?:[eE][+-]?\d+)?)(bd|[lsydf])?", re.IGNORECASE)
_INT_MAX, _LONG_MAX = 2**31 - 1, 2**63 - 1
_WHOLE: dict[str, tuple[t.DataType, str, int]] = {
    "y": (t.ByteType(), "tinyint", 2**7),
    "s": (t.ShortType(), "smallint", 2**15),
    "l": (t.LongType(), "bigint", 2**63),
}
_MAX_DOUBLE, _MAX_FLOAT = 1.7976931348623157e308, 3.4028234663852886e38
_MAX_PRECISION = 38


def text_literal(value: str) -> Literal:
    """A string constant."""
    return Literal(value, t.StringType())


def number(cursor: Cursor, *, negative: bool = False) -> Literal:
    """Read a number; its sign, read before, is part of it, so that -128Y is in range."""
    token = cursor.take()
    body, suffix = _NUMBER.fullmatch(token.text).groups()  # type: ignore[union-attr]
    signed = f"-{body}" if negative else body
    suffix = (suffix or "").lower()
    if suffix in _WHOLE and "." not in body and "e" not in body.lower():
        return _ranged(cursor, token, signed, suffix)
    if suffix == "bd":
        return _decimal(cursor, token, signed)
    if suffix in {"d", "f"} or "e" in body.lower():
        return _fractional(cursor, token, signed, is_float=suffix == "f")
    if suffix:
        raise cursor.unexpected(token)
    return _decimal(cursor, token, signed) if "." in body else _whole(cursor, token, signed)


def _whole(cursor: Cursor, token: Token, text: str) -> Literal:
    value = int(text)
    if -_INT_MAX - 1 <= value <= _INT_MAX:
        return Literal(value, t.IntegerType())
    if -_LONG_MAX - 1 <= value <= _LONG_MAX:
        return Literal(value, t.LongType())
    return _decimal(cursor, token, text)


def _ranged(cursor: Cursor, token: Token, text: str, suffix: str) -> Literal:
    kind, name, limit = _WHOLE[suffix]
    value = int(text)
    if not -limit <= value < limit:
        raise _out_of_range(cursor, token, text, name, (-limit, limit - 1))
    return Literal(value, kind)


def _fractional(cursor: Cursor, token: Token, text: str, *, is_float: bool) -> Literal:
    value = float(text)
    limit = _MAX_FLOAT if is_float else _MAX_DOUBLE
    if abs(value) > limit:
        name = "float" if is_float else "double"
        raise _out_of_range(cursor, token, text, name, (-limit, limit))
    return Literal(value, t.FloatType() if is_float else t.DoubleType())


def _decimal(cursor: Cursor, token: Token, text: str) -> Literal:
    value = Decimal(text)
    _, _digits, exponent = value.as_tuple()
    assert isinstance(exponent, int), "the lexer gives digits only"
    if exponent > 0:
        value = value.quantize(Decimal(1))
    scale = max(-exponent, 0)
    precision = max(len(value.as_tuple().digits), scale)
    if precision > _MAX_PRECISION:
        raise cursor.fault(
            "DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION",
            token,
            precision=precision,
            maxPrecision=_MAX_PRECISION,
        )
    return Literal(value, t.DecimalType(precision, scale))


def _out_of_range(
    cursor: Cursor, token: Token, text: str, name: str, limits: tuple[object, object]
) -> SyntaxFault:
    return cursor.fault(
        "INVALID_NUMERIC_LITERAL_RANGE",
        token,
        rawStrippedQualifier=text,
        typeName=name,
        minValue=limits[0],
        maxValue=limits[1],
    )


def typed_literal(cursor: Cursor) -> Expression:
    """Read ``DATE '…'`` and its kin."""
    token = cursor.take()
    kind = token.text.upper()
    text = cursor.string()
    if kind == "INTERVAL":
        found: Expression | None = interval_text(cursor, token, text)
    elif kind in _TYPED:
        special = _SPECIAL.get((kind.removesuffix("_LTZ"), text.strip().lower()))
        found = special or _TYPED[kind](text, cursor.zone)
    else:
        raise cursor.fault(
            "UNSUPPORTED_TYPED_LITERAL",
            token,
            unsupportedType=f'"{kind}"',
            supportedTypes=", ".join(f'"{name}"' for name in ("INTERVAL", *_TYPED)),
        )
    if found is None:
        raise cursor.fault("INVALID_TYPED_LITERAL", token, valueType=f'"{kind}"', value=f"'{text}'")
    return found


def _date(text: str, zone: str) -> Expression | None:
    days = read_date(text)
    return None if days is None else Literal(days, t.DateType())


def _timestamp(text: str, zone: str) -> Expression | None:
    found = read_timestamp(text, zone)
    return None if found is None else Literal(found, t.TimestampType())


def _timestamp_ntz(text: str, zone: str) -> Expression | None:
    """A zone in the text is left out, as in Spark's ``stringToTimestampWithoutTimeZone``."""
    found = read_timestamp(text, "")
    return None if found is None else Literal(found, t.TimestampNTZType())


def _time(text: str, zone: str) -> Expression:
    return Cast(text_literal(text), t.TimeType())


def _binary(text: str, zone: str) -> Expression | None:
    try:
        return Literal(bytes.fromhex(text.rjust(len(text) + len(text) % 2, "0")), t.BinaryType())
    except ValueError:
        return None


_TYPED = {
    "DATE": _date,
    "TIMESTAMP_NTZ": _timestamp_ntz,
    "TIMESTAMP_LTZ": _timestamp,
    "TIMESTAMP": _timestamp,
    "X": _binary,
    "TIME": _time,
}

_TODAY = Function("current_date")
_NOW = Function("current_timestamp")
_LOCAL_NOW = Function("localtimestamp")
_ONE = Literal(1, t.IntegerType())


def _day_of(now: Expression, days: int) -> Expression:
    start = Function("date_trunc", (text_literal("DAY"), now))
    step = Literal(days * 86_400_000_000, t.DayTimeIntervalType(0, 0))
    return Function("+", (start, step)) if days else start


_SPECIAL: dict[tuple[str, str], Expression] = {
    ("DATE", "epoch"): Literal(0, t.DateType()),
    ("DATE", "now"): _TODAY,
    ("DATE", "today"): _TODAY,
    ("DATE", "tomorrow"): Function("date_add", (_TODAY, _ONE)),
    ("DATE", "yesterday"): Function("date_sub", (_TODAY, _ONE)),
    ("TIMESTAMP", "epoch"): Literal(0, t.TimestampType()),
    ("TIMESTAMP", "now"): _NOW,
    ("TIMESTAMP", "today"): _day_of(_NOW, 0),
    ("TIMESTAMP", "tomorrow"): _day_of(_NOW, 1),
    ("TIMESTAMP", "yesterday"): _day_of(_NOW, -1),
    ("TIMESTAMP_NTZ", "epoch"): Literal(0, t.TimestampNTZType()),
    ("TIMESTAMP_NTZ", "now"): _LOCAL_NOW,
    ("TIMESTAMP_NTZ", "today"): _day_of(_LOCAL_NOW, 0),
    ("TIMESTAMP_NTZ", "tomorrow"): _day_of(_LOCAL_NOW, 1),
    ("TIMESTAMP_NTZ", "yesterday"): _day_of(_LOCAL_NOW, -1),
}
"""Words that stand for a day or moment of the run (Spark's ``convertSpecialDate`` and ``convertSpecialTimestamp``)."""
