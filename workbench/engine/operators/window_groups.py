"""Grouping by a time window, as grouping by its start: a column of numbers, where the window is a struct.

::

    Aggregate [window, k]                    Project [struct(start, start + size) AS window, k]
      Project [struct(s, s + size)      →      Aggregate [start, k]
               AS window, k]                     Project [s AS start, k]
"""

from __future__ import annotations

from dataclasses import replace

from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import WINDOW_MARK, Attribute, Call, Named, Typed
from workbench.engine.plan.walk import attributes_of, transform

_STRUCT, _START_AT = "named_struct", 1


def group_by_start(aggregate: o.Aggregate) -> o.Operator:
    """Return an aggregation's rows; where one of its keys is a window that is made just below, by way of its start."""
    window = _window_of(aggregate)
    if window is None or window.attribute.id in attributes_of(
        o.Project(aggregate.child, aggregate.aggregates)
    ):
        return aggregate
    begins = window.child.arguments[_START_AT]
    start = Attribute("start", begins.type, begins.nullable)
    again = transform(window.child, lambda part: start if part == begins else part)
    if attributes_of(Named(again, start)) != {start.id}:
        return aggregate
    below = aggregate.child
    columns = tuple(Named(begins, start) if one is window else one for one in below.expressions)
    mine = window.attribute.id
    grouping = tuple(Named(start, start) if _is(key, mine) else key for key in aggregate.grouping)
    made = o.Aggregate(replace(below, expressions=columns), grouping, aggregate.aggregates)
    keys = tuple(
        Named(again, key.attribute) if _is(key, mine) else Named(key.attribute, key.attribute)
        for key in aggregate.grouping
    )
    values = tuple(Named(one.attribute, one.attribute) for one in aggregate.aggregates)
    return o.Project(made, (*keys, *values))


def _window_of(aggregate: o.Aggregate) -> Named | None:
    """Return the window among the keys as the projection below makes it."""
    if not isinstance(aggregate.child, o.Project):
        return None
    wanted = {key.child.id for key in aggregate.grouping if is_window(key)}
    made = [one for one in aggregate.child.expressions if one.attribute.id in wanted]
    found = [one for one in made if isinstance(one.child, Call) and one.child.function == _STRUCT]
    return found[0] if len(found) == 1 else None


def is_window(key: Named) -> bool:
    """Whether a grouping column is a time window, of a session or not."""
    return isinstance(key.child, Attribute) and WINDOW_MARK in key.child.metadata


def _is(key: Named, identity: int) -> bool:
    child: Typed = key.child
    return isinstance(child, Attribute) and child.id == identity
