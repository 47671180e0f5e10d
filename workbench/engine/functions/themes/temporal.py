"""Functions over dates, timestamps and intervals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import datafusion
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import types as t

from workbench.base.arrow_types import to_arrow
from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions import coercion, faults
from workbench.engine.functions.kernels import (
    date_arithmetic,
    date_fields,
    date_makers,
    date_text,
    date_truncation,
    zones,
)
from workbench.engine.functions.kinds import (
    ANY_TIMESTAMP,
    BOOLEAN,
    DATE,
    DECIMAL,
    INT,
    LONG,
    NUMERIC,
    STRING,
    TIMESTAMP,
    TIMESTAMP_NTZ,
    one_of,
)
from workbench.engine.functions.row import Request, Row, alias, rewritten, scalar
from workbench.engine.functions.vectors import call_vector, vector
from workbench.engine.plan import typed

INT_TYPE, LONG_TYPE, TEXT, DOUBLE = t.IntegerType(), t.LongType(), t.StringType(), t.DoubleType()
DAY, MOMENT, LOCAL = t.DateType(), t.TimestampType(), t.TimestampNTZType()
SPAN, MONTHS = t.DayTimeIntervalType(0, 3), t.YearMonthIntervalType(0, 1)
DATE_OR_TIME = one_of(DATE, TIMESTAMP, TIMESTAMP_NTZ)
SECONDS = t.DecimalType(16, 6)


def _field(name: str, kernel: Callable[..., pa.Array], returns: t.DataType = INT_TYPE) -> Row:
    return scalar(name, (DATE_OR_TIME,), returns, vector(kernel, zone=True), zoned=True)


def _clock(name: str, kernel: Callable[..., pa.Array]) -> Row:
    return scalar(name, (ANY_TIMESTAMP,), INT_TYPE, vector(kernel, zone=True), zoned=True)


_PARTS: dict[str, tuple[Callable[..., pa.Array], t.DataType]] = {
    **dict.fromkeys(("year", "y", "years", "yr", "yrs"), (date_fields.year, INT_TYPE)),
    "yearofweek": (date_fields.year_of_week, INT_TYPE),
    **dict.fromkeys(("quarter", "qtr"), (date_fields.quarter, INT_TYPE)),
    **dict.fromkeys(("month", "mon", "mons", "months"), (date_fields.month, INT_TYPE)),
    **dict.fromkeys(("week", "w", "weeks"), (date_fields.week_of_year, INT_TYPE)),
    **dict.fromkeys(("day", "d", "days"), (date_fields.day, INT_TYPE)),
    **dict.fromkeys(("dayofweek", "dow"), (date_fields.day_of_week, INT_TYPE)),
    **dict.fromkeys(("dayofweek_iso", "dow_iso"), (date_fields.day_of_week_iso, INT_TYPE)),
    "doy": (date_fields.day_of_year, INT_TYPE),
    **dict.fromkeys(("hour", "h", "hours", "hr", "hrs"), (date_fields.hour, INT_TYPE)),
    **dict.fromkeys(("minute", "m", "min", "mins", "minutes"), (date_fields.minute, INT_TYPE)),
    **dict.fromkeys(
        ("second", "s", "sec", "seconds", "secs"),
        (date_fields.seconds_with_fraction, t.DecimalType(8, 6)),
    ),
}
_CLOCK_PARTS = ("hour", "minute", "second")
_SPAN_PARTS: dict[str, tuple[int, int]] = {
    "day": (zones.DAY_US, 0), "days": (zones.DAY_US, 0), "hour": (3_600_000_000, 24), "hours": (3_600_000_000, 24),
    "minute": (60_000_000, 60), "minutes": (60_000_000, 60),
}  # fmt: skip


def _date_part(request: Request) -> typed.Typed:
    tools.need(request, 2)
    name = str(tools.constant(request, 0, "STRING")).lower()
    source = request.arguments[1]
    if isinstance(source.type, t.DayTimeIntervalType) and name in _SPAN_PARTS:
        kind = INT_TYPE if name.startswith("day") else t.ByteType()
        return typed.Call("date_part", (source,), kind, source.nullable, (("part", name),))
    if name not in _PARTS:
        raise AnalysisError("INVALID_EXTRACT_FIELD", field=f"`{name}`", expr=request.name)
    kernel, returns = _PARTS[name]
    del kernel
    if not isinstance(source.type, (t.DateType, t.TimestampType, t.TimestampNTZType)):
        source = tools.cast_to(source, MOMENT, request.zone)
    return typed.Call(
        "date_part",
        (source,),
        returns,
        source.nullable,
        (("part", name), ("timeZone", request.zone)),
    )


def _date_part_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    options = dict(call.options)
    name, output = options["part"], to_arrow(call.type)
    if isinstance(call.arguments[0].type, t.DayTimeIntervalType):
        size, within = _SPAN_PARTS[name]
        return call_vector(
            date_fields.span_part, arguments, call.arguments, output, size=size, within=within
        )
    return call_vector(_PARTS[name][0], arguments, call.arguments, output, zone=options["timeZone"])


def _now(kind: t.DataType) -> Callable[[Request], typed.Typed]:
    """The moment the query runs, known only then."""

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 0)
        return typed.Now(kind, request.zone)

    return resolve


def _to_date(is_try: bool) -> Callable[[Request], typed.Typed]:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        source = request.arguments[0]
        if len(request.arguments) == 1 or not coercion.is_string(source.type):
            return (
                typed.Cast(source, DAY, "try" if is_try else "ansi", request.zone)
                if source.type != DAY
                else source
            )
        pattern = tools.cast_to(request.arguments[1], TEXT)
        return typed.Call("parse_date", (source, pattern), DAY, True, (("strict", not is_try),))

    return resolve


def _to_timestamp(kind: t.DataType, is_try: bool) -> Callable[[Request], typed.Typed]:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 1, 2)
        source = request.arguments[0]
        if len(request.arguments) == 1 or not coercion.is_string(source.type):
            return (
                typed.Cast(source, kind, "try" if is_try else "ansi", request.zone)
                if source.type != kind
                else source
            )
        pattern = tools.cast_to(request.arguments[1], TEXT)
        naive = isinstance(kind, t.TimestampNTZType)
        options = (("strict", not is_try), ("naive", naive), ("timeZone", request.zone))
        return typed.Call("parse_timestamp", (source, pattern), kind, True, options)

    return resolve


def _parse_date(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    strict = dict(call.options)["strict"]
    return call_vector(
        date_text.parse_date, arguments, call.arguments, pa.date32(), (1,), strict=strict
    )


def _parse_timestamp(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    o = dict(call.options)
    return call_vector(date_text.parse_moment, arguments, call.arguments, to_arrow(call.type), (1,),
                       zone=o["timeZone"], strict=o["strict"], naive=o["naive"])  # fmt: skip


def _unix_timestamp(request: Request) -> typed.Typed:
    tools.need(request, 0, 2)
    if not request.arguments:
        return typed.Now(LONG_TYPE)
    source, *rest = request.arguments
    if coercion.is_string(source.type):
        pattern = rest[0] if rest else typed.Literal("yyyy-MM-dd HH:mm:ss", TEXT)
        source = request.call("to_timestamp", source, pattern)
    elif not isinstance(source.type, t.TimestampType):
        source = tools.cast_to(source, MOMENT, request.zone)
    return typed.Call("unix_seconds", (source,), LONG_TYPE, source.nullable)


def _from_unixtime(request: Request) -> typed.Typed:
    tools.need(request, 1, 2)
    seconds = tools.cast_to(request.arguments[0], LONG_TYPE)
    default = typed.Literal("yyyy-MM-dd HH:mm:ss", TEXT)
    pattern = request.arguments[1] if len(request.arguments) > 1 else default
    return typed.Call(
        "from_unixtime", (seconds, pattern), TEXT, True, (("timeZone", request.zone),)
    )


def _timestamp_add(request: Request) -> typed.Typed:
    tools.need(request, 3)
    unit = str(tools.constant(request, 0, "STRING")).lower().rstrip("s")
    count = tools.cast_to(request.arguments[1], LONG_TYPE)
    moment = request.arguments[2]
    if not isinstance(moment.type, (t.TimestampType, t.TimestampNTZType)):
        moment = tools.cast_to(moment, MOMENT, request.zone)
    options = (("unit", _unit(unit)), ("timeZone", request.zone))
    return typed.Call("timestamp_add", (moment, count), moment.type, True, options)


def _unit(name: str) -> str:
    known = (
        "year",
        "quarter",
        "month",
        "week",
        "day",
        "hour",
        "minute",
        "second",
        "millisecond",
        "microsecond",
    )
    chosen = {"dayofyear": "day"}.get(name, name)
    if chosen not in known:
        raise AnalysisError(
            "INVALID_PARAMETER_VALUE.DATETIME_UNIT",
            functionName="`timestampadd`",
            parameter="`unit`",
            invalidValue=f"'{name}'",
        )
    return chosen


_MONTH_UNITS = {"month": 1, "quarter": 3, "year": 12}
_UNIT_US = {"week": 7 * zones.DAY_US, "day": zones.DAY_US, "hour": 3_600_000_000, "minute": 60_000_000, "second": 1_000_000,
            "millisecond": 1000, "microsecond": 1}  # fmt: skip


def _moment_add(moments: pa.Array, count: Any, *, unit: str, zone: str) -> pa.Array:
    if unit in _MONTH_UNITS:
        return date_arithmetic.moment_months(
            moments, pc.multiply(count, _MONTH_UNITS[unit]), zone=zone
        )
    return date_arithmetic.moment_shift(moments, pc.multiply(count, _UNIT_US[unit]), zone=zone)


def _timestamp_add_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    o = dict(call.options)
    return call_vector(
        _moment_add,
        arguments,
        call.arguments,
        to_arrow(call.type),
        unit=o["unit"],
        zone=o["timeZone"],
    )


def _timestamp_diff(request: Request) -> typed.Typed:
    tools.need(request, 3)
    unit = _unit(str(tools.constant(request, 0, "STRING")).lower().rstrip("s"))
    sides = tuple(tools.cast_to(side, MOMENT, request.zone) for side in request.arguments[1:])
    return typed.Call(
        "timestamp_diff", sides, LONG_TYPE, True, (("unit", unit), ("timeZone", request.zone))
    )


def _timestamp_diff_kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
    o = dict(call.options)
    return call_vector(
        date_arithmetic.moments_apart,
        arguments,
        call.arguments,
        pa.int64(),
        unit=o["unit"],
        zone=o["timeZone"],
    )


def _date_or_diff(request: Request) -> typed.Typed:
    """``datediff(end, start)``; with a unit before them, ``timestampdiff``."""
    if len(request.arguments) == 3:
        return _timestamp_diff(request)
    tools.need(request, 2)
    sides = tuple(tools.cast_to(side, DAY, request.zone) for side in request.arguments)
    return typed.Call("datediff", sides, INT_TYPE, any(s.nullable for s in sides))


def _date_shift(name: str, sign: str) -> Callable[[Request], typed.Typed]:
    def resolve(request: Request) -> typed.Typed:
        if len(request.arguments) == 3:
            return _timestamp_add(request)
        tools.need(request, 2)
        date, count = request.arguments
        if coercion.is_interval(count.type):
            return request.call(sign, tools.cast_to(date, DAY, request.zone), count)
        if not isinstance(
            count.type, (t.IntegerType, t.ShortType, t.ByteType, t.StringType, t.NullType)
        ):
            raise tools.unexpected(request, 1, 'INT" or "SMALLINT" or "TINYINT')
        made = tools.cast_to(date, DAY, request.zone), tools.cast_to(count, INT_TYPE)
        return typed.Call(name, made, DAY, any(x.nullable for x in made))

    return resolve


def _make_timestamp(
    name: str, kind: t.DataType, is_try: bool, widths: tuple[int, ...] = (6, 7)
) -> Row:
    naive = isinstance(kind, t.TimestampNTZType)

    def resolve(request: Request) -> typed.Typed:
        tools.need(request, widths[0], widths[-1])
        numbers = [tools.cast_to(x, INT_TYPE) for x in request.arguments[:5]]
        zone = [tools.cast_to(x, TEXT) for x in request.arguments[6:]]
        made = (*numbers, tools.cast_to(request.arguments[5], SECONDS), *zone)
        return typed.Call(name, made, kind, True, (("timeZone", request.zone),))

    def kernel(arguments: list[datafusion.Expr], call: typed.Call) -> datafusion.Expr:
        zone = dict(call.options)["timeZone"]
        return call_vector(
            date_makers.make_moment,
            arguments,
            call.arguments,
            to_arrow(kind),
            (6,),
            zone=zone,
            naive=naive,
            strict=not is_try,
        )

    return Row(name, rewrite=resolve, kernel=kernel, raises=not is_try)


def _operator(name: str, kernel: Callable[..., Any], zone: bool = True, **named: Any) -> Row:
    """The kernel behind an operator over times; the operator's row makes the call."""
    return Row(name, kernel=vector(kernel, zone=zone, **named), rewrite=_not_by_name)


def _not_by_name(request: Request) -> typed.Typed:
    from workbench.engine.functions import catalog

    raise catalog.unknown(request.name)


def _span_sum(left: Any, right: Any) -> pa.Array:
    try:
        return pc.add_checked(left.cast(_storage(left)), right.cast(_storage(right))).cast(
            left.type
        )
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def _span_difference(left: Any, right: Any) -> pa.Array:
    try:
        return pc.subtract_checked(left.cast(_storage(left)), right.cast(_storage(right))).cast(
            left.type
        )
    except pa.ArrowInvalid:
        raise faults.overflow() from None


def _storage(value: Any) -> pa.DataType:
    return pa.int64() if pa.types.is_duration(value.type) else value.type


ROWS: tuple[Row, ...] = (
    _field("year", date_fields.year),
    _field("quarter", date_fields.quarter),
    _field("month", date_fields.month),
    _field("dayofmonth", date_fields.day),
    alias("day", "dayofmonth"),
    _field("dayofweek", date_fields.day_of_week),
    _field("dayofyear", date_fields.day_of_year),
    _field("weekday", date_fields.weekday),
    _field("weekofyear", date_fields.week_of_year),
    _field("monthname", date_fields.month_name, TEXT),
    _field("dayname", date_fields.day_name, TEXT),
    _clock("hour", date_fields.hour),
    _clock("minute", date_fields.minute),
    _clock("second", date_fields.second),
    Row("date_part", rewrite=_date_part, kernel=_date_part_kernel),
    alias("datepart", "date_part"),
    alias("extract", "date_part"),
    rewritten("current_date", _now(DAY)),
    alias("curdate", "current_date"),
    rewritten("current_timestamp", _now(MOMENT)),
    alias("now", "current_timestamp"),
    rewritten("localtimestamp", _now(LOCAL)),
    Row(
        "date_add",
        rewrite=_date_shift("date_add", "+"),
        kernel=vector(date_arithmetic.date_shift, constants=(1,)),
    ),
    alias("dateadd", "date_add"),
    Row(
        "date_sub",
        rewrite=_date_shift("date_sub", "-"),
        kernel=vector(date_arithmetic.date_shift, constants=(1,), sign=-1),
    ),
    Row("datediff", rewrite=_date_or_diff, kernel=vector(date_arithmetic.date_difference)),
    alias("date_diff", "datediff"),
    Row("timestamp_add", rewrite=_timestamp_add, kernel=_timestamp_add_kernel),
    alias("timestampadd", "timestamp_add"),
    Row("timestamp_diff", rewrite=_timestamp_diff, kernel=_timestamp_diff_kernel),
    alias("timestampdiff", "timestamp_diff"),
    scalar("add_months", (DATE, INT), DAY, vector(date_arithmetic.add_months, constants=(1,))),
    scalar("last_day", (DATE,), DAY, vector(date_arithmetic.last_day)),
    scalar(
        "next_day",
        (DATE, STRING),
        DAY,
        vector(date_arithmetic.next_day, constants=(1,)),
        nullable=True,
        raises=True,
    ),
    scalar(
        "months_between",
        (TIMESTAMP, TIMESTAMP, BOOLEAN),
        DOUBLE,
        vector(date_arithmetic.months_between, constants=(2,), zone=True),
        defaults=(True,),
        zoned=True,
    ),
    scalar(
        "trunc",
        (DATE, STRING),
        DAY,
        vector(date_truncation.trunc_date, constants=(1,)),
        nullable=True,
    ),
    scalar(
        "date_trunc",
        (STRING, TIMESTAMP),
        MOMENT,
        vector(date_truncation.trunc_moment, constants=(0,), zone=True),
        nullable=True,
        zoned=True,
    ),
    scalar(
        "date_format",
        (one_of(TIMESTAMP, TIMESTAMP_NTZ), STRING),
        TEXT,
        vector(date_text.date_format, constants=(1,), zone=True),
        zoned=True,
    ),
    rewritten("to_date", _to_date(is_try=False)),
    rewritten("try_to_date", _to_date(is_try=True)),
    Row("parse_date", rewrite=_not_by_name, kernel=_parse_date, raises=True),
    rewritten("to_timestamp", _to_timestamp(MOMENT, is_try=False)),
    rewritten("to_timestamp_ltz", _to_timestamp(MOMENT, is_try=False)),
    rewritten("to_timestamp_ntz", _to_timestamp(LOCAL, is_try=False)),
    rewritten("try_to_timestamp", _to_timestamp(MOMENT, is_try=True)),
    Row("parse_timestamp", rewrite=_not_by_name, kernel=_parse_timestamp, raises=True),
    rewritten("unix_timestamp", _unix_timestamp),
    rewritten("to_unix_timestamp", _unix_timestamp),
    Row(
        "from_unixtime",
        rewrite=_from_unixtime,
        kernel=vector(date_text.from_unix, constants=(1,), zone=True),
    ),
    scalar("unix_date", (DATE,), INT_TYPE, lambda arguments, _call: arguments[0].cast(pa.int32())),
    scalar("unix_seconds", (TIMESTAMP,), LONG_TYPE, vector(date_makers.unix_of, size=1_000_000)),
    scalar("unix_millis", (TIMESTAMP,), LONG_TYPE, vector(date_makers.unix_of, size=1000)),
    scalar("unix_micros", (TIMESTAMP,), LONG_TYPE, vector(date_makers.unix_of, size=1)),
    scalar(
        "date_from_unix_date", (INT,), DAY, lambda arguments, _call: arguments[0].cast(pa.date32())
    ),
    scalar(
        "timestamp_seconds",
        (NUMERIC,),
        MOMENT,
        vector(date_makers.moment_of, size=1_000_000),
        raises=True,
    ),
    scalar(
        "timestamp_millis", (LONG,), MOMENT, vector(date_makers.moment_of, size=1000), raises=True
    ),
    scalar("timestamp_micros", (LONG,), MOMENT, vector(date_makers.moment_of, size=1), raises=True),
    scalar(
        "from_utc_timestamp",
        (TIMESTAMP, STRING),
        MOMENT,
        vector(date_makers.shift_zone, constants=(1,), to_local=True),
        raises=True,
    ),
    scalar(
        "to_utc_timestamp",
        (TIMESTAMP, STRING),
        MOMENT,
        vector(date_makers.shift_zone, constants=(1,), to_local=False),
        raises=True,
    ),
    scalar(
        "convert_timezone",
        (STRING, STRING, TIMESTAMP_NTZ),
        LOCAL,
        vector(date_makers.convert_zone, constants=(0, 1)),
        raises=True,
    ),
    scalar("make_date", (INT, INT, INT), DAY, vector(date_makers.make_date), raises=True),
    _make_timestamp("make_timestamp", MOMENT, is_try=False),
    _make_timestamp("make_timestamp_ltz", MOMENT, is_try=False),
    _make_timestamp("make_timestamp_ntz", LOCAL, is_try=False, widths=(6,)),
    _make_timestamp("try_make_timestamp", MOMENT, is_try=True),
    _make_timestamp("try_make_timestamp_ltz", MOMENT, is_try=True),
    _make_timestamp("try_make_timestamp_ntz", LOCAL, is_try=True, widths=(6,)),
    scalar(
        "make_dt_interval",
        (INT, INT, INT, DECIMAL),
        SPAN,
        vector(date_makers.make_day_time),
        defaults=(0, 0, 0, 0),
    ),
    scalar(
        "make_ym_interval", (INT, INT), MONTHS, vector(date_makers.make_year_month), defaults=(0, 0)
    ),
    _operator("moment_plus_span", date_arithmetic.moment_shift),
    _operator("moment_minus_span", date_arithmetic.moment_shift, sign=-1),
    _operator("moment_plus_months", date_arithmetic.moment_months),
    _operator("moment_minus_months", date_arithmetic.moment_months, sign=-1),
    _operator("moment_minus_moment", date_arithmetic.moment_interval),
    _operator("date_plus_months", date_arithmetic.add_months, zone=False),
    _operator("date_minus_months", date_arithmetic.add_months, zone=False, sign=-1),
    _operator("date_minus_date", date_arithmetic.date_interval, zone=False),
    _operator("span_plus_span", _span_sum, zone=False),
    _operator("span_minus_span", _span_difference, zone=False),
    _operator("span_times", date_arithmetic.scaled_span, zone=False),
    _operator("span_through", date_arithmetic.scaled_span, zone=False, divide=True),
)
