"""Which steps of a batch may run before the batch is planned: those whose result depends on the files they read, and on nothing else.

::

    source0 ─ fragment0 ─ events0 ─ fragment2 ─ state0 ─ fragment4
    └──────────────── head ────────────────┘
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from workbench.engine.plan import operators as o
from workbench.engine.plan.typed import SUBQUERIES, Now, PythonCall
from workbench.engine.plan.walk import every, operators_of, parts
from workbench.engine.streaming.pushdown import is_deterministic
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful

if TYPE_CHECKING:
    from collections.abc import Mapping

    from workbench.engine.plan.typed import Typed
    from workbench.engine.streaming.steps import Step, StreamPlan

_OF_ROWS_ALONE = (
    o.Placeholder,
    o.Project,
    o.Filter,
    o.Aggregate,
    o.Expand,
    o.Union,
    o.Watermark,
)
"""Others read tables that may change (joins, scans), make many rows of one, observe, or call a user's code."""

_ELSEWHERE = (PythonCall, Now, *SUBQUERIES)


def head(plan: StreamPlan) -> dict[str, frozenset[str]]:
    """Return the steps that may run ahead, in order: name → the sources they read.

    A source that a stateful step reads as it is counts as one of them: its rows are read.
    """
    sources = {name: frozenset({name}) for name, _ in plan.sources}
    found: dict[str, frozenset[str]] = {}
    for step in plan.steps:
        below = _inputs(step)
        if isinstance(step, Stateful):
            found |= {name: sources[name] for name in below if name in sources}
        elif is_of_rows_alone(step) and below and all(n in found or n in sources for n in below):
            known: Mapping[str, frozenset[str]] = {**sources, **found}
            found[step.name] = frozenset().union(*(known[name] for name in below))
    return found


def is_of_rows_alone(step: Step) -> bool:
    """Whether a step gives the same for the same rows, in whichever batch and whenever it runs."""
    if isinstance(step, EventTime):
        return True
    return isinstance(step, Fragment) and all(
        isinstance(one, _OF_ROWS_ALONE) and all(map(_is_of_row_alone, parts(one)))
        for one in operators_of(step.operator)
    )


def _is_of_row_alone(expression: Typed) -> bool:
    return is_deterministic(expression) and not any(
        isinstance(one, _ELSEWHERE) for one in every(expression)
    )


def _inputs(step: Step) -> list[str]:
    if isinstance(step, Stateful):
        return list(step.sources)
    if isinstance(step, EventTime):
        return [step.source]
    assert isinstance(step, Fragment)
    return [one.name for one in operators_of(step.operator) if isinstance(one, o.Placeholder)]
