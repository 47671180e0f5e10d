"""A query's plan as a graph: what flows where, one node a source, step and sink."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING

from workbench.engine.plan import operators as o
from workbench.engine.plan.walk import operators_of
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful, Step, StreamPlan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from workbench.engine.plan.typed import Attribute

SINK = "sink"
STATEFUL = {
    "Aggregate": "aggregation",
    "StateAggregate": "aggregation",
    "Distinct": "deduplication",
    "Limit": "limit",
    "StateJoin": "stream-stream join",
    "GroupStateMap": "state by group",
    "TransformWithState": "transform with state",
}
"""A stateful operator of the plan → what people call it; others under their own name."""


@dataclass(frozen=True, slots=True)
class Node:
    """One node.

    Attributes
    ----------
    name : str
        As ``explain()`` names it: ``source0``, ``fragment1``, ``events0``, ``state0``, ``sink``.
    kind : str
        source, step, watermark, state or sink.
    title, detail : str
        What it is in few words, and in full.
    inputs : tuple of str
        The nodes its rows come from.
    output : tuple of Attribute
        Its columns.
    state : int or None
        Its place among the stateful operators of the query's progress.
    """

    name: str
    kind: str
    title: str
    detail: str
    inputs: tuple[str, ...]
    output: tuple[Attribute, ...]
    state: int | None = None


def nodes_of(plan: StreamPlan, sink: str) -> tuple[Node, ...]:
    """Return the nodes of a plan, each behind those it reads; ``sink`` describes the sink."""
    # Progress lists stateful operators downstream first.
    places = {step.name: place for place, step in enumerate(reversed(plan.stateful))}
    steps = (replace(_node(step), state=places.get(step.name)) for step in plan.steps)
    return (*_sources(plan), *steps, _sink(plan, sink))


def _sources(plan: StreamPlan) -> Iterator[Node]:
    for name, scan in plan.sources:
        title = f"{scan.format.removeprefix('workbench-')} {scan.name}".strip()
        yield Node(name, "source", title, _columns(scan.output), (), scan.output)


def _sink(plan: StreamPlan, description: str) -> Node:
    last = plan.steps[-1].name if plan.steps else plan.sources[0][0]
    return Node(SINK, "sink", description, _columns(plan.output), (last,), plan.output)


@singledispatch
def _node(step: Step) -> Node:
    raise NotImplementedError(type(step).__name__)


@_node.register(Fragment)
def _(step: Fragment) -> Node:
    inside = list(operators_of(step.operator))
    kinds = [type(one).__name__ for one in inside if not isinstance(one, o.Placeholder)]
    title = ", ".join(reversed(list(dict.fromkeys(kinds)))) or "columns"
    inputs = tuple(dict.fromkeys(one.name for one in inside if isinstance(one, o.Placeholder)))
    return Node(
        step.name, "step", title, _columns(step.operator.output), inputs, step.operator.output
    )


@_node.register(EventTime)
def _(step: EventTime) -> Node:
    title = f"watermark on {step.column.name}"
    detail = f"{step.delay_ms} ms behind the newest {step.column.name}"
    return Node(step.name, "watermark", title, detail, (step.source,), step.output)


@_node.register(Stateful)
def _(step: Stateful) -> Node:
    name = type(step.operator).__name__
    output = step.operator.output
    return Node(
        step.name,
        "state",
        STATEFUL.get(name, name),
        _columns(output),
        step.sources,
        output,
    )


def _columns(output: tuple[Attribute, ...]) -> str:
    return ", ".join(attribute.name for attribute in output)
