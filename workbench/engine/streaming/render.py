"""A query's plan as text."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from workbench.engine.plan.operators import Operator, Placeholder, StreamScan
from workbench.engine.streaming.steps import EventTime, Fragment, Stateful, Step

if TYPE_CHECKING:
    from workbench.engine.streaming.execution import Execution


def explain(execution: Execution, extended: bool) -> str:
    """Return the steps of a query's batches; extended, the plan they were cut from as well."""
    lines = ["== Sources =="]
    lines += [
        f"{name}: {scan.format} {scan.name}".rstrip() for name, scan in execution.plan.sources
    ]
    lines.append("== Steps of a batch ==")
    for step in execution.plan.steps:
        lines += describe(step)
    if extended:
        lines += ["== Plan ==", *tree(execution.definition.plan)]
    return "\n".join(lines)


@singledispatch
def describe(step: Step) -> list[str]:
    """Return the lines of one step."""
    return [f"{step.name}:"]


@describe.register(Fragment)
def _fragment(step: Fragment) -> list[str]:
    return [f"{step.name}:", *("  " + line for line in tree(step.operator))]


@describe.register(EventTime)
def _event_time(step: EventTime) -> list[str]:
    return [
        f"{step.name}: watermark on {step.column.name}, {step.delay_ms} ms behind, of {step.source}"
    ]


@describe.register(Stateful)
def _stateful(step: Stateful) -> list[str]:
    return [
        f"{step.name}: {type(step.operator).__name__} with state {step.index} of {', '.join(step.sources)}"
    ]


def tree(operator: Operator, depth: int = 0) -> list[str]:
    """Return an operator and those below it, one a line, indented."""
    lines = ["   " * depth + ("+- " if depth else "") + title(operator)]
    for child in operator.children:
        lines += tree(child, depth + 1)
    return lines


def title(operator: Operator) -> str:
    """Return an operator's name and columns."""
    columns = ", ".join(attribute.name for attribute in operator.output)
    name = type(operator).__name__
    if isinstance(operator, Placeholder):
        name = operator.name
    if isinstance(operator, StreamScan):
        name = f"StreamScan {operator.format}"
    return f"{name} [{columns}]"
