"""Filters whose condition can fail are joined with the filters below them, so no row fails that an earlier filter removed.

DataFusion merges neighbouring filters, looks through projections while doing so, and evaluates both sides of ``AND`` over
a whole batch. One condition built by the catalogue's ``and`` is evaluated for the rows its left side lets through.

Before: ``Filter(10 / x > 1) ← Filter(x <> 0)``; after: ``Filter(x <> 0 and 10 / x > 1)``.
"""

from __future__ import annotations

from pyspark.sql import types as t

from workbench.engine.functions import catalog
from workbench.engine.plan import operators as o
from workbench.engine.plan import typed
from workbench.engine.plan.walk import every, transform, transform_operator

FRESH = frozenset(
    {"rand", "randn", "uniform", "randstr", "uuid", "monotonically_increasing_id", "shuffle"}
)
"""Functions that give another value when they are asked again."""


def guard(operator: o.Operator) -> o.Operator:
    """Return the operators with every filter that can fail joined with the filter it relies on."""
    return transform_operator(operator, _guarded)


def _guarded(operator: o.Operator) -> o.Operator:
    if not isinstance(operator, o.Filter):
        return operator
    if isinstance(operator.child, o.Filter) and catalog.can_raise(operator.condition):
        return o.Filter(operator.child.child, _both(operator.child.condition, operator.condition))
    if isinstance(operator.child, o.Project):
        return _through_project(operator, operator.child)
    return operator


def _both(first: typed.Typed, second: typed.Typed) -> typed.Call:
    return typed.Call("and", (first, second), t.BooleanType(), first.nullable or second.nullable)


def _through_project(operator: o.Filter, project: o.Project) -> o.Operator:
    """Move a filter that can fail below a projection, to the filter there."""
    below = project.child
    condition = _inlined(operator.condition, project)
    if not isinstance(below, (o.Filter, o.Project)) or not catalog.can_raise(condition):
        return operator
    if any(map(_is_fresh, every(condition))):
        return operator
    moved = _guarded(o.Filter(below, condition))
    return o.Project(moved, project.expressions)


def _is_fresh(part: typed.Typed) -> bool:
    return isinstance(part, typed.PythonCall) or (
        isinstance(part, typed.Call) and part.function in FRESH
    )


def _inlined(condition: typed.Typed, project: o.Project) -> typed.Typed:
    """Return a condition with the projection's columns replaced by what they are."""
    meaning = {named.attribute.id: named.child for named in project.expressions}

    def read(part: typed.Typed) -> typed.Typed:
        return meaning.get(part.id, part) if isinstance(part, typed.Attribute) else part

    return transform(condition, read)
