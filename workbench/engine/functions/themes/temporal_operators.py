"""Arithmetic operators over dates, timestamps and intervals.

Source: Spark's ``BinaryArithmeticWithDatetimeResolver``: ``date + 1``, ``date - date``, ``timestamp + INTERVAL``, ``interval * 2`` …
"""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import types as t

from workbench.engine.functions import coercion
from workbench.engine.functions.casting import cast_to
from workbench.engine.functions.row import Request
from workbench.engine.plan import typed

_MOMENTS = (t.TimestampType, t.TimestampNTZType)
_DAY_TIME, _YEAR_MONTH = t.DayTimeIntervalType, t.YearMonthIntervalType
_WIDE_DAY_TIME = t.DayTimeIntervalType(0, 3)
_WIDE_YEAR_MONTH = t.YearMonthIntervalType(0, 1)
_DAYS_ONLY = t.DayTimeIntervalType(0, 0)


def temporal_arithmetic(request: Request, operator: str, is_try: bool) -> typed.Typed | None:
    """Return the call of an operator with a date, timestamp or interval among its operands, else None."""
    del is_try
    left, right = request.arguments
    rules: dict[str, Callable[[Request, typed.Typed, typed.Typed], typed.Typed | None]] = {
        "+": _plus, "-": _minus, "*": _times, "/": _through,
    }  # fmt: skip
    rule = rules.get(operator)
    return None if rule is None else rule(request, left, right)


def _is(side: typed.Typed, *kinds: type[t.DataType]) -> bool:
    return isinstance(side.type, kinds)


def _call(name: str, request: Request, kind: t.DataType, *arguments: typed.Typed) -> typed.Typed:
    nullable = any(a.nullable for a in arguments)
    return typed.Call(name, arguments, kind, nullable, (("timeZone", request.zone),))


def _plus(request: Request, left: typed.Typed, right: typed.Typed) -> typed.Typed | None:
    if _is(right, t.DateType, *_MOMENTS) and not _is(left, t.DateType, *_MOMENTS):
        left, right = right, left
    if _is(left, t.DateType, *_MOMENTS) and _is(right, t.CalendarIntervalType):
        return _call("plus_calendar", request, left.type, left, right)
    if _is(left, t.DateType):
        return _date_shift(request, left, right, "date_add", "moment_plus_span", "date_plus_months")
    if _is(left, *_MOMENTS):
        return _moment_shift(request, left, right, "moment_plus_span", "moment_plus_months")
    return _spans(request, left, right, "span_plus_span")


def _minus(request: Request, left: typed.Typed, right: typed.Typed) -> typed.Typed | None:
    if _is(left, t.DateType) and _is(right, t.DateType):
        return _call("date_minus_date", request, _DAYS_ONLY, left, right)
    if _is(left, t.DateType, *_MOMENTS) and _is(right, t.DateType, *_MOMENTS):
        kind = left.type if _is(left, *_MOMENTS) else right.type
        sides = (cast_to(side, kind, request.zone) for side in (left, right))
        return _call("moment_minus_moment", request, _WIDE_DAY_TIME, *sides)
    if _is(left, t.DateType, *_MOMENTS) and _is(right, t.CalendarIntervalType):
        return _call("minus_calendar", request, left.type, left, right)
    if _is(left, t.DateType):
        return _date_shift(
            request, left, right, "date_sub", "moment_minus_span", "date_minus_months"
        )
    if _is(left, *_MOMENTS):
        return _moment_shift(request, left, right, "moment_minus_span", "moment_minus_months")
    return _spans(request, left, right, "span_minus_span")


def _date_shift(
    request: Request,
    left: typed.Typed,
    right: typed.Typed,
    by_days: str,
    by_span: str,
    by_months: str,
) -> typed.Typed | None:
    if _is(right, t.IntegerType, t.ShortType, t.ByteType):
        return _call(by_days, request, t.DateType(), left, cast_to(right, t.IntegerType()))
    if _is(right, _YEAR_MONTH):
        return _call(by_months, request, t.DateType(), left, right)
    if _is(right, _DAY_TIME):
        moment = cast_to(left, t.TimestampType(), request.zone)
        made = _call(by_span, request, t.TimestampType(), moment, right)
        return cast_to(made, t.DateType(), request.zone) if right.type.endField == 0 else made
    return None


def _moment_shift(
    request: Request, left: typed.Typed, right: typed.Typed, by_span: str, by_months: str
) -> typed.Typed | None:
    if _is(right, _DAY_TIME):
        return _call(by_span, request, left.type, left, right)
    if _is(right, _YEAR_MONTH):
        return _call(by_months, request, left.type, left, right)
    return None


def _spans(
    request: Request, left: typed.Typed, right: typed.Typed, name: str
) -> typed.Typed | None:
    for kind, wide in ((_DAY_TIME, t.DayTimeIntervalType), (_YEAR_MONTH, t.YearMonthIntervalType)):
        if _is(left, kind) and _is(right, kind):
            start = min(left.type.startField, right.type.startField)
            end = max(left.type.endField, right.type.endField)
            return _call(name, request, wide(start, end), left, right)
    return None


def _times(request: Request, left: typed.Typed, right: typed.Typed) -> typed.Typed | None:
    if _is(right, _DAY_TIME, _YEAR_MONTH):
        left, right = right, left
    return _scaled(request, left, right, "span_times")


def _through(request: Request, left: typed.Typed, right: typed.Typed) -> typed.Typed | None:
    return _scaled(request, left, right, "span_through")


def _scaled(
    request: Request, left: typed.Typed, right: typed.Typed, name: str
) -> typed.Typed | None:
    if not _is(left, _DAY_TIME, _YEAR_MONTH) or not coercion.is_numeric(right.type):
        return None
    kind = _WIDE_DAY_TIME if _is(left, _DAY_TIME) else _WIDE_YEAR_MONTH
    return _call(name, request, kind, left, cast_to(right, t.DoubleType()))


def interval_negation(request: Request) -> typed.Typed | None:
    """Return ``-interval``, or None for other operands."""
    value = request.arguments[0]
    if not _is(value, _DAY_TIME, _YEAR_MONTH):
        return None
    if isinstance(value, typed.Literal) and value.value is not None:
        return typed.Literal(-value.value, value.type)
    return _call("span_times", request, value.type, value, typed.Literal(-1.0, t.DoubleType()))
