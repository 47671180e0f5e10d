"""``window``, ``session_window`` and ``window_time``: the columns that put rows into spans of time.

Before::

    SELECT window(ts, '10 minutes'), count(1) FROM t GROUP BY window(ts, '10 minutes')

After: a projection below adds the column ``window`` (a filter drops rows without a time; a sliding window makes an
Expand, a row per window), and the query groups by that column. Source: Spark's ``ResolveTimeWindows`` rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pyspark.sql import types as t

from workbench.base.durations import parse_duration
from workbench.base.errors import AnalysisError
from workbench.engine.functions import catalog
from workbench.engine.plan import expressions as e
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every, transform

if TYPE_CHECKING:
    from workbench.engine.analysis.expressions import Resolver

_NAMES = {"window": "window", "session_window": "session_window", "window_time": "window_time"}
_US = "duration_us"


def default_name(made: typed.Typed) -> str | None:
    """Return the column name of a time window nobody named."""
    return (
        _NAMES.get(made.function)
        if isinstance(made, typed.Call) and made.function in ("window", "session_window")
        else None
    )


def marks(made: typed.Typed) -> Mapping[str, Any]:
    """Return the marks a column inherits from what it renames: the watermark's delay, being a time window."""
    if isinstance(made, typed.Attribute):
        return dict(made.metadata)
    if isinstance(made, typed.Call) and made.function in _NAMES:
        inherited = {
            k: v for k, v in marks(made.arguments[0]).items() if k == typed.WATERMARK_DELAY
        }
        kind = {"window": True, "session_window": "session"}.get(made.function)
        return {**inherited, typed.WINDOW_MARK: kind} if kind else inherited
    return {}


def window(r: Resolver, call: e.Function) -> typed.Typed:
    """Understand ``window(time, duration[, slide[, start]])``.

    Raises
    ------
    AnalysisError
        ``WRONG_NUM_ARGS``, ``DATATYPE_MISMATCH`` for wrong times, durations that are not positive, a start not below the
        slide.
    """
    if not 2 <= len(call.arguments) <= 4:
        raise AnalysisError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", functionName="`window`", expectedNum="[2, 3, 4]",
                            actualNum=len(call.arguments), docroot="")  # fmt: skip
    time = _time(r.resolve(call.arguments[0]), "window")
    duration, slide, start = _spans(r, call)
    if slide > duration:
        _bad_span("slide_duration", "window_duration", slide)
    if abs(start) >= slide:
        _bad_span("abs(start_time)", "slide_duration", start)
    kind = _struct(time.type)
    options = (("duration", duration), ("slide", slide), ("start", start))
    return typed.Call("window", (time,), kind, False, options)


def _spans(r: Resolver, call: e.Function) -> tuple[int, int, int]:
    texts = [_constant(r, argument) for argument in call.arguments[1:]]
    duration = _positive(texts[0], "window_duration")
    slide = _positive(texts[1], "slide_duration") if len(texts) > 1 else duration
    start = _micros(texts[2]) if len(texts) > 2 else 0
    return duration, slide, start


def _constant(r: Resolver, argument: e.Expression) -> Any:
    made = r.resolve(argument)
    while isinstance(made, typed.Cast):
        made = made.child
    if isinstance(made, typed.Literal):
        return made.value
    raise AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", sqlExpr='"window"', inputName="`window_duration`",
                        inputType='"STRING"', inputExpr='"window_duration"')  # fmt: skip


def _micros(value: Any) -> int:
    return value if isinstance(value, int) else parse_duration(value)


def _positive(value: Any, name: str) -> int:
    micros = _micros(value)
    if micros <= 0:
        raise AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", sqlExpr='"window"', exprName=name,
                            valueRange="(0, 9223372036854775807]", currentValue=f"{micros}L")  # fmt: skip
    return micros


def _bad_span(left: str, right: str, value: int) -> None:
    raise AnalysisError("DATATYPE_MISMATCH.PARAMETER_CONSTRAINT_VIOLATION", sqlExpr='"window"', leftExprName=f"`{left}`",
                        leftExprValue=f"{value}L", constraint="be less than", rightExprName=f"`{right}`", rightExprValue="")  # fmt: skip


def _struct(time: t.DataType) -> t.StructType:
    kind = t.TimestampType() if isinstance(time, t.StringType) else time
    return t.StructType([t.StructField("start", kind), t.StructField("end", kind)])


def _time(time: typed.Typed, name: str) -> typed.Typed:
    if isinstance(time.type, (t.TimestampType, t.TimestampNTZType)):
        return time
    if _is_window(time):
        return _window_time(time)
    if isinstance(time.type, (t.StringType, t.DateType)):
        return catalog.cast_to(time, t.TimestampType())
    raise AnalysisError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", sqlExpr=f'"{name}"', paramIndex="first",
                        requiredType='("TIMESTAMP" or "TIMESTAMP WITHOUT TIME ZONE")', inputSql='"time_column"',
                        inputType=f'"{time.type.simpleString().upper()}"')  # fmt: skip


def _is_window(made: typed.Typed) -> bool:
    return isinstance(made.type, t.StructType) and typed.WINDOW_MARK in marks(made)


def session_window(r: Resolver, call: e.Function) -> typed.Typed:
    """Understand ``session_window(time, gap)``; the gap is a duration or a column of durations."""
    if len(call.arguments) != 2:
        raise AnalysisError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION", functionName="`session_window`", expectedNum="2",
                            actualNum=len(call.arguments), docroot="")  # fmt: skip
    time = _time(r.resolve(call.arguments[0]), "session_window")
    return typed.Call(
        "session_window", (time, _gap(r.resolve(call.arguments[1]))), _struct(time.type), False
    )


def _gap(gap: typed.Typed) -> typed.Typed:
    """Turn texts into microseconds, inside CASE branches too."""

    def parsed(part: typed.Typed) -> typed.Typed:
        if isinstance(part, typed.Literal) and isinstance(part.type, t.StringType):
            return typed.Literal(parse_duration(part.value), t.LongType())
        return part

    if isinstance(gap, typed.Literal):
        return parsed(gap)
    if isinstance(gap, typed.Case):
        branches = tuple((condition, _gap(value)) for condition, value in gap.branches)
        return typed.Case(branches, _gap(gap.otherwise), t.LongType())
    return typed.Call(_US, (gap,), t.LongType())


def window_time(r: Resolver, call: e.Function) -> typed.Typed:
    """Understand ``window_time(window)``: the last moment inside a window, one microsecond before its end."""
    made = r.resolve(call.arguments[0])
    if not _is_window(made):
        raise AnalysisError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", sqlExpr='"window_time"', paramIndex="first",
                            requiredType='"WINDOW"', inputSql='"window"', inputType=f'"{made.type.simpleString().upper()}"')  # fmt: skip
    return _window_time(made)


def _window_time(window_column: typed.Typed) -> typed.Typed:
    kind = window_column.type.fields[1].dataType
    return typed.Call("window_time", (window_column,), kind, False)


def extract(
    child: o.Operator, expressions: tuple[typed.Typed, ...]
) -> tuple[o.Operator, tuple[typed.Typed, ...]]:
    """Give every time window its own column below; return the new child and expressions that read the columns."""
    calls = {
        part: None for one in expressions for part in every(one)
        if isinstance(part, typed.Call) and part.function in ("window", "session_window")
    }  # fmt: skip
    for call in calls:
        attribute = typed.Attribute(call.function, call.type, False, metadata=marks(call))
        child = _spanned(child, call, attribute)
        expressions = tuple(_replaced(one, call, attribute) for one in expressions)
    return child, expressions


def _replaced(expression: typed.Typed, call: typed.Call, attribute: typed.Attribute) -> typed.Typed:
    return transform(expression, lambda part: attribute if part == call else part)


def _spanned(child: o.Operator, call: typed.Call, attribute: typed.Attribute) -> o.Operator:
    time = call.arguments[0]
    timed = o.Filter(child, typed.Call("isnotnull", (time,), t.BooleanType(), False))
    if call.function == "session_window":
        return _session(timed, call, attribute)
    options = dict(call.options)
    count = -(-options["duration"] // options["slide"])
    spans = [_span(call, options, i) for i in range(count)]
    if count == 1 and options["duration"] == options["slide"]:
        return o.Project(timed, (*_kept(child), typed.Named(spans[0], attribute)))
    output = (*child.output, attribute)
    made = o.Expand(timed, tuple((*child.output, span) for span in spans), output)
    end = typed.GetField(attribute, "end", time.type, False)
    return o.Filter(made, typed.Call("<", (time, end), t.BooleanType(), False))


def _kept(child: o.Operator) -> tuple[typed.Named, ...]:
    return tuple(typed.Named(a, a) for a in child.output)


def _span(call: typed.Call, options: Mapping[str, int], index: int) -> typed.Typed:
    time = call.arguments[0]
    settings = (
        ("slide", options["slide"]),
        ("start", options["start"]),
        ("shift", -index * options["slide"]),
    )
    start = typed.Call("time_window_start", (time,), time.type, False, settings)
    end = typed.Call("time_shift", (start,), time.type, False, (("shift", options["duration"]),))
    return _named_struct(call.type, start, end)


def _named_struct(kind: t.StructType, start: typed.Typed, end: typed.Typed) -> typed.Typed:
    names = (typed.Literal("start", t.StringType()), typed.Literal("end", t.StringType()))
    return typed.Call("named_struct", (names[0], start, names[1], end), kind, False)


def _session(timed: o.Operator, call: typed.Call, attribute: typed.Attribute) -> o.Operator:
    time, gap = call.arguments
    end = typed.Call("time_shift", (time, gap), time.type, False)
    # Of the span and not of the gap, as in Spark's SessionWindowing: a condition on the event time stays above the watermark.
    positive = o.Filter(timed, typed.Call(">", (end, time), t.BooleanType(), True))
    span = _named_struct(call.type, time, end)
    return o.Project(positive, (*_kept(timed), typed.Named(span, attribute)))
