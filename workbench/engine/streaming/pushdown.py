"""Conditions moved below watermarks.

Before::

    Filter k = 'a'            After:   Watermark t
      Watermark t                        Filter k = 'a'

Rows that go anyway then move no watermark, and need not be kept for it. A condition on the event time itself stays above.
Source: Spark's ``PushPredicateThroughNonJoin``, which is why results depend on it.
"""

from __future__ import annotations

from dataclasses import replace

from workbench.engine.operators.join_plan import conjunction, conjuncts
from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import Attribute, Call, PythonCall, Typed
from workbench.engine.plan.walk import every, operators_of, transform, transform_operator
from workbench.engine.streaming.join_filters import side_filters

_RANDOM = frozenset(
    {
        "rand",
        "randn",
        "random",
        "randstr",
        "uniform",
        "uuid",
        "shuffle",
        "monotonically_increasing_id",
    }
)


def push_filters(operator: o.Operator) -> o.Operator:
    """Return a plan with every condition below the watermarks it can pass."""
    return transform_operator(transform_operator(operator, _told_by_joins), _pushed)


def _told_by_joins(operator: o.Operator) -> o.Operator:
    is_of_streams = isinstance(operator, o.Join) and all(map(_reads_stream, operator.children))
    return side_filters(operator) if is_of_streams else operator


def _reads_stream(operator: o.Operator) -> bool:
    return any(isinstance(node, o.StreamScan) for node in operators_of(operator))


def _pushed(operator: o.Operator) -> o.Operator:
    if not isinstance(operator, o.Filter):
        return operator
    child, stay = operator.child, []
    for part in conjuncts(operator.condition):
        sunk = _sink(part, child) if is_deterministic(part) else None
        if sunk is None:
            stay.append(part)
        else:
            child = sunk
    if child is operator.child:
        return operator
    return o.Filter(child, conjunction(stay)) if stay else child


def _sink(part: Typed, operator: o.Operator) -> o.Operator | None:
    """Return the operator with the condition below its first watermark; None when it cannot get there."""
    if isinstance(operator, o.Watermark):
        if operator.column.id in ids_of(part) or _event_column(operator).id in ids_of(part):
            return None
        return replace(
            operator, child=_sink(part, operator.child) or o.Filter(operator.child, part)
        )
    if isinstance(operator, o.Filter):
        below = _sink(part, operator.child)
    elif isinstance(operator, o.Project):
        below = _through(part, operator)
    else:
        return None
    return None if below is None else replace(operator, child=below)


def _through(part: Typed, project: o.Project) -> o.Operator | None:
    """Write the condition over the project's input."""
    known = {named.attribute.id: named.child for named in project.expressions}
    if not all(is_deterministic(known[i]) for i in ids_of(part) if i in known):
        return None
    inside = transform(
        part, lambda one: known.get(one.id, one) if isinstance(one, Attribute) else one
    )
    return _sink(inside, project.child)


def _event_column(watermark: o.Watermark) -> Attribute:
    """Return the event-time column as the watermark hands it on."""
    pairs = zip(watermark.child.output, watermark.output, strict=True)
    return next(
        (above for below, above in pairs if below.id == watermark.column.id), watermark.column
    )


def ids_of(expression: Typed) -> set[int]:
    """Return the ids of the columns an expression reads."""
    return {one.id for one in every(expression) if isinstance(one, Attribute)}


def is_deterministic(expression: Typed) -> bool:
    """Whether an expression gives the same for the same row, wherever it is computed."""
    return not any(
        (isinstance(one, PythonCall) and not one.function.deterministic)
        or (isinstance(one, Call) and one.function in _RANDOM)
        for one in every(expression)
    )
