"""What a batch query does that a stream does batch by batch: it has one moment, and finds sessions by looking at all rows at once."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import types as t

from workbench.engine.functions import catalog
from workbench.engine.functions.moment import at_moment, now_us
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import transform_operator


def for_batch(operator: o.Operator) -> o.Operator:
    """Return the operator tree of a batch query as the kernel can run it, now."""
    return bounded(at_moment(operator, now_us()))


def bounded(operator: o.Operator) -> o.Operator:
    """Return an operator tree the kernel can run on bounded input; what moment it is stays open."""
    return transform_operator(operator, _lowered)


def _lowered(operator: o.Operator) -> o.Operator:
    if isinstance(operator, o.Aggregate):
        session = next((key for key in operator.grouping if is_session(key.attribute)), None)
        return operator if session is None else _sessions(operator, session)
    if isinstance(operator, o.Limit) and operator.count is not None:
        return replace(operator, child=_enough(operator.child, operator.count + operator.offset))
    return operator


def _enough(operator: o.Operator, rows: int) -> o.Operator:
    """Tell a recursive query below projections how many rows are asked for: it may have no end."""
    if isinstance(operator, o.Recursive):
        return replace(operator, enough=rows)
    if isinstance(operator, o.Limit) and operator.count is None:
        return replace(operator, child=_enough(operator.child, rows + operator.offset))
    if isinstance(operator, o.Project):
        return replace(operator, child=_enough(operator.child, rows))
    return operator


def is_session(attribute: typed.Attribute) -> bool:
    """Whether a column is a session window."""
    return attribute.metadata.get(typed.WINDOW_MARK) == "session"


def _sessions(aggregate: o.Aggregate, session: typed.Named) -> o.Aggregate:
    """Merge the spans of each key that touch, then group by the merged spans.

    A row opens a new session when its span starts after the latest end before it (the running maximum, one row back).
    The running count of openings numbers the sessions; a session's window is the least start and the greatest end of its
    number.
    """
    span = session.child
    time = span.type.fields[0].dataType
    start, end = (typed.GetField(span, name, time, False) for name in ("start", "end"))
    keys = tuple(key.child for key in aggregate.grouping if key is not session)
    order = (typed.SortKey(start, True, True),)
    running, latest = _column("_running", time), _column("_latest", time)
    largest = _over("max", end, keys, order, ("rows", None, 0), time)
    child: o.Operator = o.Window(aggregate.child, (typed.Named(largest, running),))
    back = catalog.resolve("lag", (running,), conf=lambda _key: "UTC")
    child = o.Window(child, (typed.Named(typed.WindowCall(back, keys, order, None, time), latest),))
    goes_on = typed.Call(">=", (latest, start), t.BooleanType(), True)
    opens = typed.Case(((goes_on, _int(0)),), _int(1), t.IntegerType(), False)
    number = _column("_session", t.LongType())
    counted = _over("sum", opens, keys, order, ("rows", None, 0), t.LongType())
    child = o.Window(child, (typed.Named(counted, number),))
    within = (*keys, number)
    first, last = _column("_first", time), _column("_last", time)
    child = o.Window(
        child,
        (
            typed.Named(_over("min", start, within, (), None, time), first),
            typed.Named(_over("max", end, within, (), None, time), last),
        ),
    )
    names = (typed.Literal("start", t.StringType()), typed.Literal("end", t.StringType()))
    merged = typed.Call("named_struct", (names[0], first, names[1], last), span.type, False)
    key = typed.Named(merged, session.attribute)
    return replace(
        aggregate,
        child=child,
        grouping=tuple(key if k is session else k for k in aggregate.grouping),
    )


def _column(name: str, kind: t.DataType) -> typed.Attribute:
    return typed.Attribute(name, kind, True)


def _int(value: int) -> typed.Literal:
    return typed.Literal(value, t.IntegerType())


def _over(
    function: str,
    argument: typed.Typed,
    partition: tuple[typed.Typed, ...],
    order: tuple[typed.SortKey, ...],
    frame: tuple | None,
    kind: t.DataType,
) -> typed.WindowCall:
    return typed.WindowCall(
        typed.AggregateCall(function, (argument,), kind), partition, order, frame, kind
    )
