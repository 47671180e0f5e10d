"""Calendar intervals, buckets of time, and the functions of types that Apache Spark 4.2 keeps switched off."""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.functions import catalog_tools as tools
from workbench.engine.functions.kernels import intervals
from workbench.engine.functions.row import Request, Row, unsupported
from workbench.engine.functions.vectors import vector
from workbench.engine.plan import typed

INT, SECONDS = t.IntegerType(), t.DecimalType(18, 6)
TIME = "the type TIME is off in Apache Spark 4.2 (spark.sql.timeType.enabled) and has no form in this engine"
XML = "reading and writing XML is not part of this engine"
PARTS = 7


def _make(name: str, *, is_try: bool) -> Row:
    def resolve(request: Request) -> typed.Typed:
        tools.need(request, 0, PARTS)
        wanted = [INT] * (PARTS - 1) + [SECONDS]
        zero = typed.Literal(0, INT)
        given = (*request.arguments, *[zero] * (PARTS - len(request.arguments)))
        made = tuple(tools.cast_to(one, kind) for one, kind in zip(given, wanted, strict=True))
        return typed.Call(
            name, made, t.CalendarIntervalType(), is_try or any(one.nullable for one in made)
        )

    return Row(
        name,
        rewrite=resolve,
        kernel=vector(intervals.make_interval, is_try=is_try),
        raises=not is_try,
    )


def _bucket(request: Request) -> typed.Typed:
    tools.need(request, 2, 3)
    width, moment, *origin = request.arguments
    if not isinstance(width.type, (t.DayTimeIntervalType, t.YearMonthIntervalType)):
        raise tools.unexpected(request, 0, "INTERVAL")
    kind = moment.type if isinstance(moment.type, t.TimestampNTZType) else t.TimestampType()
    start = origin[0] if origin else typed.Literal(0, kind)
    made = (
        width,
        tools.cast_to(moment, kind, request.zone),
        tools.cast_to(start, kind, request.zone),
    )
    zone = (("timeZone", request.zone),)
    return typed.Call("time_bucket", made, kind, any(one.nullable for one in made), zone)


_TIMES = (
    "current_time", "make_time", "time_diff", "time_trunc", "to_time", "try_to_time",
    *(f"time_{way}_{unit}" for way in ("from", "to") for unit in ("micros", "millis", "seconds")),
)  # fmt: skip
_XMLS = (
    "from_xml", "schema_of_xml", "to_xml", "xpath",
    *(f"xpath_{kind}" for kind in ("boolean", "double", "float", "int", "long", "number", "short", "string")),
)  # fmt: skip

ROWS: tuple[Row, ...] = (
    _make("make_interval", is_try=False),
    _make("try_make_interval", is_try=True),
    Row("time_bucket", rewrite=_bucket, kernel=vector(intervals.bucket, zone=True)),
    Row("plus_calendar", kernel=vector(intervals.moved, zone=True, sign=1), raises=True),
    Row("minus_calendar", kernel=vector(intervals.moved, zone=True, sign=-1), raises=True),
    *(unsupported(name, TIME) for name in _TIMES),
    *(unsupported(name, XML) for name in _XMLS),
)
