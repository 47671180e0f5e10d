"""How far each source of a query lets the watermark go: which of them holds it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from workbench.engine.streaming.nodes import nodes_of

if TYPE_CHECKING:
    from workbench.engine.streaming.steps import StreamPlan


def reached(plan: StreamPlan, watermarks: Sequence[int]) -> dict[str, int]:
    """Return source name → the earliest of its own watermarks, in ms; nothing where one watermark is all there is.

    ``watermarks`` is what each watermark node has reached, by index. The query's watermark is the smallest of them.
    """
    if len(watermarks) < 2:
        return {}
    inputs = {node.name: node.inputs for node in nodes_of(plan, "")}
    found: dict[str, int] = {}
    for step in plan.event_times:
        for source in _origins(step.source, inputs):
            known = found.get(source, watermarks[step.index])
            found[source] = min(known, watermarks[step.index])
    return found


def _origins(name: str, inputs: Mapping[str, Iterable[str]]) -> set[str]:
    below = list(inputs.get(name, ()))
    return set().union(*(_origins(one, inputs) for one in below)) if below else {name}
