"""Conditions moved below watermarks.

Before::

    Filter k = 'a'            After:   Watermark t
      Watermark t                        Filter k = 'a'

Rows that go anyway then move no watermark, and need not be kept for it. A condition on the event time itself stays above.
Source: Spark's ``PushPredicateThroughNonJoin``, which is why results depend on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
    for kind, sink in _SINKS:
        if isinstance(operator, kind):
            return sink(part, operator)
    return None


def _below_watermark(part: Typed, operator: o.Watermark) -> o.Operator | None:
    if operator.column.id in ids_of(part) or _event_column(operator).id in ids_of(part):
        return None
    return replace(operator, child=_sink(part, operator.child) or o.Filter(operator.child, part))


def _below_filter(part: Typed, operator: o.Filter) -> o.Operator | None:
    below = _sink(part, operator.child)
    return None if below is None else replace(operator, child=below)


def _below_projection(part: Typed, operator: o.Project) -> o.Operator | None:
    below = _through(part, operator)
    return None if below is None else replace(operator, child=below)


_PASSES = {"inner": "both", "cross": "both", "semi": "left", "left": "left", "right": "right"}
"""To which side of a join a condition on its rows can go."""


def _to_side(part: Typed, join: o.Join) -> o.Operator | None:
    """Return the join of two streams with the condition on the side it reads."""
    if not all(map(_reads_stream, join.children)):
        return None
    for name, side in (("left", join.left), ("right", join.right)):
        reads = ids_of(part)
        is_own = bool(reads) and reads <= {attribute.id for attribute in side.output}
        if is_own and _PASSES.get(join.kind) in (name, "both"):
            return replace(join, **{name: _sink(part, side) or o.Filter(side, part)})
    return None


def _to_all(part: Typed, union: o.Union) -> o.Operator | None:
    """Return the union with the condition on each of its inputs."""
    if not _reads_stream(union):
        return None
    inputs = []
    for child in union.inputs:
        known = {a.id: b for a, b in zip(union.output, child.output, strict=True)}
        own = _written_over(part, known)
        inputs.append(_sink(own, child) or o.Filter(child, own))
    return replace(union, inputs=tuple(inputs))


def _below_groups(part: Typed, aggregate: o.Aggregate) -> o.Operator | None:
    """Return the aggregation of a stream with a condition on its keys below it: groups that go anyway are not kept."""
    known = {named.attribute.id: named.child for named in aggregate.grouping}
    reads = ids_of(part)
    if not reads or not reads <= known.keys() or not _reads_stream(aggregate):
        return None
    if not all(is_deterministic(known[i]) for i in reads):
        return None
    own = _written_over(part, known)
    return replace(aggregate, child=_sink(own, aggregate.child) or o.Filter(aggregate.child, own))


def _through(part: Typed, project: o.Project) -> o.Operator | None:
    """Write the condition over the project's input."""
    known = {named.attribute.id: named.child for named in project.expressions}
    if not all(is_deterministic(known[i]) for i in ids_of(part) if i in known):
        return None
    return _sink(_written_over(part, known), project.child)


def _written_over(part: Typed, known: Mapping[int, Typed]) -> Typed:
    """Return an expression with columns replaced by what they stand for."""
    return transform(
        part, lambda one: known.get(one.id, one) if isinstance(one, Attribute) else one
    )


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


_SINKS: tuple[tuple[type, Callable[[Typed, o.Operator], o.Operator | None]], ...] = (
    (o.Watermark, _below_watermark),
    (o.Filter, _below_filter),
    (o.Project, _below_projection),
    (o.Aggregate, _below_groups),
    (o.Join, _to_side),
    (o.Union, _to_all),
)
"""How a condition gets below each operator."""
